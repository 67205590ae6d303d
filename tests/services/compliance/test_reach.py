"""What it takes to reach a target, as it is answered: by hand, and against a recount of every file over random lives."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, Final

import pytest

from shared.domain.records import ClockSnapshot
from tests.builders import CATALOGUE
from tests.services.compliance.test_one_answer import NOW, TODAY, lives
from tests.services.world import Site, site, world

REACH: Final = "/v1/reach"
PERIODS: Final = {
    "month": (date(2026, 11, 1), date(2026, 11, 30)),
    "quarter": (date(2026, 10, 1), date(2026, 12, 31)),
    "fiscal-year": (date(2026, 4, 1), date(2027, 3, 31)),
}


async def test_what_is_needed_is_said_for_the_standard_and_each_unit(web: Site) -> None:
    answer = await web.json(REACH, standard="courriel")
    rows = {row["unit"]: row for row in answer["rows"]}
    total = rows[None]
    assert answer["first"] == "2026-11-01" and answer["today"] == "2026-11-23"
    assert (total["on_time"], total["late"], total["open"]) == (3, 3, 2)
    assert (total["late_left"], total["needed_of_others"]) == (-2, 7)
    assert total["may_come"] is None and not total["impossible"]
    assert total["steps"][-1]["needed"] == total["needed"] == 2
    assert rows["laval"]["late_left"] == -1
    assert set(rows) == {None, "montreal", "laval"}


async def test_a_token_of_a_unit_is_told_of_that_unit_only(web: Site) -> None:
    token = web.units_token("laval")
    answer = await web.json(REACH, standard="courriel", token=token)
    assert {(row["unit"], row["on_time"], row["late"]) for row in answer["rows"]} == {
        (None, 0, 1),
        ("laval", 0, 1),
    }


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_staircase_is_what_a_recount_of_every_file_says(
    tmp_path: Path, seed: int
) -> None:
    events = sorted(lives(random.Random(seed), 250), key=lambda event: event.recorded_at)
    async with world(tmp_path, NOW) as known, site(known) as web:
        await known.live(*events)
        newest = {one.file_id: one for one in await known.published()}
        for asked, days in PERIODS.items():
            for row in (await web.json(REACH, period=asked, by="unit"))["rows"]:
                assert row == {**row, **recount(list(newest.values()), row, *days)}


def recount(
    files: Sequence[ClockSnapshot], row: dict[str, Any], first: date, last: date
) -> dict[str, Any]:
    """What the answer has to be, counted file by file."""
    settled, due, waiting = Counter[bool](), Counter[date](), 0
    for one in files:
        if one.standard != row["standard"] or row["unit"] not in (None, one.unit):
            continue
        for state in one.cycles:
            in_time = state.measured and state.stage != "overdue"
            waiting += in_time and state.status == "waiting"
            if not state.measured or state.due_on is None or not first <= state.due_on <= last:
                continue
            if state.on_time is not None and state.status == "decided":
                settled[state.on_time] += 1
            elif state.status == "withdrawn" or state.stage == "overdue":
                settled[False] += 1
            elif state.status == "open":
                due[max(state.due_on, TODAY)] += 1
    known, target = settled.total() + due.total(), target_of(row)
    needed = min(due.total(), max(0, ceil(target * known) - settled[True]))
    steps = []
    for day in sorted(due):
        later = sum(number for other, number in due.items() if other > day)
        steps.append((str(day), due.total() - later, max(0, needed - later)))
    assert [(step["day"], step["due"], step["needed"]) for step in row["steps"]] == steps
    more = next(
        more
        for more in range(10_000)
        if settled[True] + due.total() + more >= target * (known + more)
    )
    assert row["may_come"] in (None, waiting)
    return {
        "on_time": settled[True],
        "late": settled[False],
        "open": due.total(),
        "needed": needed,
        "needed_of_others": more,
        "impossible": row["may_come"] is not None and more > waiting,
    }


def target_of(row: dict[str, Any]) -> Fraction:
    return CATALOGUE.standards[row["standard"]].nearest_terms(TODAY).target
