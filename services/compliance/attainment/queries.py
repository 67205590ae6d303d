"""Measures of a period: how often each commitment was kept, and how many more files may be late (§5)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby
from operator import attrgetter

from services.compliance.attainment.attainment import (
    Attainment,
    Budget,
    attainment_of,
    measured_days,
)
from services.compliance.attainment.measures import Measure, TierMeasure, features_of
from services.compliance.attainment.open_files import stages_now, waiting_files
from services.compliance.delays import read_delays
from services.compliance.periods import Period, is_over
from services.compliance.projection import TIER_BASES, Basis, Days, Outcomes, TallyScope, sum_events
from shared.database import Database
from shared.domain import Catalogue, Terms

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
    repeated = await _repeated(database, catalogue, period, scope, bases)
    with_totals: list[Measure] = []
    for unit, of_unit in groupby(rows, attrgetter("unit")):
        parts = list(of_unit)
        again = [one for one in repeated if one.unit == unit]
        with_totals += [*parts, Measure.total(unit, parts, again)]
    return with_totals


async def _repeated(
    database: Database,
    catalogue: Catalogue,
    period: Period,
    scope: TallyScope,
    bases: Sequence[Basis],
) -> Sequence[Measure]:
    """What the standards of a scope count together more than once."""
    again = scope.repeated(catalogue)
    if not again.standards:
        return ()
    days = [Days(basis, period.first, period.last) for basis in bases]
    past, present = await asyncio.gather(
        sum_events(database, again, days), stages_now(database, again)
    )
    return [
        _measure(*place, Fraction(1), past.get(place, {}), present.get(place, {}))
        for place in past.keys() | present.keys()
    ]


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
    on = min(period.last, today)
    terms = {name: catalogue.standards[name].nearest_terms(on) for name in scope.standards}
    tiers: Sequence[Basis] = ()
    if "decided" in bases:
        tiers = TIER_BASES[: max([len(one.tiers) for one in terms.values()], default=0)]
    bases = (*bases, *tiers)
    if unit_bases is not None and "decided" in unit_bases:
        unit_bases = (*unit_bases, *tiers)
    whole = scope._replace(each_unit=())
    due_until = measured_days(period, "due", today).last
    days = [
        Days(basis, period.first, due_until)
        if basis == "due"
        else Days(basis, period.first, period.last, today)
        for basis in bases
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
    features = {name: features_of(catalogue.standards[name]) for name in scope.standards}
    rows = [
        _measure(
            name,
            unit,
            terms[name].target,
            past.get((name, unit), {}),
            present.get((name, unit), {}),
        )._replace(
            tiers=_tiers(terms[name], tiers, past.get((name, unit), {})), features=features[name]
        )
        for unit in (None, *scope.each_unit)
        for name in scope.standards
        if unit is None or (name, unit) in past or (name, unit) in present
    ]
    return [_closed(row) for row in rows] if is_over(period, today) else rows


async def with_delays(
    database: Database,
    catalogue: Catalogue,
    period: Period,
    today: date,
    scope: TallyScope,
    rows: Sequence[Measure],
) -> Sequence[Measure]:
    """The same measures, those of the standards and units of a scope with their delays."""
    delays = await read_delays(database, catalogue, period, today, scope)
    places = {None, *scope.each_unit}
    return [
        row._replace(
            delays=delays.get((row.standard, row.unit))
            or delays[row.standard, None].without_files()
        )
        if row.standard is not None and row.unit in places
        else row
        for row in rows
    ]


def _measure(
    standard: str,
    unit: str | None,
    target: Fraction,
    past: Mapping[Basis, Outcomes],
    running: Outcomes,
) -> Measure:
    decided, due = past.get("decided", {}), past.get("due", {})
    of_decided, of_due = attainment_of(decided), attainment_of(due)
    overdue, overdue_due = running.get("overdue", 0), due.get("overdue", 0)
    of_client, of_others = waiting_files(running)
    withdrawn = sum(past.get("withdrawn", {}).values())
    return Measure(
        standard=standard,
        unit=unit,
        target=target,
        decided=of_decided,
        due=of_due,
        late=_budget(of_decided, decided, target, overdue),
        late_due=_budget(of_due, due, target, overdue_due),
        abandoned=decided.get("abandoned", 0),
        received=sum(past.get("received", {}).values()),
        withdrawn=withdrawn,
        closed=sum(decided.values()) + withdrawn,
        open=sum(running.values()) - of_client - of_others,
        waiting=of_client,
        overdue=overdue,
        waiting_other=of_others,
        extended=decided.get("on_time_extended", 0),
        extended_due=due.get("on_time_extended", 0),
    )


def _tiers(
    terms: Terms, bases: Sequence[Basis], past: Mapping[Basis, Outcomes]
) -> Sequence[TierMeasure]:
    return tuple(
        TierMeasure(number, target.share, attainment_of(past.get(basis, {})))
        for number, (basis, target) in enumerate(zip(bases, terms.tiers, strict=False), 2)
    )


def _closed(row: Measure) -> Measure:
    """Of a period that is over: what is overdue now will be late in another one."""
    return row._replace(late=row.late._replace(committed=row.late.used))


def _budget(measured: Attainment, outcomes: Outcomes, target: Fraction, overdue: int) -> Budget:
    used = measured.late - outcomes.get("overdue", 0)
    return Budget(measured.late_allowed(target), used, used + overdue)
