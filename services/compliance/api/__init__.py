"""services/compliance/api."""
