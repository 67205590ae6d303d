"""Tallies kept coarser than the day and the unit, so that a long period of every unit is still read from a few rows.

Pure. Each tally of what happened is kept three times: by day, by week of its month (from the 1st, 8th, 15th, 22nd and 29th) and by
month; and each for its unit and for all units together. A period is read from the coarsest spans that fit in it exactly.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Literal, NamedTuple

from services.compliance.contributions import OPEN, Basis, Key

Grain = Literal["day", "week", "month"]
EVERY_UNIT = "*"
"""The unit under which all units together are kept; no unit of a catalogue can have this name."""

_WEEK_DAYS = 7


Cell = tuple[Basis, Grain, str, str, int, str]
"""One tally of one grain: basis, grain, standard, unit, ordinal of the first day it covers, outcome."""


class Span(NamedTuple):
    """Days from ``first`` to ``last``, both included, to be read from the tallies of a grain."""

    grain: Grain
    first: date
    last: date


def cells(changes: Mapping[Key, int]) -> Counter[Cell]:
    """What to add to each tally kept, of each grain; nothing where it comes to nothing."""
    found: dict[Cell, int] = defaultdict(int)
    for (standard, basis, day, unit, outcome), files in changes.items():
        grains = _begins(day) if basis not in OPEN else (("day", day),)
        for grain, begins in grains:
            found[basis, grain, standard, unit, begins, outcome] += files
            found[basis, grain, standard, EVERY_UNIT, begins, outcome] += files
    return Counter({cell: files for cell, files in found.items() if files})


@cache
def _begins(ordinal: int) -> tuple[tuple[Grain, int], ...]:
    """The day, and the first days of its week and its month."""
    day = date.fromordinal(ordinal)
    month = day.replace(day=1).toordinal()
    week = month + (day.day - 1) // _WEEK_DAYS * _WEEK_DAYS
    return ("day", ordinal), ("week", week), ("month", month)


def spans(first: date, last: date) -> Iterator[Span]:
    """The days from ``first`` to ``last`` as few spans: whole months, whole weeks beside them, single days at the ends."""
    if first > last:
        return
    middle = _next_month(first) if first.day > 1 else first
    if middle > last:
        yield from _weeks(first, last)
        return
    if first < middle:
        yield from _weeks(first, _before(middle))
    whole = last if last == date.max or _after(last).day == 1 else _before(last.replace(day=1))
    if middle <= whole:
        yield Span("month", middle, whole)
    if whole < last:
        yield from _weeks(_after(whole), last)


def _weeks(first: date, last: date) -> Iterator[Span]:
    """Days of one month."""
    days_before = -(first.day - 1) % _WEEK_DAYS
    middle = first.toordinal() + days_before
    days_after = 0 if _ends_a_week(last) else (last.day - 1) % _WEEK_DAYS + 1
    whole = last.toordinal() - days_after
    if middle > whole:
        yield Span("day", first, last)
        return
    if days_before:
        yield Span("day", first, date.fromordinal(middle - 1))
    yield Span("week", date.fromordinal(middle), date.fromordinal(whole))
    if days_after:
        yield Span("day", date.fromordinal(whole + 1), last)


def _ends_a_week(day: date) -> bool:
    return day.day % _WEEK_DAYS == 0 or _after(day).day == 1


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
