"""services/compliance/board/pages."""
