"""Tallies of several grains: whatever the period, what is read is each of its days once."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.projection.rollups import EVERY_UNIT, Grain, rollup_cells, rollup_spans

DAYS = st.dates(date(2019, 12, 1), date(2024, 4, 1))


@cache
def grains(day: date) -> dict[Grain, date]:
    """The first day of each span that a day is counted in."""
    found = rollup_cells({("s", "decided", day.toordinal(), "u", "late"): 1})
    return {
        grain: date.fromordinal(begins) for _, grain, _, unit, begins, _ in found if unit == "u"
    }


STORED: list[tuple[Grain, ...]] = [
    ("year", "quarter", "month", "week", "day"),
    ("year", "month", "day"),
    ("month", "day"),
]


@given(DAYS, st.integers(-2, 420), st.sampled_from(STORED), st.integers(-40, 420))
def test_a_period_is_read_as_each_of_its_days_once(
    first: date, length: int, stored: tuple[Grain, ...], present: int
) -> None:
    last = first + timedelta(days=length)
    read = rollup_spans(first, last, stored, first + timedelta(days=present))
    counted: Counter[date] = Counter()
    for ago in range(-370, length + 370):
        day = first + timedelta(days=ago)
        counted[day] += sum(
            one.times for one in read if one.first <= grains(day)[one.grain] <= one.last
        )
    read_once = {day: times for day, times in counted.items() if times}
    assert read_once == dict.fromkeys((first + timedelta(days=n) for n in range(length + 1)), 1)


def rows(first: date, last: date) -> int:
    """How many rows of one tally are read for a period."""
    return len(
        {
            (one.grain, grains(one.first + timedelta(days=ahead))[one.grain])
            for one in rollup_spans(first, last)
            for ahead in range((one.last - one.first).days + 1)
        }
    )


@pytest.mark.parametrize(("length", "most"), [(30, 10), (90, 13), (365, 15)])
def test_a_long_period_is_read_from_few_rows(length: int, most: int) -> None:
    begins = [date(2026, 1, 1) + timedelta(days=number) for number in range(60)]
    assert max(rows(first, first + timedelta(days=length - 1)) for first in begins) <= most


@pytest.mark.parametrize(
    ("grain", "first", "last"),
    [
        ("year", date(2026, 4, 1), date(2027, 3, 31)),
        ("quarter", date(2026, 1, 1), date(2026, 3, 31)),
        ("quarter", date(2026, 10, 1), date(2027, 3, 31)),
        ("month", date(2026, 2, 1), date(2026, 3, 31)),
        ("week", date(2026, 2, 8), date(2026, 2, 21)),
        ("year", date.min, date.max),
    ],
)
def test_what_is_whole_is_read_whole(grain: Grain, first: date, last: date) -> None:
    assert list(rollup_spans(first, last)) == [(grain, first, last, 1)]


def test_days_beyond_a_period_are_taken_off_where_they_are_fewer() -> None:
    first, last, today = date(2026, 8, 26), date(2026, 11, 18), date(2026, 11, 18)
    assert rollup_spans(first, last, ("month", "day"), today) == (
        ("day", first, date(2026, 8, 31), 1),
        ("month", date(2026, 9, 1), date(2026, 11, 30), 1),
        ("day", date(2026, 11, 19), date(2026, 11, 30), -1),
    )


def test_each_tally_counts_for_its_unit_and_for_all_units_together() -> None:
    day = date(2026, 11, 23).toordinal()
    found = rollup_cells(
        {
            ("s", "decided", day, "laval", "late"): 2,
            ("s", "decided", day, "quebec", "late"): -2,
            ("s", "open", 0, "laval", "overdue"): 1,
        }
    )
    assert {
        (grain, date.fromordinal(begins).day, files)
        for (basis, grain, _, unit, begins, _), files in found.items()
        if basis == "decided" and unit == "laval"
    } == {("day", 23, 2), ("week", 22, 2), ("month", 1, 2), ("quarter", 1, 2), ("year", 1, 2)}
    together = [cell for cell in found if cell[3] == EVERY_UNIT]
    assert together == [("open", "day", "s", EVERY_UNIT, 0, "overdue")]
