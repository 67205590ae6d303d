"""A publication's forms: JSON for programs, CSV for spreadsheets, Markdown for people. What is withheld is null, or x. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from services.compliance.attainment.attainment import decimal
from services.compliance.attainment.disclosure import DisclosedAttainment, Publication, PublicRow
from services.compliance.attainment.figures import DECIDED, DUE, TARGET, BasisFigures
from services.compliance.attainment.report_formats import (
    COMMITMENT,
    ON_TIME,
    ON_TIME_DUE,
    markdown,
    name_of,
)
from shared.domain import Catalogue
from shared.text import Language, Text, formats

WITHHELD = "x"
NOTE = Text(
    "x : retenu. Aucun nombre de 1 à 4 n’est publié, ni rien d’où il pourrait être calculé.",
    "x: withheld. No number from 1 to 4 is published, nor anything from which it could be worked out.",
)
_COLUMNS = (TARGET, DECIDED.attainment, ON_TIME, DUE.attainment, ON_TIME_DUE)


def as_dict(row: PublicRow) -> dict[str, object]:
    """A row as JSON carries it; None for what is withheld, whose names are listed."""
    figures = {**_figures(row.decided, DECIDED), **_figures(row.due, DUE)}
    withheld = [*_withheld(row.decided, DECIDED), *_withheld(row.due, DUE)]
    return {
        "standard": row.standard,
        "unit": row.unit,
        TARGET.name: decimal(row.target),
        **figures,
        "withheld": withheld,
    }


def _figures(public: DisclosedAttainment, on: BasisFigures) -> Mapping[str, object]:
    return {
        on.attainment.name: decimal(public.ratio),
        on.measured.name: public.measured,
        on.on_time.name: public.on_time,
        on.late.name: public.late,
    }


def _withheld(public: DisclosedAttainment, on: BasisFigures) -> list[str]:
    if not public.withheld:
        return []
    measured = [on.measured.name] if public.measured is None else []
    return [on.attainment.name, on.on_time.name, on.late.name, *measured]


def as_json(published: Publication) -> dict[str, object]:
    """The publication for programs; days are ISO dates."""
    return {
        "period": published.period.name,
        "first": published.period.first.isoformat(),
        "last": published.period.last.isoformat(),
        "today": published.today.isoformat(),
        "rows": [as_dict(row) for row in published.rows],
    }


def as_csv(published: Publication) -> str:
    """The publication for spreadsheets, a header line first; x for what is withheld."""
    out = io.StringIO()
    rows = [_line(published, row) for row in published.rows]
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["period"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _line(published: Publication, row: PublicRow) -> Mapping[str, object]:
    return {"period": published.period.name, **as_cells(row)}


def as_cells(row: PublicRow) -> Mapping[str, object]:
    """A row as a table has it; x for what is withheld."""
    figures = as_dict(row)
    withheld = figures.pop("withheld")
    assert isinstance(withheld, list)
    return {**figures, **dict.fromkeys(withheld, WITHHELD)}


def as_markdown(published: Publication, catalogue: Catalogue, spoken: Language) -> str:
    """A table under the declaration's name and the period, and what x means."""
    headings = [COMMITMENT, *(column.heading for column in _COLUMNS)]
    lines = [_cells(row, catalogue, spoken) for row in published.rows]
    text = markdown(catalogue, published.period, spoken, headings, lines)
    return f"{text}\n{NOTE.within(spoken)}\n"


def _cells(row: PublicRow, catalogue: Catalogue, spoken: Language) -> list[str]:
    cells = [
        name_of(row.standard, row.unit, catalogue, spoken),
        formats.target(row.target, spoken),
    ]
    for public in (row.decided, row.due):
        share = WITHHELD if public.withheld else formats.percent(public.ratio, spoken)
        cells += [share, f"{number(public.on_time, spoken)} / {number(public.measured, spoken)}"]
    return cells


def number(value: int | None, spoken: Language) -> str:
    """A number as it is published."""
    return WITHHELD if value is None else formats.number(value, spoken)
