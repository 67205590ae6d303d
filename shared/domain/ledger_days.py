"""The days of the ledger: one after the other, what each added and why.

Pure. Of each day two things are looked up: who held the file when it began, and whether it is a
day that counts (rules 2, 4, 5, 11 and 12); under a limit in minutes, what opening time of the day
passed in whose hands (rule 10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec

from shared.domain.calendars import ONE_DAY, BusinessCalendar
from shared.domain.cycles import Cycle, Outstanding, Request, Spell, party_of
from shared.domain.records import Party
from shared.text import Text


class _Reason(msgspec.Struct, frozen=True, kw_only=True, tag_field="reason"):
    """The tag is the reason's name in the API."""


class ReceivedThatDay(_Reason, frozen=True, tag="received_that_day"):
    """The file was not yet here when the day began (rule 2)."""


class UntilDayZero(_Reason, frozen=True, tag="until_day_zero"):
    """Received on a day off, by a standard that makes the next business day its day 0 (rule 11)."""

    day_zero: date


class BeforeRestart(_Reason, frozen=True, tag="before_restart"):
    """The count began again later, at the answer to a request that restarts it (rule 14)."""

    restarted_on: date


class BusinessDay(_Reason, frozen=True, tag="business_day"):
    """A business day that began in the Ministry's hands (rule 2)."""


class CivilDay(_Reason, frozen=True, tag="civil_day"):
    """A day that began in the Ministry's hands, under a limit in civil days or months (rule 4)."""


class Weekend(_Reason, frozen=True, tag="weekend"):
    """Not a working weekday of the calendar."""


class PublicHoliday(_Reason, frozen=True, tag="holiday"):
    """A working weekday taken off, and the law that makes it so (rule 12), each in French and English."""

    name: Mapping[str, str]
    law: Mapping[str, str]


class Waiting(_Reason, frozen=True, omit_defaults=True, tag="waiting"):
    """An answer was owed: since when, which requests (null is one without an identifier), and by whom (rule 5)."""

    since: datetime
    request_ids: Outstanding
    party: Party = "client"


class OpeningHours(_Reason, frozen=True, tag="opening_hours"):
    """Opening time passed with the file in the Ministry's hands (rule 10)."""


class OutsideOpeningHours(_Reason, frozen=True, tag="outside_opening_hours"):
    """A day with opening hours, none of which passed while the file was followed (rule 10)."""


