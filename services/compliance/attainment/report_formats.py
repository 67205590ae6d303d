"""The forms of a report, for staff or the public: JSON, CSV, Markdown.

Pure. Percentages have the whole files that they are computed from beside them, to be checked by
hand. What is withheld from the public is null, or x.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from services.compliance.attainment import figures
from services.compliance.attainment.attainment import ALL_YEARS, decimal
from services.compliance.attainment.disclosure import DisclosedAttainment, Publication, PublicRow
from services.compliance.attainment.figures import (
    DECIDED,
    DUE,
    REPORT_FIGURES,
    SOME_FIGURES,
    BasisFigures,
    CountFigure,
    DelayFigure,
    Figure,
)
from services.compliance.attainment.measures import (
    AttainmentReport,
    CallFormula,
    Measure,
    TierMeasure,
)
from services.compliance.periods import Period
from shared.domain import LIMIT_UNITS, Catalogue
from shared.text import Language, Text, formats

ReportForm = Literal["csv", "json", "md"]
CSV, MARKDOWN = "text/csv; charset=utf-8", "text/markdown; charset=utf-8"
WITHHELD = "x"
NOTE = Text(
    "x : retenu. Aucun nombre de 1 à 4 n’est publié, ni rien d’où il pourrait être calculé.",
    "x: withheld. No number from 1 to 4 is published, nor anything from which it could be worked out.",
)


def as_json(
    report: AttainmentReport | Publication, formulas: Mapping[str, CallFormula] | None = None
) -> dict[str, object]:
    """A report for programs, and other ``formulas`` of its first row; days are ISO dates."""
    return {
        "period": report.period.name,
        "first": None if report.period == ALL_YEARS else report.period.first.isoformat(),
        "last": None if report.period == ALL_YEARS else report.period.last.isoformat(),
        "today": report.today.isoformat(),
        "rows": [as_dict(row) for row in report.rows],
        **({"formulas": formulas_as_dicts(formulas)} if formulas else {}),
    }


def formulas_as_dicts(formulas: Mapping[str, CallFormula]) -> dict[str, dict[str, Any]]:
    """Formulas of calls for programs."""
    return {
        name: {"attainment": decimal(one.ratio), "on_time": one.on_time, "of": one.of}
        for name, one in formulas.items()
    }


def as_dict(row: Measure | PublicRow) -> dict[str, object]:
    """A row of JSON; ratios are decimals to six places. What is withheld is None, and listed."""
    numbers: dict[str, object] = {"standard": row.standard, "unit": row.unit}
    if isinstance(row, Measure):
        numbers |= {figure.name: figure.number(row) for figure in REPORT_FIGURES}
        numbers |= {
            figure.name: figure.number(row) for figure in SOME_FIGURES if figure.applies(row)
        }
        return numbers | ({"tiers": tiers_as_dicts(row.tiers)} if row.tiers else {})
    numbers[figures.TARGET_FIGURE.name] = decimal(row.target)
    withheld: list[str] = []
    for attainment, names in ((row.decided, DECIDED), (row.due, DUE)):
        numbers |= {
            names.attainment.name: decimal(attainment.ratio),
            names.measured.name: attainment.measured,
            names.on_time.name: attainment.on_time,
            names.late.name: attainment.late,
        }
        withheld += _withheld(attainment, names)
    return {**numbers, "withheld": withheld}


def tiers_as_dicts(tiers: Sequence[TierMeasure]) -> list[dict[str, Any]]:
    """The further targets of a standard for programs."""
    return [
        {
            "tier": one.tier,
            "target": decimal(one.target),
            "attainment": decimal(one.attainment.ratio),
            **one.attainment._asdict(),
        }
        for one in tiers
    ]


def _withheld(attainment: DisclosedAttainment, names: BasisFigures) -> list[str]:
    if not attainment.withheld:
        return []
    measured = [names.measured.name] if attainment.measured is None else []
    return [names.attainment.name, names.on_time.name, names.late.name, *measured]


def as_csv(report: AttainmentReport | Publication) -> str:
    """A report for spreadsheets, a header line first."""
    out = io.StringIO()
    rows = [{"period": report.period.name, **as_cells(row)} for row in report.rows]
    columns = dict.fromkeys(["period", *(column for row in rows for column in row)])
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_cells(row: Measure | PublicRow) -> Mapping[str, object]:
    """A row as a table has it: x for what is withheld, and further targets as ``tier_2_attainment``."""
    numbers = as_dict(row)
    withheld, tiers = numbers.pop("withheld", []), numbers.pop("tiers", [])
    assert isinstance(withheld, list)
    assert isinstance(tiers, list)
    for one in tiers:
        tier = one.pop("tier")
        numbers |= {f"tier_{tier}_{name}": number for name, number in one.items()}
    return {**numbers, **dict.fromkeys(withheld, WITHHELD)}


def as_markdown(
    report: AttainmentReport | Publication, catalogue: Catalogue, spoken: Language
) -> str:
    """A table under the declaration's name and the period, and what x means where it may stand."""
    public = isinstance(report, Publication)
    headings = [
        COMMITMENT,
        *(one.heading for one in (_PUBLIC_COLUMNS if public else REPORT_COLUMNS)),
    ]
    lines = [
        f"# {getattr(catalogue.name, spoken)}",
        "",
        f"{_PERIOD.within(spoken)} {period_in_words(report.period, spoken)}",
        "",
        _line([heading.within(spoken) for heading in headings]),
        "|---" + "|---:" * (len(headings) - 1) + "|",
    ]
    lines += [
        _line([name_of(row.standard, row.unit, catalogue, spoken), *_cells(row, spoken)])
        for row in report.rows
    ]
    return "\n".join([*lines, *(["", NOTE.within(spoken)] if public else [])]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(row: Measure | PublicRow, spoken: Language) -> list[str]:
    if isinstance(row, Measure):
        return [column.cell(row, spoken) for column in REPORT_COLUMNS]
    cells = [formats.target(row.target, spoken)]
    for public in (row.decided, row.due):
        share = WITHHELD if public.withheld else formats.percent(public.ratio, spoken)
        cells += [share, f"{_number(public.on_time, spoken)} / {_number(public.measured, spoken)}"]
    return cells


def _number(value: int | None, spoken: Language) -> str:
    return WITHHELD if value is None else formats.number(value, spoken)


class CountPair(NamedTuple):
    """Two counts in one column."""

    heading: Text
    first: CountFigure
    second: CountFigure

    def cell(self, row: Measure, spoken: Language) -> str:
        return f"{self.first.cell(row, spoken)} / {self.second.cell(row, spoken)}"


class DelayColumn(NamedTuple):
    """Several figures of delays in one column, and the unit they are in."""

    heading: Text
    figures: Sequence[DelayFigure]

    def cell(self, row: Measure, spoken: Language) -> str:
        if row.delays is None or not row.delays.net.files:
            return "—"
        cells = " / ".join(figure.cell(row, spoken) for figure in self.figures)
        if row.delays.unit == "seconds":
            return cells
        return f"{cells} {LIMIT_UNITS[row.delays.unit].within(spoken)}"


COMMITMENT = Text("Engagement", "Commitment")
ON_TIME = CountPair(
    Text("Dans le délai / mesurés", "On time / measured"), DECIDED.on_time, DECIDED.measured
)
ON_TIME_DUE = CountPair(Text("Dans le délai / échus", "On time / due"), DUE.on_time, DUE.measured)
LATE = CountPair(
    Text("Retards permis / engagés", "Late allowed / committed"),
    DECIDED.late_allowed,
    DECIDED.late_committed,
)
DELAYS_NET = DelayColumn(
    Text("Délai médian / 80\u00a0% / 90\u00a0%", "Median delay / 80% / 90%"),
    figures.DELAYS["net"][1:],
)
DELAYS_GROSS = DelayColumn(
    Text("Le même sans arrêt", "The same without stops"), figures.DELAYS["gross"][1:]
)
REPORT_COLUMNS: Sequence[Figure | CountPair | DelayColumn] = (
    figures.TARGET_FIGURE,
    DECIDED.attainment,
    ON_TIME,
    DUE.attainment,
    LATE,
    DECIDED.late_left,
    figures.OPEN,
    figures.WAITING,
    figures.OVERDUE,
    DELAYS_NET,
    DELAYS_GROSS,
)
_PUBLIC_COLUMNS = (figures.TARGET_FIGURE, DECIDED.attainment, ON_TIME, DUE.attainment, ON_TIME_DUE)
_PERIOD = Text("Période\u00a0:", "Period:")
ALL_YEARS_NAME = Text("toutes les années", "all years")
_EVERY_STANDARD = Text("Tous les engagements", "All commitments")


def name_of(standard: str | None, unit: str | None, catalogue: Catalogue, spoken: Language) -> str:
    """A row's standard, or all (None), and its unit, if it is of one."""
    if standard is None:
        name = _EVERY_STANDARD.within(spoken)
    else:
        name = getattr(catalogue.standards[standard].name, spoken)
    if unit is None:
        return name
    known = catalogue.units.get(unit)
    return f"{name} — {getattr(known.name, spoken) if known else unit}"


def period_in_words(period: Period, spoken: Language) -> str:
    """The period's name and its days; all years have none to show."""
    if period == ALL_YEARS:
        return ALL_YEARS_NAME.within(spoken)
    first, last = formats.day(period.first, spoken), formats.day(period.last, spoken)
    joined = f"du {first} au {last}" if spoken == "fr" else f"{first} to {last}"
    return f"{period.name} ({joined})"
