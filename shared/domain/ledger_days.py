"""The days of the ledger: one after the other, what each added and why.

Pure. Of each day two things are looked up: who held the file when it began, and whether it is a
day that counts (rules 2, 4, 5, 11 and 12); under a limit in minutes, what opening time of the day
passed in whose hands (rule 10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from shared.domain.calendars import ONE_DAY, BusinessCalendar
from shared.domain.cycles import Cycle, Outstanding, Spell
from shared.text import Text


class _Reason(msgspec.Struct, frozen=True, kw_only=True, tag_field="reason"):
    """The tag is the reason's name in the API."""


class ReceivedThatDay(_Reason, frozen=True, tag="received_that_day"):
    """The file was not yet here when the day began (rule 2)."""


class UntilDayZero(_Reason, frozen=True, tag="until_day_zero"):
    """Received on a day off, by a standard that makes the next business day its day 0 (rule 11)."""

    day_zero: date


class BusinessDay(_Reason, frozen=True, tag="business_day"):
    """A business day that began in the Ministry's hands (rule 2)."""


class CivilDay(_Reason, frozen=True, tag="civil_day"):
    """A day that began in the Ministry's hands, under a limit in months (rule 4)."""


class Weekend(_Reason, frozen=True, tag="weekend"):
    """Not a working weekday of the calendar."""


class PublicHoliday(_Reason, frozen=True, tag="holiday"):
    """A working weekday taken off, and the law that makes it so (rule 12), each in French and English."""

    name: Mapping[str, str]
    law: Mapping[str, str]


class Waiting(_Reason, frozen=True, tag="waiting"):
    """The client owed documents: since when, and which requests; null is one without an identifier (rule 5)."""

    since: datetime
    request_ids: Outstanding


class OpeningHours(_Reason, frozen=True, tag="opening_hours"):
    """Opening time passed with the file in the Ministry's hands (rule 10)."""


class OutsideOpeningHours(_Reason, frozen=True, tag="outside_opening_hours"):
    """A day with opening hours, none of which passed while the file was followed (rule 10)."""


DayReason = (
    ReceivedThatDay
    | UntilDayZero
    | BusinessDay
    | CivilDay
    | Weekend
    | PublicHoliday
    | Waiting
    | OpeningHours
    | OutsideOpeningHours
)


class Entry(NamedTuple):
    """What a day added, in days or in microseconds, and why."""

    day: date
    counted: int
    waited: int
    why: DayReason


DayInHand = Callable[[date, BusinessCalendar], Entry]
"""What a day adds that began in the Ministry's hands."""


def business_day(day: date, calendar: BusinessCalendar) -> Entry:
    """Under a limit in business days."""
    if calendar.is_business_day(day):
        return Entry(day, 1, 0, BusinessDay())
    return Entry(day, 0, 0, _day_off(day, calendar))


def civil_day(day: date, calendar: BusinessCalendar) -> Entry:
    """Under a limit in months."""
    return Entry(day, 1, 0, CivilDay())


def by_day(
    cycle: Cycle, calendar: BusinessCalendar, day_zero: date, end: datetime, in_hand: DayInHand
) -> Iterator[Entry]:
    """Every civil day of a cycle under a limit in days, from the reception to ``end``."""
    day, last = calendar.local_day(cycle.received_at), calendar.local_day(end)
    yield Entry(day, 0, 0, ReceivedThatDay())
    while day < min(day_zero, last):
        day += ONE_DAY
        yield Entry(day, 0, 0, UntilDayZero(day_zero=day_zero))
    spells, index = _spells(cycle), 0
    began_on = [calendar.local_day(spell.began) for spell in spells]
    while day < last:
        day += ONE_DAY
        while index + 1 < len(spells) and began_on[index + 1] < day:
            index += 1
        if spells[index].outstanding:
            yield Entry(day, 0, 1, _waiting(spells, index))
        else:
            yield in_hand(day, calendar)


def by_opening_time(
    cycle: Cycle, calendar: BusinessCalendar, hours: str, end: datetime
) -> Iterator[Entry]:
    """Every civil day of a cycle under a limit in opening time, from the reception to ``end``."""
    day, last = calendar.local_day(cycle.received_at), calendar.local_day(end)
    spells = _spells(cycle)
    ends = [*(spell.began for spell in cycle.spells), end]
    while day <= last:
        begins = calendar.midnight(day)
        finishes = end if day == last else calendar.midnight(day + ONE_DAY)
        counted = waited = 0
        why = _nothing_passed(day, calendar)
        for index, spell in enumerate(spells):
            start, stop = max(spell.began, begins), min(ends[index], finishes)
            passed = calendar.open_microseconds(hours, start, stop) if start < stop else 0
            if spell.outstanding:
                waited += passed
                why = _waiting(spells, index) if passed and not counted else why
            else:
                counted += passed
                why = OpeningHours() if passed else why
        yield Entry(day, counted, waited, why)
        day += ONE_DAY


def _spells(cycle: Cycle) -> Sequence[Spell]:
    """Those of the cycle, after the one from the reception on, in which nothing is owed."""
    return Spell(cycle.received_at, ()), *cycle.spells


def _waiting(spells: Sequence[Spell], index: int) -> Waiting:
    first = index
    while spells[first - 1].outstanding:
        first -= 1
    return Waiting(since=spells[first].began, request_ids=spells[index].outstanding)


def _nothing_passed(day: date, calendar: BusinessCalendar) -> DayReason:
    if calendar.is_business_day(day):
        return OutsideOpeningHours()
    return _day_off(day, calendar)


def _day_off(day: date, calendar: BusinessCalendar) -> Weekend | PublicHoliday:
    if day.weekday() not in calendar.working_weekdays:
        return Weekend()
    holiday = calendar.holidays[day]
    return PublicHoliday(name=_words(holiday.name), law=_words(holiday.law))


def _words(text: Text) -> Mapping[str, str]:
    return {"fr": text.fr, "en": text.en}
