"""What is published: no number from 1 to 4 among fewer than 30 files can be read, nor worked out.

By one who subtracts what was published, exactly (the attacker), and by one who knows the rule as well (every table that would have
been published alike).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance.attainment.attainment import Attainment
from services.compliance.publication.disclosure import (
    ENOUGH,
    SMALL,
    UNLISTED_UNITS,
    UnitCell,
    disclosed,
    may_replace,
    percentage_disclosed,
    publishable_units,
    regroup,
)
from tests.unit.compliance.publication.attacker import PublishedSum, bounds, determined

Rule = Callable[[UnitCell, Sequence[UnitCell]], Sequence[UnitCell]]
NAMES = "abcdefgh"


def files(on_time: int, late: int) -> Attainment:
    return Attainment(on_time + late, on_time, late)


def cell(name: str, decided: Attainment, due: Attainment | None = None) -> UnitCell:
    return UnitCell((name,), decided, decided if due is None else due)


def total_of(units: Sequence[UnitCell]) -> UnitCell:
    decided = Attainment.total([one.decided for one in units])
    return UnitCell((), decided, Attainment.total([one.due for one in units]))


def table(*units: tuple[int, int]) -> Sequence[UnitCell]:
    return [cell(name, files(*one)) for name, one in zip(NAMES, units, strict=False)]


def groups(units: Sequence[UnitCell]) -> Sequence[str]:
    return ["".join(one.units) for one in publishable_units(total_of(units), units)]


@pytest.mark.parametrize(
    ("units", "shown"),
    [
        # Six units of 20 files each: three groups of 40.
        ([(18, 2)] * 6, ["ab", "cd", "ef"]),
        # Enough by themselves, however few were late.
        ([(29, 1), (30, 0), (28, 4)], ["a", "b", "c"]),
        # One too small joins the smallest of the others, and costs nobody else.
        ([(50, 5), (9, 1), (40, 2), (60, 6)], ["a", "bc", "d"]),
        # What is left joins the last group.
        ([(18, 2)] * 5, ["ab", "cde"]),
        # A unit without files tells nothing.
        ([(40, 3), (0, 0), (35, 5)], ["a", "b", "c"]),
        # Nothing but the total.
        ([(18, 2)] * 2, []),
        ([(40, 2), (3, 0)], []),
        ([(90, 2)], []),
    ],
)
def test_units_with_too_few_files_are_shown_with_others(
    units: Sequence[tuple[int, int]], shown: Sequence[str]
) -> None:
    assert groups(table(*units)) == shown


def test_both_bases_are_grouped_alike() -> None:
    units = [
        cell("a", files(31, 2), files(20, 1)),
        cell("b", files(12, 0), files(15, 3)),
        cell("c", files(40, 4), files(41, 4)),
    ]
    shown = publishable_units(total_of(units), units)
    assert [one.units for one in shown] == [("a", "b"), ("c",)]
    assert shown[0].due == files(35, 4)
    assert not publishable_units(total_of(units[:2]), units[:2])


def test_units_that_the_catalogue_lost_are_no_difference() -> None:
    units = table((40, 3), (50, 5))
    total = UnitCell((), files(93, 9), files(93, 9))
    shown = publishable_units(total, units)
    assert [one.units for one in shown] == [("a", UNLISTED_UNITS), ("b",)]
    assert shown[0].decided == files(43, 4)


def test_earlier_groups_are_kept_until_they_no_longer_make_the_total() -> None:
    before = table((18, 2), (18, 2), (40, 4))
    shown = publishable_units(total_of(before), before)
    after = table((35, 2), (19, 2), (45, 4))
    again = regroup(total_of(after), after, shown)
    assert again is not None
    assert [(one.units, one.decided) for one in again] == [
        (("a", "b"), files(54, 4)),
        (("c",), files(45, 4)),
    ]
    assert regroup(UnitCell((), files(100, 9), files(100, 9)), after, shown) is None
    fewer = table((18, 2), (18, 2), (20, 4))
    assert regroup(total_of(fewer), fewer, shown) is None


@pytest.mark.parametrize(
    ("whole", "shown"),
    [
        (files(28, 2), files(28, 2)),
        (files(27, 2), (29, None, None)),
        (files(2, 20), (22, None, None)),
        (files(20, 0), files(20, 0)),
        (files(14, 6), files(14, 6)),
        (files(2, 1), (None, None, None)),
        (files(0, 0), files(0, 0)),
    ],
)
def test_a_total_is_shown_from_thirty_files_on_or_without_a_small_number(
    whole: Attainment, shown: Sequence[int | None]
) -> None:
    assert disclosed(whole)[:3] == shown
    assert (disclosed(whole).ratio is None) == (None in shown or not whole.measured)


@given(st.integers(ENOUGH, 60), st.integers(0, 60))
@settings(max_examples=min(30, settings().max_examples))
def test_a_whole_percentage_says_no_number(measured: int, late: int) -> None:
    whole = files(measured - min(late, measured), min(late, measured))
    percent = percentage_disclosed(whole).percent
    assert percent is not None and abs(percent / 100 - whole.on_time / measured) <= 0.005
    possible = [
        (size, on_time)
        for size in range(ENOUGH, 100)
        for on_time in range(size + 1)
        if percentage_disclosed(files(on_time, size - on_time)).percent == percent
    ]
    assert len({size for size, _ in possible}) > 1
    assert percent == 0 or len({on_time for _, on_time in possible}) > 1
    assert percentage_disclosed(files(28, 1)).percent is None


def sums(
    total: UnitCell, shown: Sequence[UnitCell], units: Sequence[UnitCell]
) -> Iterator[PublishedSum]:
    """Everything that is published, as sums of the numbers of single units."""
    names = [one.units[0] for one in units]
    for basis, kind in product(("decided", "due"), ("on_time", "late")):
        if not disclosed(getattr(total, basis)).withheld:
            variables = frozenset((name, basis, kind) for name in names)
            yield PublishedSum(variables, getattr(getattr(total, basis), kind))
        for one in shown:
            variables = frozenset((name, basis, kind) for name in one.units)
            yield PublishedSum(variables, getattr(getattr(one, basis), kind))


def given_away(rule: Rule, units: Sequence[UnitCell]) -> Mapping[Any, int]:
    """The small numbers that the attacker works out, of units with too few files on that basis."""
    total = total_of(units)
    shown = rule(total, units)
    small = {
        (unit.units[0], basis)
        for unit in units
        for basis in ("decided", "due")
        if 0 < getattr(unit, basis).measured < ENOUGH
    }
    found = determined(bounds(sums(total, shown, units)))
    return {name: one for name, one in found.items() if name[:2] in small and one in SMALL}


sizes = st.one_of(st.integers(0, 6), st.integers(15, 34), st.integers(35, 400))
units_of_usual_sizes = st.lists(
    st.tuples(sizes, st.integers(0, 8), sizes, st.integers(0, 8)), min_size=1, max_size=8
).map(
    lambda numbers: [
        cell(name, files(on_time, late), files(on_time_due, late_due))
        for name, (on_time, late, on_time_due, late_due) in zip(NAMES, numbers, strict=False)
    ]
)


@given(units_of_usual_sizes)
def test_nobody_works_out_a_small_number_from_what_is_published(units: Sequence[UnitCell]) -> None:
    assert given_away(publishable_units, units) == {}


@given(units_of_usual_sizes)
def test_what_is_shown_has_enough_files_and_makes_the_total(units: Sequence[UnitCell]) -> None:
    total = total_of(units)
    shown = publishable_units(total, units)
    assert all(one.publishable for one in shown)
    if shown:
        together = total_of(shown)
        assert (together.decided, together.due) == (total.decided, total.due)
        assert sorted(unit for one in shown for unit in one.units) == sorted(
            one.units[0] for one in units
        )


@given(units_of_usual_sizes)
def test_as_little_as_possible_is_shown_together(units: Sequence[UnitCell]) -> None:
    """No group can lose a part that is enough by itself, but the last one and one that helps it."""
    total = total_of(units)
    shown = publishable_units(total, units)
    by_name = {one.units[0]: one for one in units}
    helped = 0
    for group in shown:
        members = [by_name[unit] for unit in group.units]
        enough = [one for one in members if one.publishable]
        rest = total_of([one for one in members if not one.publishable])
        if enough and len(members) > 1:
            helped += 1
            assert not rest.publishable
    assert helped <= 1


@given(units_of_usual_sizes)
def test_nor_from_the_difference_of_the_bases(units: Sequence[UnitCell]) -> None:
    """A cycle counts on both bases, on one of them or on the other; only numbers already published can be worked out of the parts."""
    total = total_of(units)
    shown = publishable_units(total, units)
    published: list[PublishedSum] = []
    told = set()
    for one in shown:
        for kind in ("on_time", "late"):
            for basis, parts in (("decided", ("both", "decided")), ("due", ("both", "due"))):
                number = getattr(getattr(one, basis), kind)
                told.add((one.units, kind, number))
                published.append(
                    PublishedSum(
                        frozenset((unit, kind, part) for unit in one.units for part in parts),
                        number,
                    )
                )
    group_of = {unit: one.units for one in shown for unit in one.units}
    for (unit, kind, _), number in determined(bounds(published)).items():
        assert number not in SMALL or (group_of[unit], kind, number) in told


def only_small_rows(total: UnitCell, units: Sequence[UnitCell]) -> Sequence[UnitCell]:
    """The rule that comes to mind first: leave out what is small, row by row."""
    return [one for one in units if one.publishable]


def on_each_basis(total: UnitCell, units: Sequence[UnitCell]) -> Sequence[UnitCell]:
    """Every unit where one of the bases has enough."""
    return [one for one in units if max(one.decided.measured, one.due.measured) >= ENOUGH]


@pytest.mark.parametrize("rule", [only_small_rows, on_each_basis])
def test_the_attacker_finds_what_weaker_rules_give_away(rule: Rule) -> None:
    units = [cell("a", files(50, 5)), cell("b", files(9, 3), files(9, 2)), cell("c", files(40, 2))]
    assert given_away(rule, units)[("b", "decided", "late")] == 3
    assert given_away(publishable_units, units) == {}


@given(units_of_usual_sizes, st.randoms(use_true_random=False))
def test_who_is_shown_with_whom_says_nothing_of_the_files_on_time(
    units: Sequence[UnitCell], chance: Random
) -> None:
    def otherwise(one: Attainment) -> Attainment:
        late = chance.randint(0, one.measured)
        return files(one.measured - late, late)

    others = [UnitCell(one.units, otherwise(one.decided), otherwise(one.due)) for one in units]
    assert [one.units for one in publishable_units(total_of(units), units)] == [
        one.units for one in publishable_units(total_of(others), others)
    ]


def sizes_pinned(rule: Rule, size: int, units: int) -> list[tuple[Sequence[int], int]]:
    """Units whose small number of files is the same in every table published alike: of so many files, in so many units."""
    alike: dict[Any, list[Sequence[int]]] = defaultdict(list)
    for numbers in compositions(size, units):
        one = table(*((number, 0) for number in numbers))
        shown = tuple((group.units, group.decided) for group in rule(total_of(one), one))
        alike[shown].append(numbers)
    return [
        (possible[0], place)
        for possible in alike.values()
        for place in range(units)
        if len({numbers[place] for numbers in possible}) == 1 and possible[0][place] in SMALL
    ]


def compositions(size: int, units: int) -> Iterator[Sequence[int]]:
    """Every way to have so many files in so many units."""
    if units == 1:
        yield (size,)
        return
    for first in range(size + 1):
        for others in compositions(size - first, units - 1):
            yield (first, *others)


@pytest.mark.parametrize(("units", "totals"), [(2, (30, 31, 33, 34, 58, 59, 60, 64)), (3, (33,))])
def test_nobody_who_knows_the_rule_works_out_a_small_number_of_files(
    units: int, totals: Sequence[int]
) -> None:
    assert not [one for size in totals for one in sizes_pinned(publishable_units, size, units)]
    assert sizes_pinned(only_small_rows, 33, units)


@pytest.mark.parametrize(
    ("published", "later", "allowed"),
    [
        (files(100, 10), files(100, 10), True),
        (files(100, 10), files(101, 10), False),
        (files(100, 10), files(105, 5), True),
        (files(100, 10), files(105, 15), True),
        (files(100, 10), files(95, 14), False),
        (files(100, 10), files(129, 12), True),
        (files(100, 10), files(110, 10), True),
    ],
)
def test_a_published_figure_changes_by_enough_or_not_at_all(
    published: Attainment, later: Attainment, allowed: bool
) -> None:
    assert may_replace(published, later) is allowed


def test_usual_sizes_are_published() -> None:
    """The share of units whose files count in a published figure finer than the total."""
    units = table(*[(18, 2)] * 6)
    shown = publishable_units(total_of(units), units)
    assert Fraction(sum(one.decided.measured for one in shown), 120) == 1
    assert len(shown) == 3
