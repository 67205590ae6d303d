"""services/compliance/notifications/digest."""