DayReason = (
    ReceivedThatDay
    | UntilDayZero
    | BeforeRestart
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
    """Under a limit in civil days or months."""
    return Entry(day, 1, 0, CivilDay())


class CountedPart(NamedTuple):
    """From when a cycle is counted, its day 0, and since when it is late, if it is."""

    counted_from: datetime
    day_zero: date
    late_from: datetime | None


class _Wait(NamedTuple):
    """A wait: when it began, and the first and last day that do not count for it."""

    since: datetime
    first: date
    last: date


def by_day(
    cycle: Cycle,
    calendar: BusinessCalendar,
    end: datetime,
    in_hand: DayInHand,
    counted: CountedPart,
) -> Iterator[Entry]:
    """Every civil day of a cycle under a limit in days, from the reception to ``end``."""
    day, last = calendar.local_day(cycle.received_at), calendar.local_day(end)
    begins_on = calendar.local_day(counted.counted_from)
    restarted = begins_on if counted.counted_from > cycle.received_at else None
    yield Entry(
        day, 0, 0, BeforeRestart(restarted_on=restarted) if restarted else ReceivedThatDay()
    )
    while day < min(max(begins_on, counted.day_zero), last):
        day += ONE_DAY
        if restarted is not None and day <= restarted:
            yield Entry(day, 0, 0, BeforeRestart(restarted_on=restarted))
        else:
            yield Entry(day, 0, 0, UntilDayZero(day_zero=counted.day_zero))
    waits = _waits(cycle, calendar, end, counted.late_from)
    index = 0
    while day < last:
        day += ONE_DAY
        while index < len(waits) and waits[index].last < day:
            index += 1
        if index < len(waits) and waits[index].first <= day:
            yield Entry(
                day, 0, 1, _owed_when_day_began(cycle, waits[index], calendar.midnight(day))
            )
        else:
            yield in_hand(day, calendar)


def _waits(
    cycle: Cycle, calendar: BusinessCalendar, end: datetime, late_from: datetime | None
) -> Sequence[_Wait]:
    """The waits of a cycle and the days that they take from the count, by the law of their requests.

    What is owed once the file is late takes the days that it began in the client's hands.
    """
    waits = []
    for requests in _requests_of_waits(cycle):
        since, until = requests[0].began, _until(requests) or end
        began_on, ended_on = calendar.local_day(since), calendar.local_day(until)
        first, last = 1, 0
        if late_from is None or since < late_from:
            first = min(
                one.law.first_day for one in requests if calendar.local_day(one.began) == began_on
            )
            last = max(
                0 if one.ended is None else one.last_day
                for one in requests
                if one.ended is None or calendar.local_day(one.ended) == ended_on
            )
        elif all(one.ended is not None and (one.lapsed or one.ended < until) for one in requests):
            last = -1
        wait = _Wait(since, began_on + timedelta(days=first), ended_on + timedelta(days=last))
        if wait.first <= wait.last:
            waits.append(wait)
    return waits


def _requests_of_waits(cycle: Cycle) -> Sequence[Sequence[Request]]:
    """The requests of each wait of a cycle; one made at the instant of an answer goes on waiting, of a lapse not."""
    waits: list[list[Request]] = []
    for request in cycle.requests:
        if waits and not all(_is_over(one, request.began) for one in waits[-1]):
            waits[-1].append(request)
        else:
            waits.append([request])
    return waits


def _is_over(request: Request, at: datetime) -> bool:
    return request.ended is not None and (
        request.ended < at or (request.lapsed and request.ended == at)
    )


def _until(requests: Sequence[Request]) -> datetime | None:
    """When a wait ended; None while it lasts."""
    ends = [one.ended for one in requests if one.ended is not None]
    return max(ends) if len(ends) == len(requests) else None


def by_opening_time(
    cycle: Cycle, calendar: BusinessCalendar, hours: str, end: datetime, counted_part: CountedPart
) -> Iterator[Entry]:
    """Every civil day of a cycle under a limit in opening time, from the reception to ``end``."""
    day, last = calendar.local_day(cycle.received_at), calendar.local_day(end)
    origin = counted_part.counted_from
    restarted_on = calendar.local_day(origin)
    spells = _spells(cycle)
    ends = [*(spell.began for spell in cycle.spells), end]
    while day <= last:
        begins = calendar.midnight(day)
        finishes = end if day == last else calendar.midnight(day + ONE_DAY)
        counted = waited = 0
        why = _nothing_passed(day, calendar)
        if origin > cycle.received_at and day <= restarted_on:
            why = BeforeRestart(restarted_on=restarted_on)
        for index, spell in enumerate(spells):
            start, stop = max(spell.began, begins, origin), min(ends[index], finishes)
            passed = calendar.open_microseconds(hours, start, stop) if start < stop else 0
            if spell.outstanding:
                waited += passed
                if passed and not counted:
                    owed = _owed_at(cycle, start)
                    wait = next(one for one in _requests_of_waits(cycle) if owed[0] in one)
                    why = _waiting(wait[0].began, owed)
            else:
                counted += passed
                why = OpeningHours() if passed else why
        yield Entry(day, counted, waited, why)
        day += ONE_DAY


def _spells(cycle: Cycle) -> Sequence[Spell]:
    """Those of the cycle, after the one from the reception on, in which nothing is owed."""
    return Spell(cycle.received_at, ()), *cycle.spells


def _owed_when_day_began(cycle: Cycle, wait: _Wait, midnight: datetime) -> Waiting:
    """Who owed what at 00:00 of a day of a wait; on its first day, when it began."""
    owed = [
        one
        for one in cycle.requests
        if wait.since <= one.began < midnight and (one.ended is None or midnight <= one.ended)
    ]
    return _waiting(wait.since, owed or [one for one in cycle.requests if one.began == wait.since])


def _owed_at(cycle: Cycle, instant: datetime) -> Sequence[Request]:
    return [
        one
        for one in cycle.requests
        if one.began <= instant and (one.ended is None or instant < one.ended)
    ]


def _waiting(since: datetime, owed: Sequence[Request]) -> Waiting:
    ids = tuple(one.request_id for one in owed)
    return Waiting(since=since, request_ids=ids, party=party_of(owed))


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
