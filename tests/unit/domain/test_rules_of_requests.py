"""Rules 8, 14 and 15 in sentences: kinds of request, and extensions."""

from __future__ import annotations

import pytest

from tests.unit.domain.oracle_facts import Kind, Promise, Span, Worth
from tests.unit.domain.sentences import (
    answered,
    decided,
    extended,
    given,
    received,
    requested,
    withdrawn,
)
from tests.unit.domain.standards import standard_of

KINDS = {
    "fee": Kind(counts="in_hand_all_day"),
    "at-end": Kind(counts="in_hand_at_end"),
    "at-start": Kind(),
    "at-any-time": Kind(counts="in_hand_at_any_time"),
    "clarification": Kind("restarts"),
    "courtesy": Kind("runs"),
    "third-party": Kind(other_party=True),
    "interview": Kind(at_most=1),
    "form": Kind(lapses_after=Span(civil_days=3)),
    "supplement": Kind(counts="in_hand_at_any_time", lapses_after=Span(civil_days=14)),
}
PERMIT = standard_of(Promise(days=20), requests=KINDS)
WEEKS = standard_of(Promise(civil_days=56), requests=KINDS)
SHORT = standard_of(Promise(days=5, at_risk=2, critical=1), requests=KINDS)
EXTENSIONS = {"more": Worth(days=30, at_most=1), "agreed": Worth(given=True)}
CIVIL = standard_of(
    Promise(civil_days=30, roll_forward=True, extensions=EXTENSIONS), requests=KINDS
)


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("fee", "2026-03-10"),
        ("at-start", "2026-03-09"),
        ("at-end", "2026-03-09"),
        ("at-any-time", "2026-03-06"),
        ("clarification", "2026-03-12"),
        ("courtesy", "2026-03-02"),
    ],
)
def test_which_days_of_a_wait_count_is_said_by_its_kind(kind: str, due: str) -> None:
    past = given(received("2026-02-02"), requested("2026-02-05", kind=kind), answered("2026-02-12"))
    past.under(PERMIT).at("2026-02-20").is_due(due)


@pytest.mark.parametrize(
    ("kind", "asked", "came"),
    [
        ("at-start", "business_day", "waiting"),
        ("at-end", "waiting", "business_day"),
        ("fee", "waiting", "waiting"),
        ("at-any-time", "business_day", "business_day"),
    ],
)
def test_the_days_of_the_request_and_of_the_answer(kind: str, asked: str, came: str) -> None:
    past = given(received("2026-02-02"), requested("2026-02-05", kind=kind), answered("2026-02-12"))
    answer = past.under(PERMIT).at("2026-02-20")
    for day, why in (("2026-02-05", asked), ("2026-02-09", "waiting"), ("2026-02-12", came)):
        assert answer.day(day).why.__struct_config__.tag == why


def test_of_requests_made_together_the_earliest_takes_the_first_day_and_the_latest_the_last() -> (
    None
):
    past = given(
        received("2026-02-02"),
        requested("2026-02-05 09:00", "a"),
        requested("2026-02-05 11:00", "b", "fee"),
        answered("2026-02-12 09:00", "a"),
        answered("2026-02-12 11:00", "b"),
    )
    past.under(PERMIT).at("2026-02-05 10:00").counts(3)
    past.under(PERMIT).at("2026-02-05 12:00").counts(2)
    past.under(PERMIT).at("2026-02-20").waits(8).is_due("2026-03-10")


def test_a_request_takes_its_day_even_after_another_was_asked_and_answered_on_it() -> None:
    past = given(
        received("2026-02-02"),
        requested("2026-02-05 09:00", "a"),
        answered("2026-02-05 09:30", "a"),
        requested("2026-02-05 11:00", "b", "fee"),
    ).under(PERMIT)
    past.at("2026-02-05 10:00").counts(3)
    past.at("2026-02-06").counts(2).waits(2)


def test_no_request_excuses_the_day_that_made_the_file_late() -> None:
    past = given(received("2025-04-28"), requested("2025-05-06 09:00", kind="fee")).under(SHORT)
    past.at("2025-05-05").has_left(0).is_not_late_yet()
    past.at("2025-05-12").is_late(since="2025-05-06").counts(6).waits(6)


def test_a_file_taken_up_after_its_limit_is_late_from_then_where_the_day_of_the_answer_counts() -> (
    None
):
    past = given(
        received("2025-04-28"),
        requested("2025-05-05", kind="at-any-time"),
        answered("2025-05-08 15:00"),
    ).under(SHORT)
    past.at("2025-05-08 14:00").is_due("2025-05-05").is_not_late_yet()
    past.at("2025-05-08 16:00").is_late(since="2025-05-08 15:00").is_due("2025-05-05")


def test_a_stage_never_begins_before_the_file_came_back() -> None:
    past = given(
        received("2025-04-28"),
        requested("2025-04-30", kind="at-any-time"),
        answered("2025-05-08 15:00"),
    ).under(SHORT)
    past.at("2025-05-08 16:00").counts(3).has_stage("at_risk", since="2025-05-08 15:00")


