"""services/compliance/board/words."""
