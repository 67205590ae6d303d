"""What a file adds to the tallies, for every status; and a correction takes back exactly what was added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

import pytest

from services.compliance.projection.snapshot_tallies import TallyKey, difference, tally_keys
from shared.domain.events import Event
from tests.builders import (
    ZONE,
    answered,
    decided,
    received,
    reopened,
    requested,
    snapshot,
    voided,
    withdrawn,
)

Tally = tuple[str, str | None, str]
"""Basis, day, outcome."""
RECEIVED = received("A", "2025-04-28")
"""Due on 27 May 2025."""
CALL = received("A", "2025-04-28 10:00", standard="telephone")
REVISION = {"evaluation": "revision"}
UNMEASURED = received("A", "2025-04-28", standard="evaluation-comparative", attributes=REVISION)


BEGUN = ("received", "2025-04-28", "begun")
IN_HAND = (BEGUN, ("open_received", "2025-04-28", "open"))
OVERDUE = (*IN_HAND, ("open", None, "overdue"), ("due", "2025-05-27", "overdue"))
FOLLOWED = (BEGUN, ("open", None, "followed"))


def on_hand(stage: str) -> tuple[Tally, ...]:
    """Of a file that is not late yet."""
    return (*IN_HAND, ("open", None, stage), ("open_due", "2025-05-27", "open"))


def waiting(since: str) -> tuple[Tally, ...]:
    return (BEGUN, ("open", None, "waiting"), ("waiting_since", since, "waiting"))


def closed(outcome: str, decided_on: str, due_on: str) -> tuple[Tally, ...]:
    """Of a file that is measured."""
    return (BEGUN, ("decided", decided_on, outcome), ("due", due_on, outcome))


def contributed(*story: Event, now: str) -> list[TallyKey]:
    return tally_keys(snapshot(*story, now=now), ZONE)


def told(found: Counter[TallyKey]) -> dict[Tally, int]:
    """Of one standard in one unit."""
    assert len({standard for standard, *_ in found}) == 1
    assert {unit for _, _, _, unit, _ in found} == {"montreal"}
    return {
        (basis, date.fromordinal(day).isoformat() if day else None, outcome): files
        for (_, basis, day, _, outcome), files in found.items()
    }


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        ([RECEIVED], "2025-05-01", on_hand("on_track")),
        ([RECEIVED], "2025-05-20", on_hand("at_risk")),
        ([RECEIVED], "2025-05-23", on_hand("critical")),
        ([RECEIVED], "2025-05-28", OVERDUE),
        ([RECEIVED, requested("A", "2025-05-01")], "2025-05-02", waiting("2025-05-01")),
        ([RECEIVED, requested("A", "2025-05-29")], "2025-06-02", OVERDUE),
        ([RECEIVED, requested("A", "2025-05-27 12:00")], "2025-06-02", waiting("2025-05-27")),
        (
            [RECEIVED, decided("A", "2025-05-27")],
            "2025-06-02",
            closed("on_time", "2025-05-27", "2025-05-27"),
        ),
        (
            [RECEIVED, decided("A", "2025-05-28")],
            "2025-06-02",
            closed("late", "2025-05-28", "2025-05-27"),
        ),
        (
            [RECEIVED, requested("A", "2025-05-01"), decided("A", "2025-05-12")],
            "2025-06-02",
            closed("on_time", "2025-05-12", "2025-06-05"),
        ),
        (
            [RECEIVED, withdrawn("A", "2025-05-05")],
            "2025-06-02",
            [BEGUN, ("withdrawn", "2025-05-05", "left_out")],
        ),
        (
            [RECEIVED, withdrawn("A", "2025-06-01")],
            "2025-06-02",
            [BEGUN, ("withdrawn", "2025-06-01", "left_out")],
        ),
        (
            [CALL, withdrawn("A", "2025-04-28 10:02")],
            "2025-04-29",
            [BEGUN, ("withdrawn", "2025-04-28", "left_out")],
        ),
        (
            [CALL, withdrawn("A", "2025-04-28 10:04")],
            "2025-04-29",
            closed("abandoned", "2025-04-28", "2025-04-28"),
        ),
        ([UNMEASURED], "2025-05-01", FOLLOWED),
        ([UNMEASURED], "2025-12-01", FOLLOWED),
        ([UNMEASURED, requested("A", "2025-05-01")], "2025-05-02", FOLLOWED),
        (
            [UNMEASURED, decided("A", "2025-12-01")],
            "2025-12-02",
            [BEGUN, ("decided", "2025-12-01", "followed")],
        ),
        (
            [RECEIVED, decided("A", "2025-05-02"), reopened("A", "2025-05-05")],
            "2025-05-06",
            [
                *closed("on_time", "2025-05-02", "2025-05-27"),
                ("received", "2025-05-05", "begun"),
                ("open", None, "on_track"),
                ("open_received", "2025-05-05", "open"),
                ("open_due", "2025-06-03", "open"),
            ],
        ),
    ],
)
def test_a_file_is_counted_where_its_state_says(
    story: Sequence[Event], now: str, expected: Sequence[Tally]
) -> None:
    assert told(Counter(contributed(*story, now=now))) == dict.fromkeys(expected, 1)


def test_a_file_whose_reception_is_unknown_is_counted_nowhere() -> None:
    assert contributed(decided("A", "2025-05-02"), now="2025-05-05") == []
    void = voided("A", "2025-05-02", RECEIVED.id)
    assert contributed(RECEIVED, void, now="2025-05-05") == []


def test_the_difference_takes_back_what_no_longer_holds_and_nothing_else() -> None:
    late = contributed(RECEIVED, decided("A", "2025-05-28"), now="2025-06-02")
    on_time = contributed(RECEIVED, decided("A", "2025-05-20"), now="2025-06-02")
    assert told(difference(late, on_time)) == {
        ("decided", "2025-05-28", "late"): -1,
        ("due", "2025-05-27", "late"): -1,
        ("decided", "2025-05-20", "on_time"): 1,
        ("due", "2025-05-27", "on_time"): 1,
    }
    assert difference(late, late) == Counter()


def test_differences_add_up_to_the_last_state_whatever_came_between() -> None:
    story: list[Event] = [RECEIVED, requested("A", "2025-05-29"), answered("A", "2025-06-10")]
    total: Counter[TallyKey] = Counter()
    before: list[TallyKey] = []
    for moment in ("2025-04-30", "2025-05-20", "2025-05-28", "2025-06-01", "2025-06-11"):
        state = contributed(*story, now=moment)
        total.update(difference(before, state))
        before = state
    assert Counter({key: files for key, files in total.items() if files}) == Counter(before)
