"""Explanations in JSON, CSV and Markdown: what is written, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime

from services.compliance.explanations.explanation import Explanation
from services.compliance.explanations.forms import (
    explanation_cells,
    explanation_dict,
    explanation_lines,
)
from shared.text.texts import Text
from tests.builders import CATALOGUE

AT = datetime(2026, 4, 1, tzinfo=UTC)
ONE = Explanation(
    "courriel", "2025-2026", 2, AT, "director", Text("=Une grève\n\nEn mai.", "A strike")
)
EACH = {"courriel": ONE}


def test_who_wrote_it_is_not_for_the_public() -> None:
    assert explanation_dict(ONE) == {
        "standard": "courriel",
        "version": 2,
        "written_at": "2026-04-01T00:00:00+00:00",
        "fr": "=Une grève\n\nEn mai.",
        "en": "A strike",
    }


def test_a_row_of_a_commitment_has_it_as_text_and_no_other_has() -> None:
    cells = explanation_cells(EACH, "courriel", None)
    assert cells == {"explanation_fr": "'=Une grève\n\nEn mai.", "explanation_en": "A strike"}
    assert explanation_cells(EACH, "courriel", "laval") == {}
    assert explanation_cells(EACH, None, None) == {}
    assert explanation_cells({}, "courriel", None) == {}


def test_lines_quote_it_under_the_name_of_its_commitment() -> None:
    lines = explanation_lines({**EACH, "gone": ONE}, CATALOGUE, "fr")
    assert lines[:2] == ["", "## Explications"]
    assert lines[-3:] == ["> =Une grève", ">", "> En mai."]
    assert sum(line.startswith("###") for line in lines) == 1
    assert explanation_lines({}, CATALOGUE, "en") == []
