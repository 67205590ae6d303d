"""Answers that changed after their month was over, by two snapshots of a file; and the cycles to list anew."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from services.compliance.projection.corrections import (
    AnswerResult,
    Correction,
    changed_answers,
    corrections_of,
    measured_cycles_of,
)
from shared.domain.events import Event
from shared.domain.records import ClockSnapshot
from tests.builders import ZONE, answered, at, decided, received, requested, snapshot, voided

Step = tuple[str, list[Event]]

# Due on Tuesday 27 May 2025.
RECEIVED = received("A", "2025-04-28 10:00")
DECISION = decided("A", "2025-05-20", named="d", recorded="2025-06-03")
BEFORE = snapshot(RECEIVED, now="2025-06-03")
AFTER = replace(snapshot(RECEIVED, DECISION, now="2025-06-03"), position=1)
BEGUN: Step = ("2025-04-28 11:00", [RECEIVED])
ON_TIME: Step = ("2025-05-20 12:00", [DECISION])
LATE_ON_27 = AnswerResult(date(2025, 5, 27), "late")


def corrections(before: ClockSnapshot | None, after: ClockSnapshot) -> list[Correction]:
    return list(corrections_of(before, after, at("2025-06-04"), ZONE))


def corrected(*steps: Step) -> list[Correction]:
    """The corrections of a file whose events are recorded and folded at some moments."""
    story: list[Event] = []
    found: list[Correction] = []
    before: ClockSnapshot | None = None
    for moment, events in steps:
        story += [replace(event, recorded_at=at(moment)) for event in events]
        after = replace(snapshot(*story, now=moment), position=len(story))
        found += corrections_of(before, after, at(moment), ZONE)
        before = after
    return found


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


def test_a_wait_recorded_late_takes_back_that_the_file_was_late() -> None:
    [found] = corrected(BEGUN, ("2025-06-03 09:00", [requested("A", "2025-05-20")]))
    assert (found.answer.basis, found.old, found.new) == ("due", LATE_ON_27, None)


def test_a_decision_taken_back_in_a_later_month_corrects_it() -> None:
    void = voided("A", "2025-06-03 08:00", "d")
    found = corrected(BEGUN, ON_TIME, ("2025-06-03 09:00", [void]))
    assert [(one.answer.basis, one.new) for one in found] == [
        ("decided", None),
        ("due", LATE_ON_27),
    ]
    assert [one.cause.type if one.cause else None for one in found] == ["voided", "voided"]


def test_a_file_that_moves_to_another_unit_is_corrected_in_both() -> None:
    right = received("A", "2025-04-28 10:00", unit="laval", named="right")
    void = voided("A", "2025-06-03 08:00", RECEIVED.id)
    found = corrected(BEGUN, ON_TIME, ("2025-06-03 09:00", [void, right]))
    assert {(one.answer.unit, one.answer.basis, one.old is None) for one in found} == {
        ("montreal", "decided", False),
        ("montreal", "due", False),
        ("laval", "decided", True),
        ("laval", "due", True),
    }


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([BEGUN, ("2025-05-30 09:00", [DECISION])], id="the month is not over"),
        pytest.param(
            [BEGUN, ("2025-05-31 23:00", [DECISION])], id="the month is over in UTC alone"
        ),
        pytest.param([BEGUN, ("2025-06-20 09:00", [])], id="an open file goes overdue"),
        pytest.param(
            [BEGUN, ("2025-06-20 09:00", [decided("A", "2025-06-20 08:00")])],
            id="an overdue file is decided",
        ),
        pytest.param(
            [
                BEGUN,
                ("2025-06-01 12:00", [decided("A", "2025-06-01", named="d")]),
                ("2025-06-03 09:00", [voided("A", "2025-06-03 08:00", "d")]),
            ],
            id="what is taken back happened on the first of the month",
        ),
        pytest.param(
            [("2025-06-20 09:00", [RECEIVED, DECISION])], id="a file first heard of after the month"
        ),
        pytest.param(
            [("2025-06-20 09:00", [RECEIVED]), ("2025-06-20 09:00", [DECISION])],
            id="a file of one import, in two steps",
        ),
        pytest.param(
            [
                BEGUN,
                ("2025-06-20 09:00", [requested("A", "2025-06-10"), answered("A", "2025-06-12")]),
            ],
            id="an overdue file waits",
        ),
        pytest.param(
            [
                BEGUN,
                ON_TIME,
                (
                    "2025-06-20 09:00",
                    [
                        decided("A", "2025-05-14 15:00", named="e"),
                        voided("A", "2025-06-20 08:00", "d"),
                    ],
                ),
            ],
            id="a decision moves within its month",
        ),
    ],
)
def test_what_corrects_no_answer_is_not_listed(steps: list[Step]) -> None:
    assert corrected(*steps) == []


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
    assert changed_answers(before, after) == [(("", 1), after["", 1])]
    assert changed_answers({}, after) == [(("", 1), after["", 1])]
    waits = snapshot(RECEIVED, requested("A", "2025-05-20"), now="2025-06-03")
    gone = changed_answers(before, measured_cycles_of(waits))
    assert gone == [(("", 1), (*before["", 1][:3], None, None, "", None, None))]
