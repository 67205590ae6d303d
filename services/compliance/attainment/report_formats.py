"""The report's forms: JSON for programs, CSV for spreadsheets, Markdown and the cells of a page for people.

Pure. Percentages are computed from whole files, which stand beside them, so that every figure can be checked by hand.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from services.compliance.attainment.attainment import ALL_YEARS, decimal
from services.compliance.attainment.figures import (
    DECIDED,
    DUE,
    OPEN,
    OVERDUE,
    REPORT_FIGURES,
    TARGET,
    WAITING,
    CountFigure,
    Figure,
)
from services.compliance.attainment.measures import CallFormula, Measure, Report
from services.compliance.periods import Period
from shared.domain import Catalogue
from shared.text import Language, Text, formats

Form = Literal["csv", "json", "md"]
CSV, MARKDOWN = "text/csv; charset=utf-8", "text/markdown; charset=utf-8"


def as_dict(row: Measure) -> dict[str, object]:
    """A row as JSON and CSV carry it; ratios are None, or decimals to six places."""
    figures = {figure.name: figure.number(row) for figure in REPORT_FIGURES}
    return {"standard": row.standard, "unit": row.unit, **figures}


def as_json(report: Report, formulas: Mapping[str, CallFormula] | None = None) -> dict[str, object]:
    """The report for programs; days are ISO dates, null for all years. Other ``formulas`` of its first row are beside the rows."""
    others = {
        name: {"attainment": decimal(one.ratio), "on_time": one.on_time, "of": one.of}
        for name, one in (formulas or {}).items()
    }
    return {
        "period": report.period.name,
        "first": None if report.period == ALL_YEARS else report.period.first.isoformat(),
        "last": None if report.period == ALL_YEARS else report.period.last.isoformat(),
        "today": report.today.isoformat(),
        "rows": [as_dict(row) for row in report.rows],
        **({"formulas": others} if others else {}),
    }


def as_csv(report: Report) -> str:
    """The report for spreadsheets, a header line first."""
    out = io.StringIO()
    fields = ["period", *as_dict(report.rows[0])] if report.rows else ["period"]
    writer = csv.DictWriter(out, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows({"period": report.period.name, **as_dict(row)} for row in report.rows)
    return out.getvalue()


def as_markdown(report: Report, catalogue: Catalogue, spoken: Language) -> str:
    """A table under the declaration's name and the period."""
    headings = [COMMITMENT, *(column.heading for column in REPORT_COLUMNS)]
    lines = [
        [name_of(row.standard, row.unit, catalogue, spoken)]
        + [column.cell(row, spoken) for column in REPORT_COLUMNS]
        for row in report.rows
    ]
    return markdown(catalogue, report.period, spoken, headings, lines)


def markdown(
    catalogue: Catalogue,
    period: Period,
    spoken: Language,
    headings: Sequence[Text],
    lines: Iterable[Sequence[str]],
) -> str:
    """A table of figures beside a name."""
    text = [
        f"# {getattr(catalogue.name, spoken)}",
        "",
        f"{_PERIOD.within(spoken)} {period_in_words(period, spoken)}",
        "",
        "| " + " | ".join(heading.within(spoken) for heading in headings) + " |",
        "|---" + "|---:" * (len(headings) - 1) + "|",
    ]
    return "\n".join(text + ["| " + " | ".join(line) + " |" for line in lines]) + "\n"


class CountPair(NamedTuple):
    """Two counts in one column."""

    heading: Text
    first: CountFigure
    second: CountFigure

    def cell(self, row: Measure, spoken: Language) -> str:
        return f"{self.first.cell(row, spoken)} / {self.second.cell(row, spoken)}"


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
REPORT_COLUMNS: Sequence[Figure | CountPair] = (
    TARGET,
    DECIDED.attainment,
    ON_TIME,
    DUE.attainment,
    LATE,
    DECIDED.late_left,
    OPEN,
    WAITING,
    OVERDUE,
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
