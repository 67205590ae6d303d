"""The oracle's stops: what each request took from the count, one day or one opening after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.unit.domain.oracle_calendar import (
    ONE_DAY,
    OPENING_HOURS,
    is_business_day,
    local_day,
    midnight,
    opening_spans,
)
from tests.unit.domain.oracle_days import Wait, Wall, day_zero
from tests.unit.domain.oracle_facts import Asked, Passage
from tests.unit.domain.oracle_minutes import NOTHING, Stopwatch
from tests.unit.domain.oracle_walk import Walk

Stop = tuple[Any, ...]
"""Asked and recorded when, counted when asked, removed, whom it waits for, until when, the kind, lapsed; of a cycle that ended,
what was left when asked in hand, from when it would have been late, and how long anything was open meanwhile."""


def stops(passage: Passage, walk: Walk, as_of: datetime) -> tuple[Stop, ...]:
    """Every request of a cycle that stopped its clock."""
    end = passage.ended.at if passage.ended else as_of
    ends = {one: (step.at, step.lapsed) for step in passage.steps for one in step.answered}
    removed: Mapping[Asked, float]
    if isinstance(walk, Wall):
        removed = Counter(day_takers(walk, end, passage.ended is not None))
    else:
        assert isinstance(walk, Stopwatch)
        removed = opening_takers(walk, passage, end)
    asked = [step.asked for step in passage.steps if step.asked is not None]
    return tuple(
        (
            one.at,
            one.recorded,
            counted,
            removed.get(one, 0),
            "other" if one.kind.other_party else "client",
            ends.get(one, (None, False))[0],
            one.word,
            ends.get(one, (None, False))[1],
            *(left if passage.ended else (None, None)),
            open_meanwhile(walk, one, removed, ends) if passage.ended else None,
        )
        for one, counted, left in zip(
            asked, walk.counted_when_asked, walk.left_when_asked, strict=True
        )
    )


def open_meanwhile(
    walk: Walk,
    asked: Asked,
    removed: Mapping[Asked, float],
    ends: Mapping[Asked, tuple[datetime, bool]],
) -> float | None:
    """Seconds of a wait, of a limit in days, in which something of the calendar was open."""
    if walk.promise.in_opening_time or not removed.get(asked) or asked not in ends:
        return None
    return open_time(walk.calendar, asked.at, ends[asked][0], OPENING_HOURS)


def open_time(calendar: str, start: datetime, end: datetime, hours: Iterable[str]) -> float:
    """Seconds in which some of these hours were open, day after day."""
    seconds, day, reached = 0.0, local_day(start) - ONE_DAY, start
    while midnight(day) < end:
        for opens, closes in sorted(
            span for name in hours for span in opening_spans(calendar, name, day)
        ):
            first, last = max(opens, reached), min(closes, end)
            if last > first:
                seconds += (last - first).total_seconds()
                reached = last
        day += ONE_DAY
    return round(seconds, 6)


SHIPPED_HOURS = ("contact-centre", "complaints")
"""The opening hours of the calendars of the shipped catalogue."""


def in_hours(
    stops: Iterable[Stop], calendar: str, hours: Sequence[str] = SHIPPED_HOURS
) -> tuple[Stop, ...]:
    """The stops of a file whose calendar has no other opening hours than these."""
    return tuple(
        stop if stop[-1] is None else (*stop[:-1], open_time(calendar, stop[0], stop[5], hours))
        for stop in stops
    )


def day_takers(wall: Wall, end: datetime, over: bool) -> Iterator[Asked]:
    """Who took each day that would have counted."""
    promise, calendar = wall.promise, wall.calendar
    day = day_zero(promise, calendar, wall.received_at)
    last = local_day(end)
    if not over:  # what a new beginning takes is known when it begins
        last = max([last, *(day_zero(promise, calendar, at) for _, at in wall.restarts)])
    while day < last:
        day += ONE_DAY
        if wall.business and not is_business_day(calendar, day):
            continue
        waits = [one for one in wall.waits if over or one.until is not None]
        takes = [one for one in waits if one.takes(day)]
        later = [asked for asked, at in wall.restarts if day <= day_zero(promise, calendar, at)]
        if takes:
            yield day_taker(takes[0], day)
        elif later:
            yield later[0]


def day_taker(wait: Wait, day: date) -> Asked:
    """The first made of what was owed when the day began, or else the first of the wait."""
    began = midnight(day)
    ends = {one: (at, lapsed) for one, at, lapsed in wait.answered}
    for one in wait.asked:
        at, lapsed = ends.get(one, (None, False))
        if one.at < began and (at is None or began < at or (began == at and not lapsed)):
            return one
    return wait.asked[0]


def opening_takers(walk: Stopwatch, passage: Passage, end: datetime) -> dict[Asked, float]:
    """Opening time by who took it, in seconds."""
    taken: Counter[Asked] = Counter()
    total = NOTHING
    microseconds = timedelta(microseconds=1)
    moments = [*passage.steps, None]
    restarts = list(walk.restarts)
    for number, (step, after) in enumerate(pairwise(moments)):
        assert step is not None
        if restarts and restarts[0][1] == step.at and restarts[0][0] in step.answered:
            asked, at = restarts.pop(0)
            left = elapsed(walk, walk.received_at, at) - total
            taken[asked] += left // microseconds
            total += left
        goes_on = all(one.owed for one in passage.steps[number:])
        if not step.owed or (goes_on and passage.ended is None):
            continue
        lasts = elapsed(walk, step.at, after.at if after else end)
        taken[step.owed[0]] += lasts // microseconds
        total += lasts
    return {one.asked: taken[one.asked] / 1_000_000 for one in passage.steps if one.asked}


def elapsed(walk: Stopwatch, start: datetime, stop: datetime) -> timedelta:
    spans: Sequence[timedelta] = [lasts for _, lasts in walk.open(start, stop)]
    return sum(spans, NOTHING)
