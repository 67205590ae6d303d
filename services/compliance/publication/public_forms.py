"""The forms of a publication: JSON, CSV, Markdown. What is withheld is null, or x. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from services.compliance.attainment.attainment import decimal
from services.compliance.attainment.figures import DECIDED, DUE, TARGET_FIGURE
from services.compliance.attainment.report_formats import ON_TIME, ON_TIME_DUE, markdown_table
from services.compliance.explanations.forms import (
    explanation_cells,
    explanation_dict,
    explanation_lines,
)
from services.compliance.publication.disclosure import (
    UNLISTED_UNITS,
    DisclosedAttainment,
    Publication,
    PublicRow,
)
from shared.domain import Catalogue
from shared.text import Language, Text, formats

WITHHELD = "x"
NOTE = Text(
    "x : retenu. De moins de 30 dossiers mesurés, aucun nombre de 1 à 4 n’est publié, ni rien d’où il pourrait être calculé. Un pourcentage dont les nombres sont retenus est arrondi à l’unité.",
    "x: withheld. Of fewer than 30 files measured, no number from 1 to 4 is published, nor anything from which it could be worked out. A percentage whose numbers are withheld is rounded to a whole one.",
)
TOGETHER = Text(
    "Les unités qui comptent moins de 30 dossiers sont publiées ensemble.",
    "Units with fewer than 30 files are published together.",
)
OTHER_UNITS = Text("autres unités", "other units")


def publication_json(publication: Publication) -> dict[str, object]:
    """A publication for programs; days are ISO dates."""
    period = publication.period
    return {
        "period": period.name,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "today": publication.today.isoformat(),
        "rows": [row_json(row) for row in publication.rows],
        **_explanations(publication),
    }


def _explanations(publication: Publication) -> Mapping[str, object]:
    """What the body says of its commitments, where it does; not who wrote it."""
    each = [explanation_dict(one) for one in publication.explanations.values()]
    return {"explanations": each} if each else {}


def row_json(row: PublicRow) -> dict[str, object]:
    """A row; ratios are decimals to six places. What is withheld is None, and listed."""
    numbers: dict[str, object] = {"standard": row.standard, "unit": row.unit}
    numbers["target"] = decimal(row.target)
    withheld: list[str] = []
    for one, names in ((row.decided, DECIDED), (row.due, DUE)):
        values = {
            names.attainment.name: decimal(one.ratio),
            names.measured.name: one.measured,
            names.on_time.name: one.on_time,
            names.late.name: one.late,
        }
        numbers |= values
        if one.withheld:
            withheld += [name for name, value in values.items() if value is None]
    return {**numbers, "withheld": withheld}


def row_cells(row: PublicRow) -> Mapping[str, object]:
    """A row as a table has it: x for what is withheld."""
    numbers = row_json(row)
    withheld = numbers.pop("withheld")
    assert isinstance(withheld, list)
    return {**numbers, **dict.fromkeys(withheld, WITHHELD)}


def publication_csv(publication: Publication) -> str:
    """A publication for spreadsheets, a header line first."""
    rows = [
        {
            "period": publication.period.name,
            **row_cells(row),
            **explanation_cells(publication.explanations, row.standard, row.unit),
        }
        for row in publication.rows
    ]
    columns = dict.fromkeys(column for row in rows for column in row)
    return csv_text(list(columns), rows)


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Lines of CSV (RFC 4180), the columns' names first."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def publication_markdown(publication: Publication, catalogue: Catalogue, spoken: Language) -> str:
    """A table under the declaration's name and the period, and what x means."""
    columns = (
        TARGET_FIGURE.heading,
        DECIDED.attainment.heading,
        ON_TIME.heading,
        DUE.attainment.heading,
        ON_TIME_DUE.heading,
    )
    rows = [
        (public_name(row, catalogue, spoken), _markdown_cells(row, spoken))
        for row in publication.rows
    ]
    table = markdown_table(publication.period, columns, rows, catalogue, spoken)
    notes = [NOTE] if all(not row.units for row in publication.rows) else [NOTE, TOGETHER]
    explained = explanation_lines(publication.explanations, catalogue, spoken)
    return (
        table
        + "".join(f"\n{note.within(spoken)}\n" for note in notes)
        + "".join(f"{line}\n" for line in explained)
    )


def public_name(row: PublicRow, catalogue: Catalogue, spoken: Language) -> str:
    """The standard's name, and those of the units where it is of some."""
    name: str = getattr(catalogue.standards[row.standard].name, spoken)
    if not row.units:
        return name
    return f"{name} — {units_name(row.units, catalogue, spoken)}"


def units_name(units: Sequence[str], catalogue: Catalogue, spoken: Language) -> str:
    """The names of units that are shown together; the code of one that the catalogue lacks."""
    return ", ".join(
        OTHER_UNITS.within(spoken)
        if unit == UNLISTED_UNITS
        else getattr(catalogue.units[unit].name, spoken)
        if unit in catalogue.units
        else unit
        for unit in units
    )


def _markdown_cells(row: PublicRow, spoken: Language) -> Sequence[str]:
    cells = [formats.target(row.target, spoken)]
    for one in (row.decided, row.due):
        cells += [
            _share(one, spoken),
            f"{_number(one.on_time, spoken)} / {_number(one.measured, spoken)}",
        ]
    return cells


def _share(one: DisclosedAttainment, spoken: Language) -> str:
    if one.percent is not None:
        return formats.target(Fraction(one.percent, 100), spoken)
    return WITHHELD if one.withheld else formats.percent(one.ratio, spoken)


def _number(value: int | None, spoken: Language) -> str:
    return WITHHELD if value is None else formats.number(value, spoken)
