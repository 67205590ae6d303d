"""What a file adds to the tallies, for every status; and a correction takes back exactly what was added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

import pytest

from services.compliance.projection.snapshot_tallies import TallyKey, difference, tally_keys
from shared.domain.events import Event
from shared.domain.records import ClockSnapshot
from tests.builders import (
    ZONE,
    answered,
    decided,
    received,
    reopened,
    requested,
    snapshot,
    withdrawn,
)


def contributed(told: ClockSnapshot) -> list[TallyKey]:
    return tally_keys(told, ZONE)


Told = dict[tuple[str, str | None, str], int]
RECEIVED = received("A", "2025-04-28")
"""Due on 27 May 2025."""
CALL = received("A", "2025-04-28 10:00", standard="telephone")
REVISION = {"evaluation": "revision"}
UNMEASURED = received("A", "2025-04-28", standard="evaluation-comparative", attributes=REVISION)


def told(found: Counter[TallyKey]) -> Told:
    assert {(standard, unit) for standard, _, _, unit, _ in found} <= {
        (found_standard(found), "montreal")
    }
    return {
        (basis, date.fromordinal(day).isoformat() if day else None, outcome): files
        for (_, basis, day, _, outcome), files in found.items()
    }


def found_standard(found: Counter[TallyKey]) -> str:
    return next(iter(found))[0]


BEGUN = ("received", "2025-04-28", "begun")


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        (
            [RECEIVED],
            "2025-05-01",
            {
                BEGUN: 1,
                ("open", None, "on_track"): 1,
                ("open_received", "2025-04-28", "open"): 1,
                ("open_due", "2025-05-27", "open"): 1,
            },
        ),
        (
            [RECEIVED],
            "2025-05-20",
            {
                BEGUN: 1,
                ("open", None, "at_risk"): 1,
                ("open_received", "2025-04-28", "open"): 1,
                ("open_due", "2025-05-27", "open"): 1,
            },
        ),
        (
            [RECEIVED],
            "2025-05-23",
            {
                BEGUN: 1,
                ("open", None, "critical"): 1,
                ("open_received", "2025-04-28", "open"): 1,
                ("open_due", "2025-05-27", "open"): 1,
            },
        ),
        (
            [RECEIVED],
            "2025-05-28",
            {
                BEGUN: 1,
                ("open", None, "overdue"): 1,
                ("open_received", "2025-04-28", "open"): 1,
                ("due", "2025-05-27", "overdue"): 1,
            },
        ),
        (
            [RECEIVED, requested("A", "2025-05-01")],
            "2025-05-02",
            {BEGUN: 1, ("open", None, "waiting"): 1, ("waiting_since", "2025-05-01", "waiting"): 1},
        ),
        (
            [RECEIVED, requested("A", "2025-05-29")],
            "2025-06-02",
            {
                BEGUN: 1,
                ("open", None, "overdue"): 1,
                ("open_received", "2025-04-28", "open"): 1,
                ("due", "2025-05-27", "overdue"): 1,
            },
        ),
        (
            [RECEIVED, requested("A", "2025-05-27 12:00")],
            "2025-06-02",
            {BEGUN: 1, ("open", None, "waiting"): 1, ("waiting_since", "2025-05-27", "waiting"): 1},
        ),
        (
            [RECEIVED, decided("A", "2025-05-27")],
            "2025-06-02",
            {
                BEGUN: 1,
                ("decided", "2025-05-27", "on_time"): 1,
                ("due", "2025-05-27", "on_time"): 1,
            },
        ),
        (
            [RECEIVED, decided("A", "2025-05-28")],
            "2025-06-02",
            {BEGUN: 1, ("decided", "2025-05-28", "late"): 1, ("due", "2025-05-27", "late"): 1},
        ),
        (
            [RECEIVED, requested("A", "2025-05-01"), decided("A", "2025-05-12")],
            "2025-06-02",
            {
                BEGUN: 1,
                ("decided", "2025-05-12", "on_time"): 1,
                ("due", "2025-06-05", "on_time"): 1,
            },
        ),
        (
            [RECEIVED, withdrawn("A", "2025-05-05")],
            "2025-06-02",
            {BEGUN: 1, ("withdrawn", "2025-05-05", "left_out"): 1},
        ),
        (
            [RECEIVED, withdrawn("A", "2025-06-01")],
            "2025-06-02",
            {BEGUN: 1, ("withdrawn", "2025-06-01", "left_out"): 1},
        ),
        (
            [CALL, withdrawn("A", "2025-04-28 10:02")],
            "2025-04-29",
            {BEGUN: 1, ("withdrawn", "2025-04-28", "left_out"): 1},
        ),
        (
            [CALL, withdrawn("A", "2025-04-28 10:04")],
            "2025-04-29",
            {
                BEGUN: 1,
                ("decided", "2025-04-28", "abandoned"): 1,
                ("due", "2025-04-28", "abandoned"): 1,
            },
        ),
        ([UNMEASURED], "2025-05-01", {BEGUN: 1, ("open", None, "followed"): 1}),
        ([UNMEASURED], "2025-12-01", {BEGUN: 1, ("open", None, "followed"): 1}),
        (
            [UNMEASURED, requested("A", "2025-05-01")],
            "2025-05-02",
            {BEGUN: 1, ("open", None, "followed"): 1},
        ),
        (
            [UNMEASURED, decided("A", "2025-12-01")],
            "2025-12-02",
            {BEGUN: 1, ("decided", "2025-12-01", "followed"): 1},
        ),
        (
            [RECEIVED, decided("A", "2025-05-02"), reopened("A", "2025-05-05")],
            "2025-05-06",
            {
                BEGUN: 1,
                ("decided", "2025-05-02", "on_time"): 1,
                ("due", "2025-05-27", "on_time"): 1,
                ("received", "2025-05-05", "begun"): 1,
                ("open", None, "on_track"): 1,
                ("open_received", "2025-05-05", "open"): 1,
                ("open_due", "2025-06-03", "open"): 1,
            },
        ),
    ],
)
def test_a_file_is_counted_where_its_state_says(
    story: Sequence[Event], now: str, expected: Told
) -> None:
    assert told(Counter(contributed(snapshot(*story, now=now)))) == expected


def test_a_file_whose_reception_is_unknown_is_counted_nowhere() -> None:
    assert contributed(snapshot(decided("A", "2025-05-02"), now="2025-05-05")) == []


def test_the_difference_takes_back_what_no_longer_holds_and_nothing_else() -> None:
    late = contributed(snapshot(RECEIVED, decided("A", "2025-05-28"), now="2025-06-02"))
    on_time = contributed(snapshot(RECEIVED, decided("A", "2025-05-20"), now="2025-06-02"))
    assert told(difference(late, on_time)) == {
        ("decided", "2025-05-28", "late"): -1,
        ("due", "2025-05-27", "late"): -1,
        ("decided", "2025-05-20", "on_time"): 1,
        ("due", "2025-05-27", "on_time"): 1,
    }
    assert difference(late, late) == Counter()


def test_differences_add_up_to_the_last_state_whatever_came_between() -> None:
    story: list[Event] = [RECEIVED, requested("A", "2025-05-29"), answered("A", "2025-06-10")]
    moments = ["2025-04-30", "2025-05-20", "2025-05-28", "2025-06-01", "2025-06-11"]
    states = [contributed(snapshot(*story, now=moment)) for moment in moments]
    total: Counter[TallyKey] = Counter()
    before: list[TallyKey] = []
    for state in states:
        total.update(difference(before, state))
        before = state
    assert Counter({key: files for key, files in total.items() if files}) == Counter(states[-1])
