"""Measures of a period: how often each commitment was kept, and how many more files may be late (§5)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby
from operator import attrgetter

from services.compliance.attainment.attainment import Budget, attainment_of, measured_days
from services.compliance.attainment.measures import Measure
from services.compliance.attainment.open_files import stages_now
from services.compliance.periods import Period, is_over
from services.compliance.projection import Basis, Days, Outcomes, TallyScope, sum_events
from shared.database import Database
from shared.domain import Catalogue

EVERYTHING: tuple[Basis, ...] = ("decided", "due", "received", "withdrawn")


async def measures(
    database: Database,
    catalogue: Catalogue,
    period: Period,
    today: date,
    scope: TallyScope,
    *,
    bases: Sequence[Basis] = EVERYTHING,
) -> Sequence[Measure]:
    """The figures of each standard of a scope and, of several, their total: in all, then by unit."""
    rows = await standard_measures(database, catalogue, period, today, scope, bases=bases)
    if len(scope.standards) == 1:
        return rows
    with_totals: list[Measure] = []
    for unit, of_unit in groupby(rows, attrgetter("unit")):
        parts = list(of_unit)
        with_totals += [*parts, Measure.total(unit, parts)]
    return with_totals


async def standard_measures(
    database: Database,
    catalogue: Catalogue,
    period: Period,
    today: date,
    scope: TallyScope,
    *,
    bases: Sequence[Basis] = EVERYTHING,
    unit_bases: Sequence[Basis] | None = None,
) -> Sequence[Measure]:
    """The figures of a period as they are known now, of each standard of a scope: in all, then by unit.

    Only ``bases`` are read, of single units only ``unit_bases`` where these are given, and then not
    what is open now: other figures are 0. Units without files on these are left out.
    """
    whole = scope._replace(each_unit=())
    due_until = measured_days(period, "due", today).last
    days = [
        Days(basis, period.first, due_until if basis == "due" else period.last) for basis in bases
    ]
    of_units = [one for one in days if unit_bases is None or one.basis in unit_bases]
    of_all = [one for one in days if one not in of_units]
    past, others, present = await asyncio.gather(
        sum_events(database, scope, of_units),
        sum_events(database, whole, of_all),
        stages_now(database, scope if unit_bases is None else whole),
    )
    for place, of_bases in others.items():
        past[place] = {**past.get(place, {}), **of_bases}
    on = min(period.last, today)
    targets = {name: catalogue.standards[name].nearest_terms(on).target for name in scope.standards}
    rows = [
        _measure(
            name, unit, targets[name], past.get((name, unit), {}), present.get((name, unit), {})
        )
        for unit in (None, *scope.each_unit)
        for name in scope.standards
        if unit is None or (name, unit) in past or (name, unit) in present
    ]
    return [_closed(row) for row in rows] if is_over(period, today) else rows


def _measure(
    standard: str,
    unit: str | None,
    target: Fraction,
    past: Mapping[Basis, Outcomes],
    running: Outcomes,
) -> Measure:
    decided, due = past.get("decided", {}), past.get("due", {})
    overdue = running.get("overdue", 0)
    waiting = running.get("waiting", 0)
    withdrawn = sum(past.get("withdrawn", {}).values())
    return Measure(
        standard=standard,
        unit=unit,
        target=target,
        decided=attainment_of(decided),
        due=attainment_of(due),
        late=_budget(decided, target, overdue),
        late_due=_budget(due, target, due.get("overdue", 0)),
        abandoned=decided.get("abandoned", 0),
        received=sum(past.get("received", {}).values()),
        withdrawn=withdrawn,
        closed=sum(decided.values()) + withdrawn,
        open=sum(running.values()) - waiting,
        waiting=waiting,
        overdue=overdue,
    )


def _closed(row: Measure) -> Measure:
    """Of a period that is over: what is overdue now will be late in another one."""
    return row._replace(late=row.late._replace(committed=row.late.used))


def _budget(outcomes: Outcomes, target: Fraction, overdue: int) -> Budget:
    measured = attainment_of(outcomes)
    used = measured.late - outcomes.get("overdue", 0)
    return Budget(measured.late_allowed(target), used, used + overdue)
