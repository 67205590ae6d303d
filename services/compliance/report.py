"""The report: every commitment beside its target, over a fiscal year, worst first.

Counts are whole files, summed over partitions when they are read; ``forms`` writes them for programs and for people.
"""

from __future__ import annotations

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
from shared.catalogue import Catalogue


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
    promised_on = min(asked.last, today)
    targets = {
        name: standard.nearest_terms(promised_on).target
        for name, standard in catalogue.standards.items()
    }
    rows = [
        _row(standard, unit, targets[standard], counted)
        for (standard, unit), counted in figures.items()
        if standard in catalogue.standards and (by_unit or unit is None)
    ]
    absent = catalogue.standards.keys() - {row.standard for row in rows}
    rows += [_row(standard, None, targets[standard], {}) for standard in sorted(absent)]
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


def _row(standard: str, unit: str | None, target: Fraction, counted: _Figures) -> Row:
    running = counted.get("open", {})
    return Row(
        standard=standard,
        unit=unit,
        target=target,
        decided=attainment(counted.get("decided", {})),
        due=attainment(counted.get("due", {})),
        received=sum(counted.get("received", {}).values()),
        withdrawn=sum(counted.get("withdrawn", {}).values()),
        open=sum(running.values()) - running.get("waiting", 0),
        waiting=running.get("waiting", 0),
        overdue=running.get("overdue", 0),
    )
