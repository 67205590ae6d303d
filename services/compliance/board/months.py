"""Months as a wall calendar shows them, day by day, of a file or of a calendar. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final, Literal, NamedTuple

from shared.domain import DayReason, LedgerDay, Outstanding, Party, ledger_days
from shared.domain.calendars import ONE_DAY, BusinessCalendar
from shared.text import Text

Mark = Literal[
    "counted",
    "received",
    "day_zero",
    "restart",
    "weekend",
    "holiday",
    "waiting",
    "closed",
    "business",
]
_MARKS: Final[Mapping[type[DayReason], Mark]] = {
    ledger_days.ReceivedThatDay: "received",
    ledger_days.UntilDayZero: "day_zero",
    ledger_days.BeforeRestart: "restart",
    ledger_days.BusinessDay: "counted",
    ledger_days.CivilDay: "counted",
    ledger_days.Weekend: "weekend",
    ledger_days.PublicHoliday: "holiday",
    ledger_days.Waiting: "waiting",
    ledger_days.OpeningHours: "counted",
    ledger_days.OutsideOpeningHours: "closed",
}


class DayCell(NamedTuple):
    """A civil day. ``total`` is the running count after a day that counted; ``ahead`` marks a day to
    come, ``late`` one that counted beyond the limit.
    """

    day: date
    mark: Mark
    total: float | None = None
    today: bool = False
    due: bool = False
    ahead: bool = False
    late: bool = False


class WaitMark(NamedTuple):
    """Consecutive days on which these requests were without an answer, since an instant."""

    first: date
    last: date
    since: datetime
    request_ids: Outstanding
    party: Party


class DayOff(NamedTuple):
    """A holiday, and the law that makes it one."""

    day: date
    name: Text
    law: Text


class MonthGrid(NamedTuple):
    """One month by weeks; None for days outside of it, or of those laid out."""

    first: date
    weeks: Sequence[Sequence[DayCell | None]]
    waits: Sequence[WaitMark]
    days_off: Sequence[DayOff]

    @property
    def cells(self) -> Sequence[DayCell]:
        return [cell for week in self.weeks for cell in week if cell is not None]

    @property
    def counted(self) -> int:
        """How many of its days counted so far."""
        return sum(cell.mark == "counted" and not cell.ahead for cell in self.cells)

    @property
    def marks(self) -> set[str]:
        """What there is to explain in it."""
        flags = ("today", "due", "ahead", "late")
        shown = {flag for cell in self.cells for flag in flags if getattr(cell, flag)}
        return {cell.mark for cell in self.cells} | shown


MOST_MONTHS: Final = 13
"""How many months are laid out at once."""


class Window(NamedTuple):
    """Days of some months of a cycle; ``earlier`` and ``later`` end the windows beside it."""

    days: Sequence[LedgerDay]
    earlier: date | None
    later: date | None


def window(days: Sequence[LedgerDay], until: date | None = None) -> Window:
    """The last months up to the one that begins on ``until``, or up to the end."""
    begins, ends = days[0].day, days[-1].day
    first, newest = _number(begins), _number(ends)
    last = newest if until is None else min(max(_number(until), first), newest)
    since = max(last - MOST_MONTHS + 1, first)
    start = max((_first_of(since) - begins).days, 0)
    stop = (_first_of(last + 1) - begins).days
    return Window(
        days[start:stop],
        _first_of(since - 1) if since > first else None,
        _first_of(min(last + MOST_MONTHS, newest)) if last < newest else None,
    )


def _number(day: date) -> int:
    return 12 * day.year + day.month - 1


def _first_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


class Around(NamedTuple):
    """Today, the last day on time, the limit, and the first weekday, around a cycle's days."""

    today: date
    due_on: date | None
    limit: float
    first_weekday: int


def of_ledger(days: Sequence[LedgerDay], around: Around) -> Sequence[MonthGrid]:
    """The months of a cycle's days."""
    return [
        _month(first, list(group), around)
        for first, group in groupby(days, lambda entry: entry.day.replace(day=1))
    ]


def _month(first: date, days: Sequence[LedgerDay], around: Around) -> MonthGrid:
    cells = {entry.day: _cell(entry, around) for entry in days}
    weeks = _weeks(first, cells, around.first_weekday)
    return MonthGrid(first, weeks, list(_waits(days)), _days_off(days))


def _cell(entry: LedgerDay, around: Around) -> DayCell:
    mark = _MARKS[type(entry.why)]
    return DayCell(
        day=entry.day,
        mark=mark,
        total=entry.total if mark == "counted" else None,
        today=entry.day == around.today,
        due=entry.day == around.due_on,
        ahead=entry.day > around.today,
        late=mark == "counted" and entry.total > around.limit,
    )


def _waits(days: Sequence[LedgerDay]) -> Iterator[WaitMark]:
    for why, group in groupby(days, lambda entry: entry.why):
        if isinstance(why, ledger_days.Waiting):
            spell = list(group)
            yield WaitMark(spell[0].day, spell[-1].day, why.since, why.request_ids, why.party)


def _days_off(days: Sequence[LedgerDay]) -> Sequence[DayOff]:
    return [
        DayOff(entry.day, Text(**entry.why.name), Text(**entry.why.law))
        for entry in days
        if isinstance(entry.why, ledger_days.PublicHoliday)
    ]


def of_year(
    calendar: BusinessCalendar, year: int, today: date, first_weekday: int
) -> Sequence[MonthGrid]:
    """The twelve months of a calendar's year."""
    months = []
    for number in range(1, 13):
        first = date(year, number, 1)
        span = [date(year, number, day) for day in range(1, monthrange(year, number)[1] + 1)]
        cells = {day: DayCell(day, _nature(calendar, day), today=day == today) for day in span}
        holidays = [(day, calendar.holidays[day]) for day in span if day in calendar.holidays]
        off = [DayOff(day, holiday.name, holiday.law) for day, holiday in holidays]
        months.append(MonthGrid(first, _weeks(first, cells, first_weekday), (), off))
    return months


def _nature(calendar: BusinessCalendar, day: date) -> Mark:
    if day in calendar.holidays:
        return "holiday"
    return "business" if calendar.is_business_day(day) else "weekend"


def _weeks(
    first: date, cells: Mapping[date, DayCell], first_weekday: int
) -> Sequence[Sequence[DayCell | None]]:
    """From the week of the first cell to that of the last."""
    day = min(cells)
    day -= timedelta(days=(day.weekday() - first_weekday) % 7)
    weeks = []
    last = max(cells)
    while day <= last:
        week = [day + index * ONE_DAY for index in range(7)]
        weeks.append([cells.get(one) if one.month == first.month else None for one in week])
        day += 7 * ONE_DAY
    return weeks
