"""Lists and figures of the board for spreadsheets, in the reader's language."""

from __future__ import annotations

from services.compliance.board.csv import figures, lists, spreadsheet

__all__ = [
    "figures",
    "lists",
    "spreadsheet",
]
