"""What of an ended cycle is to verify, and what its stops add to the tallies: 20 business days, from events."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.compliance.projection.stop_rules import (
    NO_STOP_FACTS,
    StopFacts,
    StoppedOutcome,
    StopRule,
    changed_findings,
    stop_facts,
)
from shared.domain.events import Event
from tests.builders import answered, at, decided, received, reopened, requested, snapshot, withdrawn

RECEIVED = received("A", "2025-04-28 10:00")
"""Due on Tuesday 27 May 2025."""
NOW = "2025-09-01"


def facts(*events: Event, now: str = NOW) -> StopFacts:
    return stop_facts(snapshot(RECEIVED, *events, now=now))


def found(*events: Event) -> Mapping[StopRule, float]:
    """The rules that a file meets, each with its amount."""
    return {rule: row[-1] for (_, _, rule), row in facts(*events).rows.items()}


def tallied(*events: Event) -> list[tuple[str, str]]:
    return [(basis, outcome) for _, basis, _, _, outcome in facts(*events).keys]


def test_a_file_that_nothing_stopped_has_nothing_to_verify() -> None:
    assert facts(decided("A", "2025-05-12")) == NO_STOP_FACTS
    assert stop_facts(None) == NO_STOP_FACTS


def test_an_ordinary_stop_is_tallied_and_not_to_verify() -> None:
    events = requested("A", "2025-04-30 10:00"), answered("A", "2025-05-05 15:00")
    assert tallied(*events, decided("A", "2025-05-20")) == [("stopped", "3::")]
    assert found(*events, decided("A", "2025-05-20")) == {}


def test_an_open_file_and_one_that_is_not_measured_are_not_looked_at() -> None:
    asked = requested("A", "2025-05-26 10:00")
    assert facts(asked) == NO_STOP_FACTS
    assert facts(asked, withdrawn("A", "2025-05-28")) == NO_STOP_FACTS
    ended = snapshot(RECEIVED, asked, decided("A", "2025-05-28"), now=NOW)
    followed = replace(ended, cycles=(replace(ended.cycles[0], measured=False),))
    assert stop_facts(followed) == NO_STOP_FACTS


def test_what_a_snapshot_of_an_earlier_program_says_adds_nothing() -> None:
    ended = snapshot(RECEIVED, decided("A", "2025-05-27"), now=NOW)
    before = replace(ended, cycles=(replace(ended.cycles[0], remaining=None),))
    assert stop_facts(before) == NO_STOP_FACTS


@pytest.mark.parametrize(
    ("asked", "remaining"), [("2025-05-27", 0), ("2025-05-26", 1), ("2025-05-23", 2)]
)
def test_a_stop_begins_near_the_limit_where_a_tenth_remains(asked: str, remaining: int) -> None:
    events = requested("A", f"{asked} 10:00"), answered("A", "2025-06-03 10:00")
    assert found(*events, decided("A", "2025-06-03 15:00"))["near_limit"] == remaining


@pytest.mark.parametrize("asked", ["2025-05-22", "2025-05-28"])
def test_a_stop_begins_near_no_limit_before_or_once_late(asked: str) -> None:
    events = requested("A", f"{asked} 10:00"), answered("A", "2025-06-03 10:00")
    assert "near_limit" not in found(*events, decided("A", "2025-06-03 15:00"))


def test_a_request_answered_the_same_day_took_nothing_and_is_not_near_the_limit() -> None:
    events = requested("A", "2025-05-27 10:00"), answered("A", "2025-05-27 11:00")
    assert found(*events, decided("A", "2025-05-27 15:00")) == {"last_day": 0}


def test_a_night_that_takes_a_day_for_minutes_of_opening_hours_is_to_verify() -> None:
    """16:10 to 16:30, and 8:00 to 8:40."""
    events = requested("A", "2025-05-05 16:10"), answered("A", "2025-05-06 08:40")
    assert found(*events, decided("A", "2025-05-20"))["overnight"] == 1.0
    friday = requested("A", "2025-05-02 16:10"), answered("A", "2025-05-05 08:40")
    assert found(*friday, decided("A", "2025-05-20"))["overnight"] == 1.0


def test_a_night_after_some_hours_of_work_is_not() -> None:
    events = requested("A", "2025-05-05 14:00"), answered("A", "2025-05-06 08:40")
    assert found(*events, decided("A", "2025-05-20")) == {}


def test_a_request_without_an_answer_is_never_answered_after_thirty_days() -> None:
    asked = requested("A", "2025-05-05 10:00")
    assert found(asked, decided("A", "2025-06-04 11:00")) == {"unanswered": 30.0}
    assert found(asked, decided("A", "2025-06-03 10:00")) == {"decided_waiting": 29.0}


def test_three_waits_one_after_the_other_are_serial_and_overlapping_ones_are_one() -> None:
    waits = [
        event
        for number, day in enumerate((5, 8, 13))
        for event in (
            requested("A", f"2025-05-{day:02} 10:00", f"R{number}"),
            answered("A", f"2025-05-{day + 1:02} 15:00", f"R{number}"),
        )
    ]
    assert found(*waits, decided("A", "2025-05-20"))["serial"] == 3
    together = [
        requested("A", "2025-05-05 10:00", "R1"),
        requested("A", "2025-05-06 10:00", "R2"),
        answered("A", "2025-05-07 10:00", "R1"),
        requested("A", "2025-05-08 10:00", "R3"),
        answered("A", "2025-05-12 10:00"),
    ]
    assert "serial" not in found(*together, decided("A", "2025-05-20"))


REQUESTS = st.lists(
    st.tuples(st.integers(1, 20), st.none() | st.integers(1, 8)), min_size=1, max_size=8
)
"""The day of May on which each is made, and after how many it is answered."""


@given(REQUESTS)
@example([(1, 8), (2, 1), (5, 1), (9, 1), (15, None)])
def test_a_wait_begins_where_nothing_asked_for_before_is_outstanding(
    asked: list[tuple[int, int | None]],
) -> None:
    events: list[Event] = []
    for number, (day, days) in enumerate(asked):
        events.append(requested("A", f"2025-05-{day:02} 10:00", f"R{number}"))
        if days is not None:
            events.append(answered("A", f"2025-05-{day + days:02} 10:00", f"R{number}"))
    waits = {
        day
        for day, _ in asked
        if not any(before < day and (days is None or before + days > day) for before, days in asked)
    }
    serial = len(waits) if len(waits) >= 3 else None
    assert found(*events, decided("A", "2025-05-30")).get("serial") == serial


def test_a_stop_recorded_once_the_file_was_late_and_dated_before_is_to_verify() -> None:
    def found_recorded(recorded: str) -> float | None:
        asked = requested("A", "2025-05-21 10:00", recorded=recorded)
        events = asked, answered("A", "2025-06-02 10:00"), decided("A", "2025-06-02 15:00")
        return found(*events).get("recorded_late")

    assert found_recorded("2025-05-28 00:00") == 6.6
    assert found_recorded("2025-05-27 23:59") is None


def test_the_deadline_of_a_stop_recorded_late_is_the_one_that_earlier_stops_left() -> None:
    """The first takes five days: due on 3 June."""
    events = (
        requested("A", "2025-04-29 10:00", "R1"),
        answered("A", "2025-05-06 10:00", "R1"),
        requested("A", "2025-05-29 10:00", "R2", recorded="2025-06-01 10:00"),
        answered("A", "2025-06-09 10:00", "R2"),
    )
    assert "recorded_late" not in found(*events, decided("A", "2025-06-09 15:00"))


def test_a_file_decided_on_time_and_soon_reopened_is_to_verify() -> None:
    ended = decided("A", "2025-05-20 10:00", "refused")
    assert found(ended, reopened("A", "2025-05-27 10:00")) == {"reopened": 7.0}
    assert found(ended, reopened("A", "2025-05-27 10:01")) == {}
    late = decided("A", "2025-05-29 10:00", "refused")
    assert found(late, reopened("A", "2025-05-30 10:00")) == {}


def test_files_decided_around_their_last_day_are_tallied_by_what_remained() -> None:
    assert tallied(decided("A", "2025-05-27")) == [("days_left", "0")]
    assert found(decided("A", "2025-05-27")) == {"last_day": 0}
    assert tallied(decided("A", "2025-05-29")) == [("days_left", "-2")]
    assert tallied(decided("A", "2025-05-22")) == []


@pytest.mark.parametrize(
    ("standard", "ends"), [("courriel", "2025-04-30 10:00"), ("telephone", "2025-04-28 10:03")]
)
def test_short_limits_and_opening_time_have_no_last_day(standard: str, ends: str) -> None:
    begun = received("B", "2025-04-28 10:00", standard=standard)
    file = snapshot(begun, decided("B", ends, "answered"), now=NOW)
    assert file.cycles[0].remaining == 0
    assert stop_facts(file) == NO_STOP_FACTS


def test_a_file_on_time_because_of_its_stop_rests_on_it() -> None:
    events = requested("A", "2025-04-30 10:00"), answered("A", "2025-05-07 15:00")
    assert tallied(*events, decided("A", "2025-05-28 10:00"))[0] == ("stopped", "5:+:")
    late = decided("A", "2025-06-20 10:00")
    assert tallied(*events, late)[0] == ("stopped", "5::")


def test_an_outcome_is_read_as_it_was_written() -> None:
    for one in (
        StoppedOutcome(("",), 3, by_stops=False),
        StoppedOutcome(("", "fee", "third-party"), 0, by_stops=True),
    ):
        assert StoppedOutcome.of(one.written) == one


def test_a_finding_that_is_none_any_more_is_listed_under_no_day() -> None:
    before = facts(decided("A", "2025-05-27")).rows
    after = facts(decided("A", "2025-05-26")).rows
    [(key, row)] = changed_findings(before, after)
    assert key == ("", 1, "last_day") and row[2] is None
    assert changed_findings(before, before) == []
    assert changed_findings({}, before) == list(before.items())


def test_a_finding_says_when_the_cycle_ended_and_what_its_stops_removed() -> None:
    events = requested("A", "2025-05-27 10:00"), answered("A", "2025-06-03 10:00")
    row = facts(*events, decided("A", "2025-06-03 15:00")).rows["", 1, "near_limit"]
    standard, unit, day, outcome, removed, instant, _ = row
    assert (standard, unit, outcome, removed) == ("caq-etudes", "montreal", "on_time", 5)
    assert day == at("2025-06-03").toordinal()
    assert instant == int(at("2025-05-27 10:00").timestamp() * 1_000_000)
