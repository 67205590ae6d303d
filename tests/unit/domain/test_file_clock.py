"""Rules 16 and 17 in sentences: services, milestones, units that have the file, and their calendars."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from shared.domain import cycles
from shared.domain.catalogue import load_catalogue_text
from shared.domain.file_clock import FileCalculator, FileReading, UnknownStandardError
from shared.domain.records import CycleState
from tests.unit.domain.agreement import event_of
from tests.unit.domain.oracle import Promise, Told
from tests.unit.domain.oracle_facts import Worth
from tests.unit.domain.sentences import (
    decided,
    extended,
    moment,
    reached,
    received,
    reopened,
    requested,
    transferred,
    withdrawn,
)
from tests.unit.domain.standards import WORDS, written_terms


def _calendar(*days_off: str) -> dict[str, Any]:
    weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    return {
        "version": "1",
        "name": WORDS,
        "zone": "America/Toronto",
        "coverage": {"first_year": 2025, "last_year": 2026},
        "working_weekdays": weekdays,
        "holidays": [{"name": WORDS, "law": WORDS, "every_year": day} for day in days_off],
    }


def _standard(days: int, extended_by: int | None = None, **keys: str) -> dict[str, Any]:
    extensions = {"more": Worth(days=extended_by)} if extended_by else {}
    terms = [written_terms(Promise(days=days, extensions=extensions))]
    return {"name": WORDS, "closes_with": WORDS, "source": WORDS, "terms": terms, **keys}


CALCULATOR = FileCalculator(
    load_catalogue_text(
        json.dumps(
            {
                "catalogue": "complaints",
                "revision": 1,
                "name": WORDS,
                "organization": WORDS,
                "default_calendar": "office",
                "calendars": {"office": _calendar("05-19"), "region": _calendar("05-02", "05-19")},
                "units": {
                    "montreal": {"name": WORDS},
                    "quebec": {"name": WORDS},
                    "gaspe": {"name": WORDS, "calendar": "region"},
                },
                "outcomes": ["accepted"],
                "reasons": ["sent-back"],
                "milestones": ["acknowledged", "complete"],
                "standards": {
                    "acknowledgement": _standard(5, ends_with="acknowledged"),
                    "answer": _standard(30),
                    "review": _standard(10, begins_with="complete"),
                    "inquiry": _standard(20, extended_by=10),
                },
                "services": {
                    "complaint": {"standards": ["acknowledgement", "answer"]},
                    "appeal": {"standards": ["acknowledgement", "answer", "inquiry"]},
                },
            }
        ),
        "complaints",
    )
)


def read(at: str, standard: str, *events: Told) -> FileReading:
    history = cycles.history(event_of(told, standard) for told in events)
    return CALCULATOR.read(history, moment(at))


def states(at: str, standard: str, *events: Told) -> list[CycleState]:
    return [cycle.state for cycle in read(at, standard, *events).clock.cycles]


def test_each_standard_of_a_service_measures_the_file() -> None:
    past = (received("2025-04-28"), reached("2025-05-01", "acknowledged"), decided("2025-06-02"))
    acknowledgement, answer = states("2025-06-03", "complaint", *past)
    assert (acknowledgement.standard, acknowledgement.counted) == ("acknowledgement", 3)
    assert (answer.standard, answer.counted) == ("answer", 24)
    assert (acknowledgement.status, answer.status) == ("decided", "decided")
    assert (acknowledgement.outcome, answer.outcome) == (None, "accepted")
    assert (acknowledgement.due_on, answer.due_on) == (date(2025, 5, 5), date(2025, 6, 10))


def test_a_file_with_one_standard_does_not_name_it_again() -> None:
    (state,) = states("2025-04-29", "answer", received("2025-04-28"))
    assert state.standard is None


def test_a_service_crosses_when_the_first_of_its_standards_does() -> None:
    reading = read("2025-04-29", "complaint", received("2025-04-28"))
    assert reading.clock.crosses_at == moment("2025-05-06 00:00")
    late = read("2025-05-07", "complaint", received("2025-04-28")).clock
    assert (late.crossed_at, late.crosses_at) == (
        moment("2025-05-06 00:00"),
        moment("2025-06-11 00:00"),
    )


def test_what_one_standard_of_a_service_has_a_use_for_is_no_anomaly() -> None:
    past = (
        received("2025-04-28"),
        reached("2025-05-01", "acknowledged"),
        reached("2025-05-02", "acknowledged"),
    )
    anomalies = read("2025-05-03", "complaint", *past).clock.anomalies
    assert [one.reason for one in anomalies] == ["already_reached"]
    assert [one.event_id for one in anomalies] == [past[2].id]
    longer = received("2025-04-28"), extended("2025-04-30", "more")
    only_the_third = read("2025-05-03", "appeal", *longer).clock
    assert [one.state.extensions != () for one in only_the_third.cycles] == [False, False, True]
    assert only_the_third.anomalies == ()
    none_of_both = read("2025-05-03", "complaint", *longer).clock
    assert [one.reason for one in none_of_both.anomalies] == ["extends_nothing"]


@pytest.mark.parametrize("end", [decided("2025-05-01"), withdrawn("2025-05-01")])
def test_an_end_before_the_milestone_ends_the_standard_too(end: Told) -> None:
    (state,) = states("2025-05-02", "acknowledgement", received("2025-04-28"), end)
    assert state.status == ("decided" if end.type == "decided" else "withdrawn")
    assert state.counted == 3


def test_after_the_milestone_that_ends_it_nothing_changes_a_standard() -> None:
    past = (
        received("2025-04-28"),
        reached("2025-05-01", "acknowledged"),
        requested("2025-05-02"),
        decided("2025-06-02"),
    )
    reading = read("2025-06-03", "acknowledgement", *past)
    assert [one.state.counted for one in reading.clock.cycles] == [3]
    assert reading.clock.anomalies == ()


def test_a_standard_may_begin_with_a_milestone() -> None:
    past = (received("2025-04-28"), requested("2025-04-29"), reached("2025-05-05", "complete"))
    assert states("2025-05-04", "review", *past) == []
    (state,) = states("2025-05-06", "review", *past)
    assert (state.received_at, state.due_on) == (moment("2025-05-05 10:00"), date(2025, 5, 20))


def test_a_reopened_file_waits_for_the_milestone_that_begins_a_standard_again() -> None:
    past = (
        received("2025-04-28"),
        reached("2025-05-05", "complete"),
        decided("2025-05-06"),
        reopened("2025-05-07"),
    )
    assert len(states("2025-05-08", "review", *past)) == 1
    again = states("2025-05-10", "review", *past, reached("2025-05-09", "complete"))
    assert [state.number for state in again] == [1, 2]


def test_a_file_is_its_new_unit_s_from_the_transfer_on() -> None:
    past = (received("2025-04-28"), transferred("2025-05-06", "quebec"), decided("2025-05-20"))
    assert read("2025-05-05", "answer", *past).unit == "montreal"
    reading = read("2025-05-21", "answer", *past)
    assert reading.unit == "quebec"
    assert reading.units == (
        (moment("2025-04-28 10:00"), "montreal"),
        (moment("2025-05-06 10:00"), "quebec"),
    )
    assert reading.clock.cycles[0].state.unit is None


def test_a_decided_cycle_counts_for_the_unit_that_decided_it() -> None:
    past = (received("2025-04-28"), transferred("2025-05-06", "quebec"), decided("2025-05-20"))
    (state,) = states("2025-05-23", "answer", *past, transferred("2025-05-22", "montreal"))
    assert state.unit == "quebec"


def test_a_transfer_to_the_unit_that_has_the_file_changes_nothing() -> None:
    past = (received("2025-04-28"), transferred("2025-05-06", "montreal"))
    anomalies = read("2025-05-07", "answer", *past).clock.anomalies
    assert [one.reason for one in anomalies] == ["already_there"]


def test_a_file_is_counted_on_the_calendar_of_the_unit_that_received_it() -> None:
    from_gaspe = Told("received", moment("2025-04-28 10:00"), "r", unit="gaspe")
    (state,) = states("2025-05-07", "answer", from_gaspe)
    assert (state.calendar, state.due_on) == ("region", date(2025, 6, 11))
    moved = states("2025-05-07", "answer", from_gaspe, transferred("2025-05-05", "quebec"))
    assert (moved[0].calendar, moved[0].due_on) == ("region", date(2025, 6, 11))
    (plain,) = states("2025-05-07", "answer", received("2025-04-28"))
    assert (plain.calendar, plain.due_on) == (None, date(2025, 6, 10))


def test_an_unknown_standard_is_no_clock_without_cycles() -> None:
    with pytest.raises(UnknownStandardError, match="'gone'"):
        read("2025-05-01", "gone", received("2025-04-28"))


def test_before_the_reception_there_is_no_unit() -> None:
    reading = read("2025-04-27", "answer", received("2025-04-28"))
    assert (reading.unit, reading.opening, reading.clock.cycles) == (None, None, ())
