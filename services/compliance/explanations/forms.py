"""Explanations in the forms of a report: JSON, columns of CSV, lines of Markdown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.compliance.explanations.explanation import Explanation
from shared.domain import Catalogue
from shared.text import Language, Text

EXPLANATION_COLUMNS: Final[Mapping[str, Text]] = {
    "explanation_fr": Text("Explication, en français", "Explanation, in French"),
    "explanation_en": Text("Explication, en anglais", "Explanation, in English"),
}
_EXPLANATIONS: Final = Text("Explications", "Explanations")
_FORMULA: Final = ("=", "+", "-", "@", "\t")


def explanation_dict(one: Explanation) -> dict[str, Any]:
    """What the body says of a commitment, for anyone; who wrote it is for the staff."""
    return {
        "standard": one.standard,
        "version": one.version,
        "written_at": one.written_at.isoformat(),
        "fr": one.text.fr,
        "en": one.text.en,
    }


def explanation_cells(
    explanations: Mapping[str, Explanation], standard: str | None, unit: str | None
) -> Mapping[str, str]:
    """The explanation in the row of a commitment; an apostrophe keeps a formula text."""
    one = explanations.get(standard or "") if unit is None else None
    if one is None:
        return {}
    texts = zip(EXPLANATION_COLUMNS, one.text, strict=True)
    return {name: f"'{text}" if text.startswith(_FORMULA) else text for name, text in texts}


def explanation_lines(
    explanations: Mapping[str, Explanation], catalogue: Catalogue, spoken: Language
) -> Sequence[str]:
    """Lines of Markdown: each as a quotation under the name of its commitment."""
    if not explanations:
        return []
    lines = ["", f"## {_EXPLANATIONS.within(spoken)}"]
    for standard, one in explanations.items():
        if standard in catalogue.standards:
            quoted = [f"> {line}".rstrip() for line in one.in_language(spoken).split("\n")]
            name = getattr(catalogue.standards[standard].name, spoken)
            lines += ["", f"### {name}", "", *quoted]
    return lines
