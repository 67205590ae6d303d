"""What is published: no number from 1 to 4 can be read, nor worked out by one who knows the rule and all that is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import settings

from services.compliance.attainment.attainment import Attainment
from services.compliance.attainment.disclosure import (
    SMALL,
    DisclosedAttainment,
    disclose_commitment,
)

Rule = Callable[
    [Attainment, Sequence[Attainment]], tuple[DisclosedAttainment, Sequence[DisclosedAttainment]]
]
Table = tuple[Attainment, tuple[Attainment, ...]]


def tables(units: int, most: int) -> Iterator[Table]:
    """Every table of so many units whose files on time and late number at most so many each."""
    for numbers in product(range(most + 1), repeat=2 * units):
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        of_units = tuple(Attainment(on_time + late, on_time, late) for on_time, late in pairs)
        yield Attainment(*(sum(column) for column in zip(*of_units, strict=True))), of_units


def numbers(table: Table) -> list[int]:
    return [number for one in (table[0], *table[1]) for number in one]


def told(rule: Rule, table: Table) -> tuple[int | Fraction | None, ...]:
    """All that is published: every number, and every percentage."""
    total, units = rule(*table)
    rows = (total, *units)
    return (*(number for row in rows for number in row), *(row.ratio for row in rows))


def derived(rule: Rule, units: int, most: int) -> list[tuple[Table, int]]:
    """The withheld numbers, other than zeros, that only one table allows of all those that would be published alike.

    What could have been is looked for among larger numbers than what was: a file may have moved to another unit.
    """
    alike: dict[Any, list[Table]] = defaultdict(list)
    for table in tables(units, units * most):
        alike[told(rule, table)].append(table)
    found = []
    for read, possible in alike.items():
        columns = zip(*map(numbers, possible), strict=True)
        alone = [place for place, column in enumerate(columns) if len(set(column)) == 1]
        for table in possible if alone else ():
            few = all(max(unit.on_time, unit.late) <= most for unit in table[1])
            told_apart = [place for place in alone if few and numbers(table)[place]]
            found += [
                (table, place)
                for place in told_apart
                if read[place] is None or numbers(table)[place] in SMALL
            ]
    return found


# Three units of two files only where laws are tried on all examples: 117,649 tables.
@pytest.mark.parametrize(
    ("units", "most"), [(2, 6), (3, 2 if settings().max_examples >= 150 else 1)]
)
def test_nothing_withheld_can_be_derived_by_one_who_knows_the_rule(units: int, most: int) -> None:
    assert derived(disclose_commitment, units, most) == []


def only_small_rows(
    total: Attainment, units: Sequence[Attainment]
) -> tuple[DisclosedAttainment, Sequence[DisclosedAttainment]]:
    """The rule that comes to mind first: withhold what is small, row by row."""

    def row(found: Attainment) -> DisclosedAttainment:
        small = found.on_time in SMALL or found.late in SMALL
        return DisclosedAttainment(None, None, None) if small else DisclosedAttainment(*found)

    return row(total), [row(unit) for unit in units]


def only_small_numbers(
    total: Attainment, units: Sequence[Attainment]
) -> tuple[DisclosedAttainment, Sequence[DisclosedAttainment]]:
    """Each number by itself."""
    rows = [
        DisclosedAttainment(*(None if one in SMALL else one for one in found))
        for found in (total, *units)
    ]
    return rows[0], rows[1:]


@pytest.mark.parametrize("rule", [only_small_rows, only_small_numbers])
def test_the_search_finds_what_weaker_rules_give_away(rule: Rule) -> None:
    assert derived(rule, 2, 6)


def test_no_small_number_is_told() -> None:
    for table in tables(2, 7):
        assert not [
            one for one in told(disclose_commitment, table) if isinstance(one, int) and one in SMALL
        ]


def test_what_is_not_small_is_told() -> None:
    total, units = disclose_commitment(
        Attainment(30, 25, 5), [Attainment(20, 15, 5), Attainment(10, 10, 0)]
    )
    assert total.ratio == Fraction(5, 6)
    assert total == (30, 25, 5)
    assert list(units) == [(20, 15, 5), (10, 10, 0)]
    total, units = disclose_commitment(
        Attainment(30, 27, 3), [Attainment(20, 17, 3), Attainment(10, 10, 0)]
    )
    assert total.ratio is None
    assert total == (30, None, None)
    assert list(units) == [(None, None, None)] * 2
