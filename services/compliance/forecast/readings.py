"""Reads what the staircase of each standard and unit is made from: a few sums over the tallies."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.compliance.attainment import attainment_of, waiting_files
from services.compliance.forecast.reach import PACE_DAYS, Pace, Staircase, staircase
from services.compliance.periods import Period
from services.compliance.projection import (
    Days,
    Outcomes,
    TallyScope,
    daily_sums,
    open_now,
    sum_events,
)
from shared.database import Database
from shared.domain import Catalogue, CatalogueLimit
from shared.domain.calendars import ONE_DAY, BusinessCalendar

_DECISIONS = ("on_time", "on_time_extended", "late")
Place = tuple[str, str | None]


class Reaching(NamedTuple):
    """A staircase, and the pace of the decisions of the same standard and unit.

    ``calendar`` is that of the standard, or the unit's own.
    """

    stairs: Staircase
    pace: Pace
    calendar: BusinessCalendar

    def at_this_pace(self, day: date) -> tuple[int, int] | None:
        """How many decisions from today to the end of a day, in 8 cases of 10."""
        if day < self.stairs.today:
            return None
        return self.pace.within(self.calendar.count(self.stairs.today - ONE_DAY, day))


async def read_reach(
    database: Database, catalogue: Catalogue, period: Period, today: date, scope: TallyScope
) -> Sequence[Reaching]:
    """Of each standard of a scope: in all, then by unit; units without files due are left out."""
    calendars = {
        (name, unit): catalogue.calendar_of(catalogue.standards[name], unit)
        for name in scope.standards
        for unit in (None, *scope.each_unit)
    }
    begun = min(_observed_from(calendar, today) for calendar in calendars.values())
    settled, open_files, decided = await asyncio.gather(
        sum_events(database, scope, [Days("due", period.first, period.last)]),
        open_now(database, scope, ["open", "open_due"]),
        daily_sums(database, scope, Days("decided", begun, today - ONE_DAY)),
    )
    open_due: dict[Place, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    stages: dict[Place, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in open_files:
        place = one.standard, one.unit
        if one.basis == "open":
            stages[place][one.outcome] += one.files
        else:
            open_due[place][date.fromordinal(one.day)] += one.files
    rows = []
    for unit in (None, *scope.each_unit):
        for name in scope.standards:
            place, standard = (name, unit), catalogue.standards[name]
            calendar = calendars[place]
            begun_later = receives_more(
                standard.nearest_terms(today).limit, calendar, today, period.last
            )
            stairs = staircase(
                name,
                unit,
                period,
                today,
                standard.nearest_terms(min(period.last, today)).target,
                attainment_of(settled.get(place, {}).get("due", {})),
                open_due.get(place, {}),
                None if begun_later else sum(waiting_files(stages.get(place, {}))),
            )
            if unit is None or stairs.known:
                pace = _pace(decided.get(place, {}), calendar, today)
                rows.append(Reaching(stairs, pace, calendar))
    return rows


def receives_more(
    limit: CatalogueLimit, calendar: BusinessCalendar, today: date, last: date
) -> bool:
    """Whether files not received yet will be due by a day: the limit is shorter than what is left."""
    return not limit.counts_days or limit.days_between(calendar, today, last) >= limit.length


async def read_late_by_day(
    database: Database, one: Staircase, scope: TallyScope
) -> Mapping[date, int]:
    """The late files of a staircase by their last day on time; ``scope`` is the one it was read in."""
    of_one = scope._replace(
        standards=[one.standard], each_unit=() if one.unit is None else [one.unit]
    )
    sums = await daily_sums(database, of_one, Days("due", one.period.first, one.period.last))
    return {
        date.fromordinal(day): attainment_of(outcomes).late
        for day, outcomes in sums.get((one.standard, one.unit), {}).items()
    }


def _observed_from(calendar: BusinessCalendar, today: date) -> date:
    """The first of the days that the pace is observed on; from the day after a business day."""
    return calendar.retreat(today - ONE_DAY, PACE_DAYS) + timedelta(days=1)


def _pace(decided: Mapping[int, Outcomes], calendar: BusinessCalendar, today: date) -> Pace:
    """Decisions by business day; those of a day off are counted with the business day before."""
    first = _observed_from(calendar, today)
    counts = [0] * PACE_DAYS
    for ordinal, outcomes in decided.items():
        day = date.fromordinal(ordinal)
        if day >= first:
            index = calendar.count(first - ONE_DAY, day) - 1
            counts[max(0, index)] += sum(outcomes.get(name, 0) for name in _DECISIONS)
    return Pace(tuple(counts))
