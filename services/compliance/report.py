"""The report: every commitment beside its target, over a fiscal year, worst first.

One set of rows, four forms: JSON for programs, CSV for spreadsheets, Markdown and HTML for people. Counts are whole files and
percentages are computed from them, so that every figure can be checked by hand.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from services.compliance.attainment import (
    Attainment,
    MeasuredBasis,
    Period,
    attainment,
    measured_days,
)
from services.compliance.store import ComplianceStore
from shared import language
from shared.catalogue import Catalogue
from shared.texts import Language


class Row(NamedTuple):
    """One standard in one period; ``unit`` is None for all units together."""

    standard: str
    unit: str | None
    target: Fraction
    decided: Attainment
    due: Attainment
    received: int
    withdrawn: int
    open: int
    waiting: int
    overdue: int

    @property
    def late_allowed(self) -> int:
        return self.decided.late_allowed(self.target)

    @property
    def late_committed(self) -> int:
        return self.decided.late + self.overdue

    @property
    def late_left(self) -> int:
        return self.late_allowed - self.late_committed

    @property
    def margin(self) -> Fraction:
        """Attainment less target; what is not measured yet sorts last."""
        return (self.decided.ratio if self.decided.ratio is not None else Fraction(2)) - self.target


class Report(NamedTuple):
    """All standards, worst first."""

    period: Period
    today: date
    rows: Sequence[Row]


async def build(
    store: ComplianceStore,
    catalogue: Catalogue,
    asked: Period,
    today: date,
    *,
    by_unit: bool = False,
    units: frozenset[str] | None = None,
) -> Report:
    """The figures of a period as they are known now; one row per unit too when asked; ``units`` limits what is seen."""
    sums: dict[str, Mapping[tuple[str, str, str], int]] = {
        "received": await store.sums("received", asked.first, asked.last),
        "withdrawn": await store.sums("withdrawn", asked.first, asked.last),
        "open": await store.sums("open"),
    }
    bases: tuple[MeasuredBasis, ...] = ("decided", "due")
    for basis in bases:
        days = measured_days(asked, basis, today)
        sums[basis] = await store.sums(basis, days.first, days.last)
    figures = _figures(sums, units)
    rows = [
        _row(catalogue, standard, unit, counted)
        for (standard, unit), counted in figures.items()
        if standard in catalogue.standards and (by_unit or unit is None)
    ]
    absent = catalogue.standards.keys() - {row.standard for row in rows}
    rows += [_row(catalogue, standard, None, {}) for standard in sorted(absent)]
    return Report(
        asked, today, sorted(rows, key=lambda row: (row.margin, row.standard, row.unit or ""))
    )


_Figures = Mapping[str, Mapping[str, int]]


def _figures(
    sums: Mapping[str, Mapping[tuple[str, str, str], int]], units: frozenset[str] | None
) -> Mapping[tuple[str, str | None], _Figures]:
    """Files by basis and outcome, for each standard and unit and for each standard in all."""
    figures: dict[tuple[str, str | None], dict[str, dict[str, int]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(int))
    )
    for basis, totals in sums.items():
        for (standard, unit, outcome), files in totals.items():
            if units is not None and unit not in units:
                continue
            figures[standard, unit][basis][outcome] += files
            figures[standard, None][basis][outcome] += files
    return figures


def _row(catalogue: Catalogue, standard: str, unit: str | None, counted: _Figures) -> Row:
    running = counted.get("open", {})
    return Row(
        standard=standard,
        unit=unit,
        target=catalogue.standards[standard].current.target,
        decided=attainment(counted.get("decided", {})),
        due=attainment(counted.get("due", {})),
        received=sum(counted.get("received", {}).values()),
        withdrawn=sum(counted.get("withdrawn", {}).values()),
        open=sum(running.values()) - running.get("waiting", 0),
        waiting=running.get("waiting", 0),
        overdue=running.get("overdue", 0),
    )


def as_dict(row: Row) -> dict[str, object]:
    """A row as JSON and CSV carry it; ratios are None, or decimals to six places."""
    return {
        "standard": row.standard,
        "unit": row.unit,
        "target": float(row.target),
        "attainment": _decimal(row.decided.ratio),
        "attainment_due": _decimal(row.due.ratio),
        "measured": row.decided.measured,
        "on_time": row.decided.on_time,
        "late": row.decided.late,
        "measured_due": row.due.measured,
        "on_time_due": row.due.on_time,
        "late_due": row.due.late,
        "late_allowed": row.late_allowed,
        "late_used": row.decided.late,
        "late_committed": row.late_committed,
        "late_left": row.late_left,
        "received": row.received,
        "withdrawn": row.withdrawn,
        "open": row.open,
        "waiting": row.waiting,
        "overdue": row.overdue,
    }


def as_json(report: Report) -> dict[str, object]:
    """The report for programs; days are ISO dates."""
    return {
        "period": report.period.name,
        "first": report.period.first.isoformat(),
        "last": report.period.last.isoformat(),
        "today": report.today.isoformat(),
        "rows": [as_dict(row) for row in report.rows],
    }


def attainment_view(
    report: Report, basis: MeasuredBasis, standard: str | None, unit: str | None
) -> dict[str, object]:
    """The rows of a standard and a unit (of all, and in all, when None) on one basis."""
    rows = []
    for row in report.rows:
        if (standard is not None and row.standard != standard) or (unit and row.unit != unit):
            continue
        found = row.due if basis == "due" else row.decided
        rows.append(
            {
                "standard": row.standard,
                "unit": row.unit,
                "target": float(row.target),
                "attainment": _decimal(found.ratio),
                "measured": found.measured,
                "on_time": found.on_time,
                "late": found.late,
                "late_allowed": found.late_allowed(row.target),
            }
        )
    return {
        "period": report.period.name,
        "first": report.period.first.isoformat(),
        "last": report.period.last.isoformat(),
        "basis": basis,
        "rows": rows,
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
    words = HEADINGS[spoken]
    lines = [
        f"# {getattr(catalogue.name, spoken)}",
        "",
        f"{words['period']} {period_in_words(report.period, spoken)}",
        "",
        "| " + " | ".join(words[name] for name in COLUMNS) + " |",
        "|---" + "|---:" * (len(COLUMNS) - 1) + "|",
    ]
    lines += ["| " + " | ".join(cells(row, catalogue, spoken)) + " |" for row in report.rows]
    return "\n".join(lines) + "\n"


COLUMNS = (
    "standard",
    "target",
    "attainment",
    "on_time",
    "attainment_due",
    "late",
    "late_left",
    "open",
    "waiting",
    "overdue",
)
HEADINGS: Mapping[Language, Mapping[str, str]] = {
    "fr": {
        "period": "Période :",
        "standard": "Engagement",
        "target": "Cible",
        "attainment": "Atteinte (décidés)",
        "on_time": "Dans le délai / mesurés",
        "attainment_due": "Atteinte (échus)",
        "late": "Retards permis / engagés",
        "late_left": "Retards restants",
        "open": "Ouverts",
        "waiting": "En attente du client",
        "overdue": "Dépassés",
    },
    "en": {
        "period": "Period:",
        "standard": "Commitment",
        "target": "Target",
        "attainment": "Attainment (decided)",
        "on_time": "On time / measured",
        "attainment_due": "Attainment (due)",
        "late": "Late allowed / committed",
        "late_left": "Late left",
        "open": "Open",
        "waiting": "Waiting for the client",
        "overdue": "Overdue",
    },
}


def cells(row: Row, catalogue: Catalogue, spoken: Language) -> list[str]:
    """A row in words and figures of a language, in the order of ``COLUMNS``."""

    def count(value: int) -> str:
        return language.number(value, spoken)

    name = getattr(catalogue.standards[row.standard].name, spoken)
    if row.unit is not None:
        unit = catalogue.units.get(row.unit)
        name = f"{name} — {getattr(unit.name, spoken) if unit else row.unit}"
    return [
        name,
        language.target(row.target, spoken),
        language.percent(row.decided.ratio, spoken),
        f"{count(row.decided.on_time)} / {count(row.decided.measured)}",
        language.percent(row.due.ratio, spoken),
        f"{count(row.late_allowed)} / {count(row.late_committed)}",
        count(row.late_left),
        count(row.open),
        count(row.waiting),
        count(row.overdue),
    ]


def period_in_words(asked: Period, spoken: Language) -> str:
    """The period's name and its days; only its name when it has no beginning."""
    if asked.first == date.min:
        return asked.name
    first, last = language.day(asked.first, spoken), language.day(asked.last, spoken)
    joined = f"du {first} au {last}" if spoken == "fr" else f"{first} to {last}"
    return f"{asked.name} ({joined})"


def _decimal(ratio: Fraction | None) -> float | None:
    return None if ratio is None else round(float(ratio), 6)
