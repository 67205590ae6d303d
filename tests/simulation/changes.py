"""What changed between periods, counted from scratch: a period is walked day by day, and a cycle is in it or not.

Shares no code with the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import product

from tests.services.world import Site
from tests.simulation import figures, lives
from tests.simulation.catalogues import Revision
from tests.simulation.figures import Cycle, Told
from tests.unit.domain.oracle_calendar import ONE_DAY, is_business_day


@cache
def days_named(name: str) -> frozenset[date]:
    day, found = date(2022, 1, 1), set()
    while day < date(2029, 1, 1):
        if name in figures.names(day):
            found.add(day)
        day += ONE_DAY
    return frozenset(found)


def like(name: str, day: date) -> str:
    """The name of the period of the same kind that a day is in."""
    return next(
        one for one in figures.names(day) if (len(one), "Q" in one) == (len(name), "Q" in name)
    )


def until(name: str, business: int, calendar: str) -> frozenset[date]:
    """The days of a period up to the one on which so many business days have begun."""
    found, left = set(), business
    for day in sorted(days_named(name)):
        if not left:
            break
        found.add(day)
        left -= is_business_day(calendar, day)
    return frozenset(found)


def compared(name: str, basis: str, today: date, calendar: str) -> Iterator[frozenset[date]]:
    """The days that are compared: of the period, of the one before, of the same a year earlier."""
    of_current = days_named(name)
    first = min(of_current)
    before, year_ago = like(name, first - ONE_DAY), like(name, first.replace(year=first.year - 1))
    if max(of_current) < today:
        yield of_current
        yield days_named(before)
        yield days_named(year_ago)
        return
    last = today if basis == "decided" else today - ONE_DAY
    so_far = frozenset(day for day in of_current if day <= last)
    business = sum(is_business_day(calendar, day) for day in so_far)
    yield so_far
    yield until(before, business, calendar)
    yield until(year_ago, business, calendar)


async def compare(
    web: Site, found: list[Cycle], corrections: Counter[Told], revision: Revision, today: date
) -> None:
    """Every side of every row of four kinds of periods, and what differs."""
    calendar = revision.catalogue.calendar().identifier
    names = {*figures.names(today), *figures.names(today - timedelta(days=150))}
    for name, basis in product(sorted(names), ("decided", "due")):
        answer = await web.json("/v1/changes", period=name, basis=basis, by="unit")
        rows = {(row["standard"], row["unit"]): row for row in answer["rows"]}
        sides = list(compared(name, basis, today, calendar))
        is_year = len(name) == len("2025-2026")
        for standard, unit in product(lives.PACE_DAYS, (None, *lives.UNITS)):
            row = rows.get((standard, unit))
            of_unit = [cycle for cycle in found if unit in (None, cycle.unit)]
            rights = [
                {
                    **figures.attainment(of_unit, standard, basis, days.__contains__, today),
                    "corrections": corrected(corrections, standard, unit, basis, days),
                }
                for days in sides
            ]
            if row is None:
                assert unit is not None
                assert not any(one["measured"] or one["corrections"] for one in rights)
                continue
            assert (row["year_ago"] is None) == is_year
            for side, right in zip(("current", "before", "year_ago"), rights, strict=True):
                if row[side] is not None:
                    _same(row[side], right)
            _differs(row["since_before"], *rights[:2])
            if not is_year:
                _differs(row["since_year_ago"], rights[0], rights[2])


def corrected(
    corrections: Counter[Told], standard: str, unit: str | None, basis: str, days: frozenset[date]
) -> int:
    """How many answers about some days changed."""
    return sum(
        number
        for (_, _, of, by, on, old, new), number in corrections.items()
        if (of, on) == (standard, basis)
        and unit in (None, by)
        and any(one and date.fromisoformat(one[0]) in days for one in (old, new))
    )


def _same(side: Mapping[str, object], right: Mapping[str, int]) -> None:
    for figure in ("attainment", "measured", "on_time", "late", "late_allowed", "corrections"):
        assert side[figure] == right[figure], (figure, side, right)
    assert side["late_above"] == max(0, right["late"] - right["late_allowed"])


def _differs(
    shift: Mapping[str, object], current: Mapping[str, int], then: Mapping[str, int]
) -> None:
    above = [max(0, one["late"] - one["late_allowed"]) for one in (current, then)]
    assert shift["late_above"] == above[0] - above[1]
    if not current["measured"] or not then["measured"]:
        assert (shift["points"], shift["chance"]) == (None, None)
        return
    ratios = [one["on_time"] / one["measured"] for one in (current, then)]
    assert isinstance(shift["points"], float)
    assert abs(shift["points"] - 100 * (ratios[0] - ratios[1])) < 1e-5
