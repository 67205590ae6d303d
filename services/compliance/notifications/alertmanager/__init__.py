"""services/compliance/notifications/alertmanager."""
