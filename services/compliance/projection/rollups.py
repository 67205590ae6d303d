"""Rollups of the tallies by week, month, quarter and fiscal year, and over all units.

Pure. A tally of past facts is stored by day, week of its month (from the 1st, 8th, 15th, 22nd, 29th),
month, quarter and fiscal year, for its unit and for all units; a period is read from the coarsest.
What is stored depends on no catalogue: a fiscal year that begins on another day than 1 April is read
from quarters and what is finer, so a revision that moves it changes no row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
    """The days from ``first`` to ``last``, both included, read from one grain."""

    grain: Grain
    first: date
    last: date


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
    first: date, last: date, grains: tuple[Grain, ...] = _COARSEST_FIRST
) -> Sequence[Span]:
    """The days from ``first`` to ``last`` in as few spans as possible, in order.

    Whole years, then whole quarters on both sides, down to single days at the ends; ``grains`` are
    those that there are, the coarsest first and days last.
    """
    return tuple(_split(grains, first.toordinal(), last.toordinal()))


def _split(grains: Sequence[Grain], first: int, last: int) -> Iterator[Span]:
    """Whole spans of the first grain, and the rest on both sides in finer ones."""
    if first > last:
        return
    grain, *finer = grains
    begins, ends = first, last
    while begins <= last and not _begin(grain, begins):
        begins += 1
    while begins <= ends and not _begin(grain, ends + 1):
        ends -= 1
    if begins > ends:
        yield from _split(finer, first, last)
        return
    yield from _split(finer, first, begins - 1)
    yield Span(grain, date.fromordinal(begins), date.fromordinal(ends))
    yield from _split(finer, ends + 1, last)


def _begin(grain: Grain, ordinal: int) -> bool:
    """Whether a span begins on a day; the day after ``date.max`` begins one of each."""
    return ordinal > _LAST or rollup_begins(ordinal)[grain] == ordinal
