"""The forms of a report for staff: JSON, CSV, Markdown.

Pure. Percentages have the whole files that they are computed from beside them, to be checked by
hand. Those of what is published are in the package ``publication``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from services.compliance.attainment import figures
from services.compliance.attainment.attainment import ALL_YEARS, decimal
from services.compliance.attainment.figures import (
    DECIDED,
    DUE,
    REPORT_FIGURES,
    SOME_FIGURES,
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
from services.compliance.explanations.forms import (
    explanation_cells,
    explanation_dict,
    explanation_lines,
)
from services.compliance.periods import Period
from shared.domain import LIMIT_UNITS, Catalogue
from shared.text import Language, Text, formats

ReportForm = Literal["csv", "json", "md"]
CSV, MARKDOWN = "text/csv; charset=utf-8", "text/markdown; charset=utf-8"


def as_json(
    report: AttainmentReport, formulas: Mapping[str, CallFormula] | None = None
) -> dict[str, object]:
    """A report for programs, and other ``formulas`` of its first row; days are ISO dates."""
    return {
        "period": report.period.name,
        "first": None if report.period == ALL_YEARS else report.period.first.isoformat(),
        "last": None if report.period == ALL_YEARS else report.period.last.isoformat(),
        "today": report.today.isoformat(),
        "rows": [as_dict(row) for row in report.rows],
        **({"explanations": _explanations(report)} if report.explanations else {}),
        **({"formulas": formulas_as_dicts(formulas)} if formulas else {}),
    }


def _explanations(report: AttainmentReport) -> list[dict[str, Any]]:
    """What the body says of each commitment, and who wrote it."""
    each = report.explanations.values()
    return [{**explanation_dict(one), "written_by": one.written_by} for one in each]


def formulas_as_dicts(formulas: Mapping[str, CallFormula]) -> dict[str, dict[str, Any]]:
    """Formulas of calls for programs."""
    return {
        name: {"attainment": decimal(one.ratio), "on_time": one.on_time, "of": one.of}
        for name, one in formulas.items()
    }


def as_dict(row: Measure) -> dict[str, object]:
    """A row of JSON; ratios are decimals to six places."""
    numbers: dict[str, object] = {"standard": row.standard, "unit": row.unit}
    numbers |= {figure.name: figure.number(row) for figure in REPORT_FIGURES}
    numbers |= {figure.name: figure.number(row) for figure in SOME_FIGURES if figure.applies(row)}
    return numbers | ({"tiers": tiers_as_dicts(row.tiers)} if row.tiers else {})


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


def as_csv(report: AttainmentReport) -> str:
    """A report for spreadsheets, a header line first."""
    out = io.StringIO()
    rows = [
        {
            "period": report.period.name,
            **as_cells(row),
            **explanation_cells(report.explanations, row.standard, row.unit),
        }
        for row in report.rows
    ]
    columns = dict.fromkeys(["period", *(column for row in rows for column in row)])
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_cells(row: Measure) -> Mapping[str, object]:
    """A row as a table has it: further targets as ``tier_2_attainment``."""
    numbers = as_dict(row)
    tiers = numbers.pop("tiers", [])
    assert isinstance(tiers, list)
    for one in tiers:
        tier = one.pop("tier")
        numbers |= {f"tier_{tier}_{name}": number for name, number in one.items()}
    return numbers


def tier_columns(rows: Iterable[Measure]) -> Mapping[str, Text]:
    """The headings of the further targets that some row has, by the name of their column."""
    return {
        f"tier_{number}_{name}": label
        for number in sorted({one.tier for row in rows for one in row.tiers})
        for name, label in _tier_labels(number)
    }


def _tier_labels(number: int) -> Iterator[tuple[str, Text]]:
    target = Text(f"Cible {number}", f"Target {number}")
    yield "target", target
    for figure in (DECIDED.attainment, DECIDED.measured, DECIDED.on_time, DECIDED.late):
        label = figure.label
        words = Text(f"{target.fr}\u00a0: {label.fr.lower()}", f"{target.en}: {label.en.lower()}")
        yield figure.name, words


def as_markdown(report: AttainmentReport, catalogue: Catalogue, spoken: Language) -> str:
    """A table under the declaration's name and the period."""
    rows = [
        (
            name_of(row.standard, row.unit, catalogue, spoken),
            [column.cell(row, spoken) for column in REPORT_COLUMNS],
        )
        for row in report.rows
    ]
    columns = [column.heading for column in REPORT_COLUMNS]
    table = markdown_table(report.period, columns, rows, catalogue, spoken)
    explained = explanation_lines(report.explanations, catalogue, spoken)
    return table + "".join(f"{line}\n" for line in explained)


def markdown_table(
    period: Period,
    columns: Sequence[Text],
    rows: Iterable[tuple[str, Sequence[str]]],
    catalogue: Catalogue,
    spoken: Language,
) -> str:
    """Named rows of cells under the declaration's name and the period."""
    headings = [heading.within(spoken) for heading in (COMMITMENT, *columns)]
    lines = [
        f"# {getattr(catalogue.name, spoken)}",
        "",
        f"{_PERIOD.within(spoken)} {period_in_words(period, spoken)}",
        "",
        _line(headings),
        "|---" + "|---:" * len(columns) + "|",
        *(_line([name, *cells]) for name, cells in rows),
    ]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


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
