"""The oracle's own calendar: Easter by its own computus, the statutory days by their own weekday rules, midnights by zoneinfo.

Naive on purpose, and sharing no code with the product: every question is answered anew for one day at a time.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MONTREAL = ZoneInfo("America/Toronto")
ONE_DAY = timedelta(days=1)

# Rule 12's public-service days around Christmas, by the weekday of 25 December (Monday = 0).
CHRISTMAS_DAYS_OFF = {
    0: [(12, 22), (12, 25), (12, 26)],
    1: [(12, 24), (12, 25), (12, 26)],
    2: [(12, 24), (12, 25), (12, 26)],
    3: [(12, 24), (12, 25), (12, 26)],
    4: [(12, 24), (12, 25), (12, 28)],
    5: [(12, 24), (12, 27), (12, 28)],
    6: [(12, 23), (12, 26), (12, 27)],
}
# The same around the new year, by the weekday of 1 January.
NEW_YEAR_DAYS_OFF = {
    0: [(1, 1), (1, 2)],
    1: [(1, 1), (1, 2)],
    2: [(1, 1), (1, 2)],
    3: [(1, 1), (1, 2)],
    4: [(1, 1), (1, 4)],
    5: [(1, 3), (1, 4)],
    6: [(1, 2), (1, 3)],
}
NEW_YEAR_EVE = {5: 30, 6: 29}
OPENING_HOURS = {
    "contact-centre": {
        0: [("08:00", "16:30")],
        1: [("08:00", "16:30")],
        2: [("10:30", "16:30")],
        3: [("08:00", "16:30")],
        4: [("08:00", "16:30")],
    },
    "complaints": {weekday: [("08:30", "12:00"), ("13:00", "16:30")] for weekday in range(5)},
    "counter": {
        0: [("09:00", "12:00"), ("13:00", "17:00")],
        2: [("09:00", "12:00")],
        3: [("07:30", "24:00")],
        5: [("10:00", "14:00")],
    },
    "night": {weekday: [("22:00", "06:00")] for weekday in (0, 2, 4, 6)},
}
# Calendars made for the tests: days off by (month, day) in every year, and the weekdays that people work.
OFFICES: dict[str, tuple[list[tuple[int, int]], Sequence[int]]] = {
    "office": ([(5, 1), (5, 13), (6, 6), (12, 25)], range(5)),
    "south": ([(5, 2), (5, 12), (5, 13), (6, 1)], (0, 1, 2, 5)),
}


def easter(year: int) -> date:
    """Easter Sunday by Gauss's rule with its two exceptions, good for 1900 to 2099."""
    golden, leap, week = year % 19, year % 4, year % 7
    moon = (19 * golden + 24) % 30
    sunday = (2 * leap + 4 * week + 6 * moon + 5) % 7
    days_after_22_march = moon + sunday
    if (moon, sunday) == (29, 6) or (moon == 28 and sunday == 6 and golden > 10):
        days_after_22_march -= 7
    return date(year, 3, 22) + timedelta(days=days_after_22_march)


def nth_monday(year: int, month: int, nth: int) -> date:
    day = date(year, month, 1)
    while day.weekday() != 0:
        day += ONE_DAY
    return day + timedelta(weeks=nth - 1)


def _common(year: int) -> Iterator[date]:
    yield easter(year) - 2 * ONE_DAY
    yield easter(year) + ONE_DAY
    patriots = date(year, 5, 24)
    while patriots.weekday() != 0:
        patriots -= ONE_DAY
    yield patriots
    yield nth_monday(year, 9, 1)
    yield nth_monday(year, 10, 2)


def _legal(year: int) -> Iterator[date]:
    yield from _common(year)
    yield date(year, 1, 1)
    yield date(year, 6, 25 if date(year, 6, 24).weekday() == 6 else 24)
    yield date(year, 7, 2 if date(year, 7, 1).weekday() == 6 else 1)
    yield date(year, 12, 25)


def _public_service(year: int) -> Iterator[date]:
    yield from _common(year)
    for month, day in NEW_YEAR_DAYS_OFF[date(year, 1, 1).weekday()]:
        yield date(year, month, day)
    yield date(year, 6, {5: 23, 6: 25}.get(date(year, 6, 24).weekday(), 24))
    canada_day = date(year, 7, 1)
    yield {5: date(year, 6, 30), 6: date(year, 7, 2)}.get(canada_day.weekday(), canada_day)
    for month, day in CHRISTMAS_DAYS_OFF[date(year, 12, 25).weekday()]:
        yield date(year, month, day)
    yield date(year, 12, NEW_YEAR_EVE.get(date(year, 12, 31).weekday(), 31))


@cache
def holidays(calendar: str, year: int) -> frozenset[date]:
    if calendar in OFFICES:
        return frozenset(date(year, month, day) for month, day in OFFICES[calendar][0])
    return frozenset({"qc-legal": _legal, "qc-public-service": _public_service}[calendar](year))


@cache
def is_business_day(calendar: str, day: date) -> bool:
    worked = OFFICES[calendar][1] if calendar in OFFICES else range(5)
    return day.weekday() in worked and day not in holidays(calendar, day.year)


def local_day(instant: datetime) -> date:
    return instant.astimezone(MONTREAL).date()


@cache
def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), MONTREAL).astimezone(UTC)


@cache
def opening_minutes(calendar: str, hours: str, day: date) -> tuple[datetime, ...]:
    """The beginning of every open minute of a day, in UTC."""
    if day in holidays(calendar, day.year):
        return ()
    minutes = []
    for opens, closes in OPENING_HOURS[hours].get(day.weekday(), ()):
        wall = datetime.combine(day, time.fromisoformat(opens))
        while wall < datetime.combine(day, time.fromisoformat(closes)):
            minutes.append(wall.replace(tzinfo=MONTREAL).astimezone(UTC))
            wall += timedelta(minutes=1)
    return tuple(minutes)


@cache
def opening_spans(calendar: str, hours: str, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """When the hours that begin on a day open and close, in UTC."""
    next_day = day + ONE_DAY
    if hours == "always":
        return ((midnight(day), midnight(next_day)),)
    if day in holidays(calendar, day.year):
        return ()
    spans = []
    for opens, closes in OPENING_HOURS[hours].get(day.weekday(), ()):
        begins = datetime.combine(day, time.fromisoformat(opens), MONTREAL).astimezone(UTC)
        if closes == "24:00":
            ends = midnight(next_day)
        elif closes > opens:
            ends = datetime.combine(day, time.fromisoformat(closes), MONTREAL).astimezone(UTC)
        elif next_day in holidays(calendar, next_day.year):
            ends = midnight(next_day)
        else:
            ends = datetime.combine(next_day, time.fromisoformat(closes), MONTREAL).astimezone(UTC)
        spans.append((begins, ends))
    return tuple(spans)


def opening_day(calendar: str, hours: str, instant: datetime) -> date:
    """The day on which an office is next open, or open now."""
    day = local_day(instant) - ONE_DAY
    while True:
        for begins, ends in opening_spans(calendar, hours, day):
            if instant < ends:
                return local_day(max(begins, instant))
        day += ONE_DAY


def last_day(calendar: str, day: date, business_days: int, civil_days: int, months: int) -> date:
    """The last day of a length that begins the day after."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    while months and day.day > monthrange(year, month)[1]:
        day -= ONE_DAY
    last = date(year, month, day.day) + timedelta(days=civil_days)
    while business_days:
        last += ONE_DAY
        business_days -= is_business_day(calendar, last)
    return last
