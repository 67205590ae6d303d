"""services/compliance/notifications."""