def test_a_restart_forgets_what_was_counted_and_waited() -> None:
    past = given(
        received("2026-02-02"),
        requested("2026-02-05", kind="clarification"),
        answered("2026-02-12"),
    ).under(PERMIT)
    past.at("2026-02-11").counts(3).waits(6).is_due_at_the_earliest("2026-03-11")
    restarted = past.at("2026-02-12").counts(0).waits(0).counts_from("2026-02-12")
    assert restarted.day("2026-02-05").why.__struct_config__.tag == "before_restart"


def test_once_late_nothing_begins_again() -> None:
    past = given(
        received("2025-04-28"),
        requested("2025-05-07", kind="clarification"),
        answered("2025-05-09"),
    ).under(SHORT)
    past.at("2025-05-12").is_late(since="2025-05-06").counts(8)


def test_a_wait_lapses_with_its_last_day() -> None:
    past = given(received("2020-02-11"), requested("2020-03-02", kind="supplement")).under(WEEKS)
    past.at("2020-03-16 23:59").is_waiting().waits(14).changes_next("2020-03-17")
    past.at("2020-03-17 00:00").is_open().waits(14).is_due("2020-04-21")
    came = given(*past.events, answered("2020-03-10")).under(WEEKS)
    came.at("2020-03-12").waits(7).is_due("2020-04-14")
    late = given(*past.events, answered("2020-03-20")).under(WEEKS)
    late.at("2020-03-21").waits(14).has_anomalies("already_lapsed")


def test_a_wait_that_lapses_once_the_file_is_late_takes_no_day_more() -> None:
    past = given(received("2025-04-28"), requested("2025-05-07", kind="form")).under(SHORT)
    past.at("2025-05-12").is_late(since="2025-05-06").waits(3).counts(8)


def test_a_request_that_runs_stops_nothing() -> None:
    past = given(
        received("2025-04-28"),
        requested("2025-04-29", "a", "courtesy"),
        answered("2025-05-01", "a"),
    ).under(SHORT)
    past.at("2025-05-02").is_open().counts(4).waits(0).has_anomalies()


def test_beyond_at_most_the_delay_runs_on() -> None:
    past = given(
        received("2025-04-28"),
        requested("2025-04-29", "a", "interview"),
        answered("2025-04-30", "a"),
        requested("2025-05-01", "b", "interview"),
    ).under(SHORT)
    past.at("2025-05-02").is_open().counts(3).has_anomalies("too_many_requests")


def test_a_file_waits_for_another_party_unless_the_client_owes_something_too() -> None:
    past = given(received("2025-04-28"), requested("2025-04-29", "a", "third-party")).under(SHORT)
    past.at("2025-04-30").is_waiting().waits_for("other")
    both = given(*past.events, requested("2025-04-30 11:00", "b")).under(SHORT)
    both.at("2025-05-01").is_waiting().waits_for(None)


def test_a_long_wait_is_a_stage_of_its_own_until_the_answer() -> None:
    reminded = standard_of(Promise(days=20, remind_after=Span(business_days=3)))
    past = given(received("2025-04-28"), requested("2025-04-29"), answered("2025-05-06"))
    past.under(reminded).at("2025-05-01").has_no_stage().changes_next("2025-05-02")
    past.under(reminded).at("2025-05-02").has_stage("waiting_long", since="2025-05-02")
    past.under(reminded).at("2025-05-06").has_stage("on_track", since="2025-05-06 10:00")


def test_an_extension_is_computed_from_the_origin_before_rolling() -> None:
    past = given(received("2023-11-23"), extended("2023-12-10", "more")).under(CIVIL)
    past.at("2023-12-09").is_due("2023-12-26")
    past.at("2023-12-11").is_due("2024-01-22").is_extended("more")
    months = standard_of(Promise(months=1, roll_forward=True, extensions={"more": Worth(months=2)}))
    past = given(received("2024-09-26"), extended("2024-10-10", "more")).under(months)
    past.at("2024-10-09").is_due("2024-10-28")
    past.at("2024-10-11").is_due("2024-12-26")


def test_an_extension_until_a_date_makes_it_the_deadline_and_waits_move_it() -> None:
    past = given(
        received("2025-05-01"),
        extended("2025-05-12", "agreed", "2025-06-20"),
        requested("2025-05-20"),
        answered("2025-05-23"),
    ).under(CIVIL)
    past.at("2025-05-13").is_due("2025-06-20").has_left(38)
    past.at("2025-05-26").is_due("2025-06-23")


