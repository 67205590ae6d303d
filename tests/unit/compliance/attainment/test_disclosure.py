"""What is published: no number from 1 to 4 can be read, nor worked out by one who knows the rule and all that is told."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from services.compliance.attainment.attainment import Attainment
from services.compliance.attainment.disclosure import (
    SMALL,
    DisclosedAttainment,
    disclose_commitment,
)
from services.compliance.attainment.public_report_formats import NOTE
from tests.builders import decided, received
from tests.services.compliance.lives import lived

Rule = Callable[
    [Attainment, Sequence[Attainment]], tuple[DisclosedAttainment, Sequence[DisclosedAttainment]]
]
Table = tuple[Attainment, tuple[Attainment, ...]]
PUBLISHED = {"fiscal_year": "2025-2026", "audience": "public", "by": "unit"}


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
    for table in tables(units, most):
        read = told(rule, table)
        possible = [numbers(one) for one in alike[read]]
        for place, number in enumerate(numbers(table)):
            alone = len({one[place] for one in possible}) == 1
            if number and alone and (read[place] is None or number in SMALL):
                found.append((table, place))
    return found


@pytest.mark.parametrize(("units", "most"), [(2, 6), (3, 2)])
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


def year() -> list[Any]:
    """E-mails of 2025-2026 enough to be told in all, and in one unit few; a Wednesday answer is on time, a Thursday one late."""
    events = []
    for unit, on_time, late in (("montreal", 12, 6), ("laval", 7, 2), ("estrie", 5, 0)):
        for number in range(on_time + late):
            name = f"year-{unit}-{number}"
            day = "2025-06-04" if number < on_time else "2025-06-05"
            events.append(received(name, "2025-06-02 09:00", standard="courriel", unit=unit))
            events.append(decided(name, f"{day} 15:00", "answered"))
    return events


async def test_a_year_is_published_in_four_forms_that_say_the_same(tmp_path: Path) -> None:
    async with lived(tmp_path, *year()) as (_, web):
        answer = await web.json("/v1/report", **PUBLISHED)
        sheet = (await web.get("/v1/report", format="csv", **PUBLISHED)).text
        text = (await web.get("/v1/report", format="markdown", **PUBLISHED)).text
        page = (await web.get("/report", **PUBLISHED)).text
        staff = await web.json("/v1/report", fiscal_year="2025-2026", by="unit")
    rows = [row for row in answer["rows"] if row["standard"] == "courriel"]
    total, units = rows[0], rows[1:]
    # With the six e-mails of February: 29 on time, 9 late, in all; two late in Laval.
    assert (total["measured"], total["on_time"], total["late"]) == (38, 29, 9)
    assert total["attainment"] == 0.763158 and total["withheld"] == []
    assert len(units) == 6
    for unit in units:
        assert unit["measured"] is unit["on_time"] is unit["attainment"] is None
        assert "measured" in unit["withheld"] and "attainment_due" in unit["withheld"]
    read = [row for row in csv.DictReader(io.StringIO(sheet)) if row["standard"] == "courriel"]
    assert read[0]["on_time"] == "29" and read[0]["attainment"] == "0.763158"
    assert {row["on_time"] for row in read[1:]} == {"x"}
    assert "| Réponse aux courriels | 80\u00a0% | 76,32\u00a0% | 29 / 38 |" in text
    assert "| Réponse aux courriels — Laval | 80\u00a0% | x | x / x | x | x / x |" in text
    assert NOTE.fr in text and NOTE.fr in page
    assert "Les chiffres par unité sont retenus" in page and "76,32\u00a0%" in page
    laval = next(row for row in staff["rows"] if row["unit"] == "laval")
    assert (laval["on_time"], laval["late"]) == (7, 2)


async def test_nothing_small_stands_in_what_is_published(tmp_path: Path) -> None:
    async with lived(tmp_path, *year()) as (_, web):
        answer = await web.json("/v1/report", **PUBLISHED)
        page = (await web.get("/report", **PUBLISHED)).text
    for row in answer["rows"]:
        assert not [v for v in row.values() if isinstance(v, int) and v in SMALL]
    cells = re.findall(r'<td class="number">(?:<strong>)?([^<]*)<', page)
    assert cells and not {"1", "2", "3", "4"} & set(cells)


async def test_a_year_that_goes_on_another_period_and_some_units_are_not_published(
    tmp_path: Path,
) -> None:
    async with lived(tmp_path) as (_, web):
        laval = web.units_token("laval")
        asked = {"path": "/v1/report", "audience": "public"}
        assert await web.refused(**asked) == (422, "year-not-over")
        assert await web.refused(**asked, fiscal_year="2025-05") == (422, "not-a-fiscal-year")
        assert await web.refused(**asked, fiscal_year="2025-2026", token=laval) == (
            403,
            "own-units-only",
        )
