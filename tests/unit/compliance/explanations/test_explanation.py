"""A text as it is stored, and as it is read in either language."""

from __future__ import annotations

from datetime import UTC, datetime

from services.compliance.explanations.explanation import Explanation, clean_text
from shared.text.texts import Text

AT = datetime(2026, 4, 1, tzinfo=UTC)


def test_lines_end_alike_and_nothing_is_invisible():
    assert clean_text("  Une\r\nligne \r\u202edeux\x00\t \n") == "Une\nligne\ndeux"
    assert clean_text(" \r\n ") == ""


def test_a_text_of_one_language_is_read_in_both():
    one = Explanation("courriel", "2025-2026", 1, AT, "director", Text("Deux.", ""))
    assert one.in_language("fr") == one.in_language("en") == "Deux."
    assert not one.is_empty
    assert one._replace(text=Text("", "")).is_empty
