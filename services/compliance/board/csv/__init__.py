"""services/compliance/board/csv."""
