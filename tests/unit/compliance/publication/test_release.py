"""Releases one after the other: whoever keeps them all subtracts no small number, of editions nor of days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import combinations, product
from random import Random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance.attainment.attainment import Attainment
from services.compliance.projection.corrections import MeasuredBasis
from services.compliance.publication.disclosure import ENOUGH, SMALL, DisclosedAttainment, UnitCell
from services.compliance.publication.release import (
    CumulativeMonth,
    Release,
    current_release,
    year_release,
)
from tests.unit.compliance.publication.test_disclosure import cell, files, table, total_of

BASES: Final[Sequence[MeasuredBasis]] = ("decided", "due")
YEAR_END = date(2026, 3, 31)


def year(units: Sequence[UnitCell], *before: Release) -> Release:
    return year_release(YEAR_END, total_of(units), units, before)


def differences(one: DisclosedAttainment, other: DisclosedAttainment) -> bool:
    """Whether two figures that were published differ by a small number of fewer than thirty files."""
    pairs = [
        (a, b) for a, b in zip(one[:3], other[:3], strict=True) if a is not None and b is not None
    ]
    changes = [abs(a - b) for a, b in pairs]
    of_enough = (
        one.measured is not None
        and other.measured is not None
        and abs(one.measured - other.measured) >= ENOUGH
    )
    return not of_enough and any(change in SMALL for change in changes)


def test_a_correction_of_few_files_waits_for_others() -> None:
    first = year(table((40, 5), (50, 7)))
    assert year(table((41, 5), (50, 7)), first) == first
    assert year(table((40, 9), (50, 7)), first) == first
    second = year(table((46, 10), (50, 7)), first)
    assert second.total.decided == files(96, 17)
    # Back by one from the first: each is compared with all before, and not with the last only.
    assert year(table((41, 5), (50, 7)), first, second) == second


def test_groups_stay_as_they_were_published() -> None:
    first = year(table((18, 2), (18, 2), (40, 4)))
    assert [one.units for one in first.units] == [("a", "b"), ("c",)]
    later = year(table((60, 10), (18, 2), (50, 14)), first)
    assert [one.units for one in later.units] == [("a", "b"), ("c",)]
    assert later != first


def test_units_are_published_once_there_are_enough_files() -> None:
    first = year(table((18, 2), (18, 2)))
    assert first.units == ()
    assert [one.units for one in year(table((60, 10), (40, 9)), first).units] == [("a",), ("b",)]


editions = st.lists(
    st.lists(
        st.tuples(st.integers(10, 60), st.integers(0, 9), st.integers(10, 60), st.integers(0, 9)),
        min_size=3,
        max_size=3,
    ),
    min_size=2,
    max_size=6,
)


@given(editions)
def test_no_two_editions_differ_by_a_small_number(
    years: Sequence[Sequence[tuple[int, int, int, int]]],
) -> None:
    before: list[Release] = []
    for numbers in years:
        units = [
            cell(name, files(*one[:2]), files(*one[2:]))
            for name, one in zip("abc", numbers, strict=True)
        ]
        release = year(units, *before)
        if not before or release != before[-1]:
            before.append(release)
    read = [
        {
            (cell.units, basis): release.of(cell, basis)
            for cell in (release.total, *release.units)
            for basis in BASES
        }
        for release in before
    ]
    for one, other in combinations(read, 2):
        assert not [key for key in one.keys() & other.keys() if differences(one[key], other[key])]
        groups = [{units for units, _ in known if units} for known in (one, other)]
        assert not groups[0] or groups[0] == groups[1]
    for one, other in product(read, repeat=2):
        assert not [
            units
            for units, basis in one
            if basis == "decided"
            and (units, "due") in other
            and differences(one[units, "decided"], other[units, "due"])
        ]


def test_the_files_due_are_withheld_where_they_differ_by_few() -> None:
    def units(due: Attainment) -> Sequence[UnitCell]:
        return [cell("a", files(40, 5), due), cell("b", files(50, 7))]

    apart = year(units(files(46, 10)))
    assert apart.due == DisclosedAttainment(113, 96, 17) and len(apart.units) == 2
    close = year(units(files(41, 5)))
    assert close.decided == DisclosedAttainment(102, 90, 12) and len(close.units) == 2
    assert close.due == DisclosedAttainment(None, None, None, 88)  # 91 of 103
    assert [close.of(one, "due").percent for one in close.units] == [89, 88]
    few = year([cell("a", files(20, 0), files(21, 0))])
    assert few.decided == DisclosedAttainment(20, 20, 0)
    assert few.due == DisclosedAttainment(None, None, None)


def month(number: int, on_time: int, late: int) -> CumulativeMonth:
    last = date(2025, number + 1, 1) - timedelta(days=1)
    return CumulativeMonth(last, files(on_time, late))


def test_a_month_is_shown_once_enough_files_came_after_it() -> None:
    months = [month(4, 33, 2), month(5, 50, 3), month(6, 80, 6)]
    assert current_release(months[:1], files(50, 3), ()) is None
    shown = current_release(months[:2], files(75, 5), ())
    assert shown is not None
    assert shown.through == date(2025, 4, 30)
    assert shown.decided == DisclosedAttainment(35, 33, 2)
    # May has 18 more than April: it waits for June.
    assert current_release(months[:2], files(99, 9), [shown]) == shown
    later = current_release(months, files(120, 9), [shown])
    assert later is not None and later.through == date(2025, 6, 30)


Policy = Callable[[Sequence[CumulativeMonth], Attainment, Sequence[Release]], Release | None]
BEGIN = date(2025, 4, 1)
MONTH_ENDS = [day for day in range(365) if (BEGIN + timedelta(days=day + 1)).day == 1]


def read_every_day(policy: Policy, chance: Random, number: int) -> Sequence[DisclosedAttainment]:
    """What a year of so many files gives to one who reads every day, and reads the year once it is over.

    Files are decided, become known up to 30 days later, and some are taken back once the year is over.
    """
    lives = [
        (day, chance.random() < 0.9, day + chance.choice((0, 0, 0, 7, 30)))
        for day in sorted(chance.choices(range(365), k=number))
    ]

    def decided(through: int, known: int) -> Attainment:
        these = [
            on_time for day, on_time, known_on in lives if day <= through and known_on <= known
        ]
        return files(sum(these), len(these) - sum(these))

    released: list[Release] = []
    for today in range(0, 365, 3):
        months = [
            CumulativeMonth(BEGIN + timedelta(days=end), decided(end, today))
            for end in MONTH_ENDS
            if end < today
        ]
        release = policy(months, decided(today, today), released)
        if release is not None and release not in released:
            released.append(release)
    del lives[:: chance.choice((25, 50, number))]
    final = UnitCell((), decided(364, 500), files(0, 0))
    return [one.decided for one in (*released, year_release(YEAR_END, final, (), released))]


def given_away(policy: Policy, seed: int, number: int) -> bool:
    read = read_every_day(policy, Random(seed), number)
    return any(differences(one, other) for one, other in combinations(read, 2))


@given(st.integers(0, 10_000), st.integers(30, 500))
@settings(max_examples=min(25, settings().max_examples))
def test_one_who_reads_every_day_subtracts_no_small_number(seed: int, number: int) -> None:
    assert not given_away(current_release, seed, number)


def every_month(
    months: Sequence[CumulativeMonth], _: Attainment, before: Sequence[Release]
) -> Release | None:
    """The page that comes to mind first: every month that is over."""
    if not months:
        return None
    last = months[-1]
    return Release("current", last.last, UnitCell((), last.decided, files(0, 0)))


def test_the_reader_finds_what_a_weaker_page_gives_away() -> None:
    assert all(given_away(every_month, seed, 200) for seed in range(2))
    assert all(len(read_every_day(current_release, Random(seed), 400)) > 5 for seed in range(2))


def test_a_year_that_would_give_away_what_is_left_of_it_is_withheld() -> None:
    released = Release("current", date(2026, 1, 31), UnitCell((), files(100, 10), files(0, 0)))
    units = table((50, 5), (55, 7))
    concealed = year(units, released)
    assert concealed.decided == concealed.due == DisclosedAttainment(None, None, None, 90)
    assert concealed.units == ()
    shown = year(table((90, 10), (55, 7)), released, concealed)
    assert shown.decided == DisclosedAttainment(162, 145, 17) and len(shown.units) == 2