def test_an_extension_during_a_wait_is_that_of_a_file_answered_then() -> None:
    past = given(
        received("2025-05-01"),
        requested("2025-05-05", kind="at-any-time"),
        extended("2025-05-12 10:00", "agreed", "2025-06-20"),
        answered("2025-05-12 11:00"),
    ).under(CIVIL)
    past.at("2025-05-12 12:00").waits(6).is_due("2025-06-20")
    later = given(*past.events[:3], answered("2025-05-13")).under(CIVIL)
    later.at("2025-05-14").waits(7).is_due("2025-06-23")


def test_an_extension_until_a_date_ends_with_that_day_around_the_clock() -> None:
    emergency = standard_of(
        Promise(minutes=240, hours="always", extensions={"agreed": Worth(given=True)})
    )
    past = given(
        received("2025-05-05 10:00"), extended("2025-05-05 11:00", "agreed", "2025-05-06")
    ).under(emergency)
    past.at("2025-05-05 12:00").is_due("2025-05-06").breaches("2025-05-07")


def test_an_extension_made_late_too_often_or_in_vain_forgives_nothing() -> None:
    late = given(received("2025-05-01"), extended("2025-06-04", "more")).under(CIVIL)
    late.at("2025-06-05").is_late(since="2025-06-03").has_anomalies("extended_when_late")
    often = given(
        received("2025-05-01"), extended("2025-05-02", "more"), extended("2025-05-05", "more")
    ).under(CIVIL)
    often.at("2025-05-06").is_due("2025-06-30").has_anomalies("extended_too_often")
    for vain in (extended("2025-05-02", "agreed", "2025-06-02"), extended("2025-05-02", "other")):
        past = given(received("2025-05-01"), vain).under(CIVIL)
        past.at("2025-05-06").is_due("2025-06-02").has_anomalies("extends_nothing")


def test_an_ended_cycle_says_whether_it_was_on_time_without_its_extensions() -> None:
    past = [received("2025-05-01"), extended("2025-05-12", "more")]
    within = given(*past, decided("2025-05-30")).under(CIVIL).at("2025-07-01")
    within.is_on_time().is_on_time_unextended(True)
    beyond = given(*past, decided("2025-06-10")).under(CIVIL).at("2025-07-01")
    beyond.is_on_time().is_on_time_unextended(False)
    plain = given(past[0], decided("2025-05-30")).under(CIVIL).at("2025-07-01")
    plain.is_on_time().is_on_time_unextended(None)


def test_an_extension_begins_its_stage_anew() -> None:
    terms = Promise(days=5, at_risk=2, critical=1, extensions={"more": Worth(days=5)})
    past = given(received("2025-04-28"), extended("2025-05-02", "more")).under(standard_of(terms))
    past.at("2025-05-01").has_stage("at_risk", since="2025-05-01")
    past.at("2025-05-02").has_stage("on_track", since="2025-05-02 10:00")


def test_several_targets_are_kept_each_on_its_own() -> None:
    tiers = standard_of(Promise(days=3, tiers=(Promise(days=5), Promise(days=10))))
    past = given(received("2025-04-28"), decided("2025-05-07")).under(tiers)
    past.at("2025-05-08").counts(7).is_late(since="2025-05-02").keeps_tiers(False, True)


def test_a_withdrawal_with_a_reason_is_left_out_whatever_the_terms() -> None:
    call = [received("2025-04-28 09:00"), withdrawn("2025-04-28 09:04")]
    given(*call).under("telephone").at("2025-04-29").is_measured()
    duplicate = [call[0], withdrawn("2025-04-28 09:04", "duplicate")]
    given(*duplicate).under("telephone").at("2025-04-29").is_only_followed()


def test_the_request_made_first_of_those_outstanding_removes_a_day() -> None:
    past = given(
        received("2025-04-28"),
        requested("2025-04-29", "passport"),
        requested("2025-04-30", "letter"),
        answered("2025-05-05", "letter"),
        answered("2025-05-06", "passport"),
        decided("2025-05-09"),
    )
    past.at("2025-05-10").counts(4).counts_unstopped(9).has_stops(5, 0)
    past.at("2025-05-08").counts(3).counts_unstopped(None).has_stops(5, 0)
    past.at("2025-05-05 11:00").counts(1).has_stops(0, 0)


def test_a_request_that_begins_the_count_again_removes_all_that_had_counted() -> None:
    past = given(
        received("2026-02-02"),
        requested("2026-02-05", kind="clarification"),
        answered("2026-02-12"),
        decided("2026-02-19"),
    )
    past.under(PERMIT).at("2026-02-20").counts(5).counts_unstopped(13).has_stops(8)


def test_a_file_that_nothing_stopped_counts_the_same_without_stops() -> None:
    past = given(
        received("2026-02-02"), requested("2026-02-05", kind="courtesy"), decided("2026-02-19")
    )
    past.under(PERMIT).at("2026-02-20").counts(13).counts_unstopped(13).has_stops()
    unanswered = given(past.events[0], requested("2026-02-05"), decided("2026-02-19"))
    unanswered.under(PERMIT).at("2026-02-20").counts(3).counts_unstopped(13).has_stops(10)
