"""Releases in the database, and the figures that may follow them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from services.compliance.attainment import Attainment, Measure, attainment_of, report
from services.compliance.periods import Period, fiscal_year_of
from services.compliance.projection import (
    ComplianceStore,
    Days,
    TallyScope,
    monthly_sums,
    sum_events,
)
from services.compliance.publication.disclosure import Publication, PublicRow, UnitCell
from services.compliance.publication.release import (
    CumulativeMonth,
    Release,
    current_release,
    year_release,
)
from services.compliance.publication.tables import releases
from shared.database import Database
from shared.domain import Catalogue, microseconds

_NOTHING = Attainment(0, 0, 0)
_Releases = Mapping[str, Sequence[Release]]


class CurrentResults(NamedTuple):
    """The current fiscal year as the public sees it: of each commitment the last release, if any."""

    period: Period
    rows: Mapping[str, Release | None]


async def published_year(
    store: ComplianceStore,
    catalogue: Catalogue,
    period: Period,
    today: date,
    *,
    known_on: date | None = None,
) -> Publication:
    """What may be published of a fiscal year that is over, after what was; nothing is recorded.

    ``known_on`` counts what was known on a day, as :func:`report.build` does.
    """
    before = await _read(store, period)
    totals, following = await _years(store, catalogue, period, today, before, known_on)
    return await _publication(store, catalogue, period, today, totals, following, known_on)


async def publish_year(
    store: ComplianceStore, catalogue: Catalogue, period: Period, now: datetime
) -> Publication:
    """Publish a fiscal year that is over: what is published later is compared with it."""
    today, before = catalogue.local_day(now), await _read(store, period)
    totals, following = await _years(store, catalogue, period, today, before)
    recorded = await _record(store.database, period, before, following, now)
    return await _publication(store, catalogue, period, today, totals, recorded)


async def current_results(
    store: ComplianceStore, catalogue: Catalogue, now: datetime
) -> CurrentResults:
    """The current fiscal year for the public: what is shown for the first time is recorded."""
    today = catalogue.local_day(now)
    period = fiscal_year_of(today, catalogue.fiscal_year_start)
    before = await _read(store, period)
    months, until_now = await _months(store.database, catalogue, period, today)
    following = {
        standard: following
        for standard in catalogue.standards
        if (
            following := current_release(
                months[standard], until_now[standard], before.get(standard, ())
            )
        )
    }
    recorded = await _record(store.database, period, before, following, now)
    return CurrentResults(period, {one: recorded.get(one) for one in catalogue.standards})


async def _years(
    store: ComplianceStore,
    catalogue: Catalogue,
    period: Period,
    today: date,
    before: _Releases,
    known_on: date | None = None,
) -> tuple[Mapping[str, Measure], Mapping[str, Release]]:
    """The total of each commitment, and its next release."""
    units = list(catalogue.units)
    whole = await report.build(
        store,
        catalogue,
        period,
        today,
        each_unit=units,
        unit_bases=("decided", "due"),
        known_on=known_on,
    )
    by_place = {(row.standard, row.unit): row for row in whole.rows}
    following = {}
    for standard in catalogue.standards:
        cells = [
            UnitCell((unit,), row.decided, row.due)
            if (row := by_place.get((standard, unit)))
            else UnitCell((unit,), _NOTHING, _NOTHING)
            for unit in units
        ]
        total = by_place[standard, None]
        total_cell = UnitCell((), total.decided, total.due)
        following[standard] = year_release(period.last, total_cell, cells, before.get(standard, ()))
    return {standard: by_place[standard, None] for standard in catalogue.standards}, following


async def _publication(
    store: ComplianceStore,
    catalogue: Catalogue,
    period: Period,
    today: date,
    totals: Mapping[str, Measure],
    shown: Mapping[str, Release],
    known_on: date | None = None,
) -> Publication:
    rows = []
    for standard in catalogue.standards:
        one, target = shown[standard], totals[standard].target
        assert target is not None
        rows += [
            PublicRow(standard, cell.units, target, one.of(cell, "decided"), one.of(cell, "due"))
            for cell in (one.total, *one.units)
        ]
    explanations = await report.read_explanations(store, catalogue, period, known_on)
    return Publication(period, today, rows, explanations=explanations)


async def _months(
    database: Database, catalogue: Catalogue, period: Period, today: date
) -> tuple[Mapping[str, Sequence[CumulativeMonth]], Mapping[str, Attainment]]:
    """Each commitment's decided files up to the end of each month that is over, and up to today."""
    scope = TallyScope(sorted(catalogue.standards), None)
    ends = [day for day in _month_ends(period) if day < today]
    sums = await monthly_sums(database, scope, Days("decided", period.first, period.last))
    so_far = await sum_events(database, scope, [Days("decided", period.first, today)])
    begun = {}
    if period.first.day != 1:  # a year that begins within a month
        first_end = next(iter(_month_ends(period)))
        begun = await sum_events(
            database, scope, [Days("decided", period.first, min(first_end, today))]
        )
    months: dict[str, list[CumulativeMonth]] = defaultdict(list)
    for standard in catalogue.standards:
        decided = attainment_of(begun.get((standard, None), {}).get("decided", {}))
        for begin, end in pairwise([period.first - timedelta(days=1), *ends]):
            outcomes = sums.get(standard, {}).get(begin + timedelta(days=1), {})
            decided = Attainment.total([decided, attainment_of(outcomes)])
            months[standard].append(CumulativeMonth(end, decided))
    until_now = {
        standard: attainment_of(so_far.get((standard, None), {}).get("decided", {}))
        for standard in catalogue.standards
    }
    return months, until_now


def _month_ends(period: Period) -> Sequence[date]:
    days = [period.first + timedelta(days=n) for n in range((period.last - period.first).days + 1)]
    return [day for day in days if (day + timedelta(days=1)).day == 1]


async def _read(store: ComplianceStore, period: Period) -> _Releases:
    """What was released of a fiscal year, of each commitment in order."""
    query = (
        select(releases.c.standard, releases.c.figures)
        .where(releases.c.fiscal_year == period.name)
        .order_by(releases.c.standard, releases.c.number)
    )
    found: dict[str, list[Release]] = defaultdict(list)
    async with store.database.reading() as connection:
        for standard, figures in await connection.execute(query):
            found[standard].append(msgspec.json.decode(figures, type=Release))
    return found


async def _record(
    database: Database,
    period: Period,
    before: _Releases,
    following: Mapping[str, Release],
    now: datetime,
) -> Mapping[str, Release]:
    """Record what is new; where another process recorded something meanwhile, that is given."""
    added = [
        {
            "fiscal_year": period.name,
            "standard": standard,
            "number": len(before.get(standard, ())) + 1,
            "released_at": microseconds(now),
            "figures": msgspec.json.encode(release).decode(),
        }
        for standard, release in following.items()
        if not before.get(standard) or release != before[standard][-1]
    ]
    if not added:
        return following
    insert = (sqlite if database.on_sqlite else postgresql).insert(releases)
    async with database.transaction() as connection:
        await connection.execute(insert.on_conflict_do_nothing(), added)
        query = select(releases.c.standard, releases.c.figures).where(
            releases.c.fiscal_year == period.name
        )
        rows = (await connection.execute(query.order_by(releases.c.number))).all()
    newest = {standard: msgspec.json.decode(figures, type=Release) for standard, figures in rows}
    return {standard: newest[standard] for standard in following}
