"""services/compliance/alerts."""
