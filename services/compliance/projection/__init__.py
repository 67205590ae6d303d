"""services/compliance/projection."""
