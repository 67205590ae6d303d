"""A publication's forms: JSON for programs, CSV for spreadsheets, Markdown for people. What is withheld is null, or x. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from services.compliance.attainment.attainment import decimal
from services.compliance.attainment.disclosure import DisclosedAttainment, Publication, PublicRow
from services.compliance.attainment.report_formats import HEADINGS, name_of, period_in_words
from shared.domain import Catalogue
from shared.text import Language, Text, formats

WITHHELD = "x"
NOTE = Text(
    "x : retenu. Aucun nombre de 1 à 4 n’est publié, ni rien d’où il pourrait être calculé.",
    "x: withheld. No number from 1 to 4 is published, nor anything from which it could be worked out.",
)
_COLUMNS = ("standard", "target", "attainment", "on_time", "attainment_due", "on_time_due")
_ON_TIME_DUE = Text("Dans le délai / échus", "On time / due")


def as_dict(row: PublicRow) -> dict[str, object]:
    """A row as JSON carries it; None for what is withheld, whose names are listed."""
    figures = {**_figures(row.decided, ""), **_figures(row.due, "_due")}
    withheld = [*_withheld(row.decided, ""), *_withheld(row.due, "_due")]
    return {
        "standard": row.standard,
        "unit": row.unit,
        "target": decimal(row.target),
        **figures,
        "withheld": withheld,
    }


def _figures(told: DisclosedAttainment, suffix: str) -> Mapping[str, object]:
    return {
        f"attainment{suffix}": decimal(told.ratio),
        f"measured{suffix}": told.measured,
        f"on_time{suffix}": told.on_time,
        f"late{suffix}": told.late,
    }


def _withheld(told: DisclosedAttainment, suffix: str) -> list[str]:
    if not told.withheld:
        return []
    names = ["attainment", "on_time", "late", *(["measured"] if told.measured is None else [])]
    return [f"{name}{suffix}" for name in names]


def as_json(told: Publication) -> dict[str, object]:
    """The publication for programs; days are ISO dates."""
    return {
        "period": told.period.name,
        "first": told.period.first.isoformat(),
        "last": told.period.last.isoformat(),
        "today": told.today.isoformat(),
        "rows": [as_dict(row) for row in told.rows],
    }


def as_csv(told: Publication) -> str:
    """The publication for spreadsheets, a header line first; x for what is withheld."""
    out = io.StringIO()
    rows = [_line(told, row) for row in told.rows]
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["period"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _line(told: Publication, row: PublicRow) -> Mapping[str, object]:
    return {"period": told.period.name, **as_cells(row)}


def as_cells(row: PublicRow) -> Mapping[str, object]:
    """A row as a table has it; x for what is withheld."""
    figures = as_dict(row)
    withheld = figures.pop("withheld")
    assert isinstance(withheld, list)
    return {**figures, **dict.fromkeys(withheld, WITHHELD)}


def as_markdown(told: Publication, catalogue: Catalogue, spoken: Language) -> str:
    """A table under the declaration's name and the period, and what x means."""
    headings = {**HEADINGS[spoken], "on_time_due": _ON_TIME_DUE.within(spoken)}
    lines = [
        f"# {getattr(catalogue.name, spoken)}",
        "",
        f"{headings['period']} {period_in_words(told.period, spoken)}",
        "",
        "| " + " | ".join(headings[name] for name in _COLUMNS) + " |",
        "|---" + "|---:" * (len(_COLUMNS) - 1) + "|",
    ]
    lines += ["| " + " | ".join(_cells(row, catalogue, spoken)) + " |" for row in told.rows]
    return "\n".join([*lines, "", NOTE.within(spoken)]) + "\n"


def _cells(row: PublicRow, catalogue: Catalogue, spoken: Language) -> list[str]:
    cells = [
        name_of(row.standard, row.unit, catalogue, spoken),
        formats.target(row.target, spoken),
    ]
    for told in (row.decided, row.due):
        share = WITHHELD if told.withheld else formats.percent(told.ratio, spoken)
        cells += [share, f"{number(told.on_time, spoken)} / {number(told.measured, spoken)}"]
    return cells


def number(value: int | None, spoken: Language) -> str:
    """A number as it is published."""
    return WITHHELD if value is None else formats.number(value, spoken)
