"""CSV exports of the board's lists and figures, in the reader's language."""

from __future__ import annotations

from services.compliance.board.csv import figures, lists, spreadsheet

__all__ = [
    "figures",
    "lists",
    "spreadsheet",
]
