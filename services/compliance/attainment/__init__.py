"""services/compliance/attainment."""
