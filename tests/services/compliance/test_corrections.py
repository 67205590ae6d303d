"""Answers that changed after their month was over, and changes that are none."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.domain.events import Event
from tests.builders import answered, at, decided, received, requested, revised, voided
from tests.services.world import site, world

# Due on Tuesday 27 May 2025.
RECEIVED = received("A", "2025-04-28 10:00")
ON_TIME = decided("A", "2025-05-20", named="d")


async def told(folder: Path, *steps: tuple[str, list[Event]]) -> list[dict[str, Any]]:
    """The corrections, once events have come at their moments."""
    async with world(folder) as known, site(known) as web:
        for moment, events in steps:
            told_at = at(moment).astimezone(UTC)
            recorded = [msgspec.structs.replace(one, recorded_at=told_at) for one in events]
            await known.live(*recorded, until=moment)
        return list((await web.json("/v1/corrections"))["corrections"])


async def test_a_late_word_of_a_decision_corrects_the_month_it_happened_in(tmp_path: Path) -> None:
    found = await told(tmp_path, ("2025-04-28 11:00", [RECEIVED]), ("2025-06-03 09:00", [ON_TIME]))
    day = "2025-05-20"
    assert [(one["basis"], one["old"], one["new"]) for one in found] == [
        ("decided", None, {"day": day, "result": "on_time"}),
        (
            "due",
            {"day": "2025-05-27", "result": "late"},
            {"day": "2025-05-27", "result": "on_time"},
        ),
    ]
    for one in found:
        assert (one["file_id"], one["cycle"], one["standard"]) == ("A", 1, "caq-etudes")
        assert (one["cause"]["id"], one["cause"]["type"]) == ("d", "decided")
        assert one["cause"]["recorded_at"] == one["noted_at"] == "2025-06-03T13:00:00Z"


async def test_a_late_word_of_a_wait_takes_back_that_the_file_was_late(tmp_path: Path) -> None:
    waits = requested("A", "2025-05-20")
    found = await told(tmp_path, ("2025-04-28 11:00", [RECEIVED]), ("2025-06-03 09:00", [waits]))
    assert [(one["basis"], one["old"], one["new"]) for one in found] == [
        ("due", {"day": "2025-05-27", "result": "late"}, None)
    ]


async def test_a_decision_taken_back_in_a_later_month_corrects_it(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        ("2025-04-28 11:00", [RECEIVED]),
        ("2025-05-20 12:00", [ON_TIME]),
        ("2025-06-03 09:00", [voided("A", "2025-06-03 08:00", "d")]),
    )
    assert [(one["basis"], one["new"]) for one in found] == [
        ("decided", None),
        ("due", {"day": "2025-05-27", "result": "late"}),
    ]
    assert {one["cause"]["type"] for one in found} == {"voided"}


@pytest.mark.parametrize(
    "steps",
    [
        [("2025-04-28 11:00", [RECEIVED]), ("2025-05-30 09:00", [ON_TIME])],
        [("2025-04-28 11:00", [RECEIVED]), ("2025-05-31 23:00", [ON_TIME])],  # June in UTC
        [("2025-04-28 11:00", [RECEIVED]), ("2025-06-20 09:00", [])],
        [
            ("2025-04-28 11:00", [RECEIVED]),
            ("2025-06-20 09:00", [decided("A", "2025-06-20 08:00")]),
        ],
        [
            ("2025-04-28 11:00", [RECEIVED]),
            ("2025-06-01 12:00", [decided("A", "2025-06-01", named="d")]),
            ("2025-06-03 09:00", [voided("A", "2025-06-03 08:00", "d")]),
        ],
        [("2025-06-20 09:00", [RECEIVED, ON_TIME])],
        [("2025-06-20 09:00", [RECEIVED]), ("2025-06-20 09:00", [ON_TIME])],
        [
            ("2025-04-28 11:00", [RECEIVED]),
            ("2025-06-20 09:00", [requested("A", "2025-06-10"), answered("A", "2025-06-12")]),
        ],
        [
            ("2025-04-28 11:00", [RECEIVED]),
            ("2025-05-20 12:00", [ON_TIME]),
            (
                "2025-06-20 09:00",
                [decided("A", "2025-05-14 15:00", named="e"), voided("A", "2025-06-20 08:00", "d")],
            ),
        ],
    ],
    ids=[
        "the month is not over",
        "the month is over in UTC alone",
        "an open file goes overdue",
        "an overdue file is decided",
        "what is taken back happened on the first of the month",
        "a file first heard of after the month",
        "a file of one import, in two steps",
        "an overdue file waits",
        "a decision moves within its month",
    ],
)
async def test_what_corrects_no_answer_is_not_listed(
    tmp_path: Path, steps: list[tuple[str, list[Event]]]
) -> None:
    assert await told(tmp_path, *steps) == []


async def test_a_new_catalogue_corrects_what_it_counts_otherwise_and_names_no_event(
    tmp_path: Path,
) -> None:
    newer = revised(2, ("business_days: 20}", "business_days: 10}"))
    async with world(tmp_path) as known:
        await known.live(RECEIVED, ON_TIME, until="2025-05-25")
    (tmp_path / "credentials.json").unlink(missing_ok=True)
    async with world(tmp_path, "2025-06-20", catalogue=newer) as known, site(known) as web:
        await known.live()
        found = (await web.json("/v1/corrections"))["corrections"]
        later = (await web.json("/v1/corrections", since="2025-06-21"))["corrections"]
    assert [(one["basis"], one["old"]["result"], one["new"]["result"]) for one in found] == [
        ("decided", "on_time", "late"),
        ("due", "on_time", "late"),
    ]
    assert [(one["cause"], one["generation"]) for one in found] == [(None, 2), (None, 2)]
    assert later == []


async def test_a_file_that_moves_to_another_unit_is_corrected_in_both(tmp_path: Path) -> None:
    moved = received("A", "2025-04-28 10:00", unit="laval", named="right")
    found = await told(
        tmp_path,
        ("2025-04-28 11:00", [RECEIVED]),
        ("2025-05-20 12:00", [ON_TIME]),
        ("2025-06-03 09:00", [voided("A", "2025-06-03 08:00", RECEIVED.id), moved]),
    )
    assert {(one["unit"], one["basis"], one["old"] is None) for one in found} == {
        ("montreal", "decided", False),
        ("montreal", "due", False),
        ("laval", "decided", True),
        ("laval", "due", True),
    }
