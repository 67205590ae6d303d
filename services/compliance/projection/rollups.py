"""Rollups of the tallies by week, month, quarter and fiscal year, and over all units.

Pure. A tally of past facts is stored by day, week of its month (from the 1st, 8th, 15th, 22nd, 29th),
month, quarter and fiscal year, for its unit and for all units; a period is read from the coarsest.
What is stored depends on no catalogue: a fiscal year that begins on another day than 1 April is read
from quarters and what is finer, so a revision that moves it changes no row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Final, Literal, NamedTuple

from services.compliance.periods import APRIL
from services.compliance.projection.snapshot_tallies import OPEN_BASES, Basis, TallyKey

Grain = Literal["day", "week", "month", "quarter", "year"]
EVERY_UNIT = "*"
"""The unit of tallies over all units; no unit of a catalogue can have this name."""

_COARSEST_FIRST: Final[tuple[Grain, ...]] = ("year", "quarter", "month", "week", "day")
_WEEK_DAYS, _QUARTER_MONTHS = 7, 3
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()


RollupCell = tuple[Basis, Grain, str, str, int, str]
"""Basis, grain, standard, unit, ordinal of the first day covered, outcome."""


class Span(NamedTuple):
    """The days from ``first`` to ``last``, both included, read from one grain.

    ``times`` is 1, or -1 for days that a coarser span has and the period has not: to be taken off.
    """

    grain: Grain
    first: date
    last: date
    times: int = 1


def rollup_cells(changes: Mapping[TallyKey, int]) -> Counter[RollupCell]:
    """The changes of every rollup; those that cancel out are left out."""
    cells: dict[RollupCell, int] = defaultdict(int)
    for (standard, basis, day, unit, outcome), files in changes.items():
        grains: Mapping[Grain, int] = (
            rollup_begins(day) if basis not in OPEN_BASES else {"day": day}
        )
        for grain, begins in grains.items():
            cells[basis, grain, standard, unit, begins, outcome] += files
            cells[basis, grain, standard, EVERY_UNIT, begins, outcome] += files
    return Counter({cell: files for cell, files in cells.items() if files})


@cache
def rollup_begins(ordinal: int) -> Mapping[Grain, int]:
    """The ordinals of the first day of each grain's span that contains a day."""
    day = date.fromordinal(ordinal)
    month = ordinal - day.day + 1
    quarter = day.replace(month=(day.month - 1) // _QUARTER_MONTHS * _QUARTER_MONTHS + 1, day=1)
    year = day.year - ((day.month, day.day) < APRIL)
    return {
        "day": ordinal,
        "week": month + (day.day - 1) // _WEEK_DAYS * _WEEK_DAYS,
        "month": month,
        "quarter": quarter.toordinal(),
        "year": date(year, *APRIL).toordinal() if year >= date.min.year else _FIRST,
    }


@lru_cache(maxsize=1_024)
def rollup_spans(
    first: date,
    last: date,
    grains: tuple[Grain, ...] = _COARSEST_FIRST,
    empty_after: date = date.max,
) -> Sequence[Span]:
    """The days from ``first`` to ``last`` in spans of as few rows as possible, in order.

    Whole years, then whole quarters on both sides, down to single days at the ends; where that is
    fewer, the whole span that an end is in, and the days outside of the period again, to be taken
    off. ``grains`` are those that there are, the coarsest first and days last. Nothing is stored of
    the days beyond ``empty_after``: they cost nothing.
    """
    spans = _split(grains, first.toordinal(), last.toordinal(), empty_after.toordinal())
    return tuple(
        Span(one.grain, date.fromordinal(one.first), date.fromordinal(one.last), one.times)
        for one in _joined(spans)
    )


class _Cells(NamedTuple):
    """A span by ordinals, and how many of its rows of a tally may hold anything."""

    grain: Grain
    first: int
    last: int
    rows: int
    times: int = 1


def _split(grains: Sequence[Grain], first: int, last: int, empty_after: int) -> Sequence[_Cells]:
    """Whole spans of the first grain, and on both sides what takes the fewest rows."""
    if first > last:
        return ()
    grain, *finer = grains
    if not finer:
        return (_Cells(grain, first, last, max(0, min(last, empty_after) - first + 1)),)
    found: list[_Cells] = []
    while first <= last:
        begins, ends = _containing(grain, first)
        until = min(ends, last)
        whole = _Cells(grain, begins, ends, 1)
        if (first, until) == (begins, ends):
            found.append(whole)
        else:
            part = _split(finer, first, until, empty_after)
            before = _split(finer, begins, first - 1, empty_after)
            after = _split(finer, until + 1, ends, empty_after)
            beyond = [one._replace(times=-one.times) for one in (*before, *after)]
            whole_less = (whole, *beyond)
            found += part if _rows(part) <= _rows(whole_less) else whole_less
        first = until + 1
    return found


def _rows(spans: Sequence[_Cells]) -> int:
    return sum(one.rows for one in spans)


def _joined(spans: Sequence[_Cells]) -> Sequence[_Cells]:
    """Those that follow one another in one grain as one."""
    joined: list[_Cells] = []
    for one in spans:
        before = joined[-1] if joined else None
        if before and (before.grain, before.last + 1, before.times) == (
            one.grain,
            one.first,
            one.times,
        ):
            joined[-1] = before._replace(last=one.last)
        else:
            joined.append(one)
    return joined


_MOST_DAYS: Final[Mapping[Grain, int]] = {"week": 7, "month": 31, "quarter": 92, "year": 366}


def _containing(grain: Grain, ordinal: int) -> tuple[int, int]:
    """The first and last day of the span that contains a day."""
    begins = rollup_begins(ordinal)[grain]
    beyond = begins + _MOST_DAYS[grain]
    return begins, rollup_begins(beyond)[grain] - 1 if beyond <= _LAST else _LAST
