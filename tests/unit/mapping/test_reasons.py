"""Reasons: one text in both languages, and cells that a message may hold."""

from __future__ import annotations

from typing import get_args

from shared.mapping.reasons import TEXTS, Reason, ReasonCode, shown
from shared.text import Text


def test_every_code_has_a_text() -> None:
    assert set(TEXTS) == set(get_args(ReasonCode))


def test_a_reason_says_the_detail_the_hint_and_what_else_is_wrong() -> None:
    other = Reason("row_length", "3 / 4")
    reason = Reason("cell_empty", "unit", Text("l’écrire", "write it"), (other,))
    assert reason.every == (reason, other)
    assert (
        reason.text.en == "empty cell or value: unit; write it; unexpected number of cells: 3 / 4"
    )


def test_a_cell_is_shown_short_and_printable() -> None:
    assert shown("x" * 81) == repr("x" * 80 + "…")
    assert shown("a\nb\udce9") == r"'a\nb\udce9'"
