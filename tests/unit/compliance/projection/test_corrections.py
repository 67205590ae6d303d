"""Answers that changed after their month was over, by two snapshots of a file; and the cycles to list anew."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from services.compliance.projection.corrections import (
    Correction,
    changed_answers,
    corrections_of,
    measured_cycles_of,
)
from shared.domain.records import ClockSnapshot
from tests.builders import ZONE, at, decided, received, requested, snapshot

# Due on Tuesday 27 May 2025.
RECEIVED = received("A", "2025-04-28 10:00")
DECISION = decided("A", "2025-05-20", named="d", recorded="2025-06-03")
BEFORE = snapshot(RECEIVED, now="2025-06-03")
AFTER = replace(snapshot(RECEIVED, DECISION, now="2025-06-03"), position=1)


def corrections(before: ClockSnapshot | None, after: ClockSnapshot) -> list[Correction]:
    return list(corrections_of(before, after, at("2025-06-04"), ZONE))


def test_a_decision_recorded_after_its_month_corrects_both_bases() -> None:
    found = corrections(BEFORE, AFTER)
    assert [
        (one.answer.basis, one.old and one.old.outcome, one.new and one.new.outcome)
        for one in found
    ] == [("decided", None, "on_time"), ("due", "late", "on_time")]
    assert [one.cause for one in found] == [AFTER.changed_by] * 2


def test_the_first_snapshot_of_a_file_and_the_same_one_correct_nothing() -> None:
    assert corrections(None, AFTER) == []
    assert corrections(AFTER, replace(AFTER, position=2)) == []


@pytest.mark.parametrize("changed_by", [BEFORE.changed_by, None])
def test_a_correction_whose_event_is_unknown_has_no_cause(changed_by: object) -> None:
    """Recorded by a process whose clock was behind, or stored as version 1."""
    found = corrections(BEFORE, replace(AFTER, changed_by=changed_by))
    assert [one.cause for one in found] == [None, None]


def test_both_answers_of_one_import_correct_nothing() -> None:
    first, second = (replace(event, recorded_at=at("2025-06-03")) for event in (RECEIVED, DECISION))
    before = snapshot(first, now="2025-06-03")
    assert corrections(before, replace(snapshot(first, second, now="2025-06-03"), position=1)) == []


def test_an_event_dated_ahead_corrects_at_its_crossing() -> None:
    crossed = replace(AFTER, position=BEFORE.position, crossed_at=at("2025-06-01"))
    [first, _] = corrections(BEFORE, crossed)
    assert (first.cause, first.new and first.new.day) == (AFTER.changed_by, date(2025, 5, 20))
    assert corrections(BEFORE, replace(crossed, crossed_at=at("2025-05-31"))) == []


def test_a_new_generation_corrects_without_a_cause() -> None:
    [first, _] = corrections(BEFORE, replace(AFTER, position=BEFORE.position, generation=2))
    assert first.cause is None


def test_a_cycle_is_listed_when_it_changes_and_under_no_day_when_it_is_measured_no_more() -> None:
    before, after = measured_cycles_of(BEFORE), measured_cycles_of(AFTER)
    assert changed_answers(before, before) == []
    assert changed_answers(before, after) == [(1, after[1])]
    assert changed_answers({}, after) == [(1, after[1])]
    waits = snapshot(RECEIVED, requested("A", "2025-05-20"), now="2025-06-03")
    gone = changed_answers(before, measured_cycles_of(waits))
    assert gone == [(1, (*before[1][:3], None, None, ""))]
