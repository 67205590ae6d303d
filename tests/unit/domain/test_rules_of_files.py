"""Rules 5, 6, 9 and 13 and the footnotes in sentences: what events amount to, and what is measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.unit.domain.oracle import Promise
from tests.unit.domain.sentences import (
    answered,
    decided,
    given,
    moment,
    received,
    reopened,
    requested,
    voided,
    withdrawn,
)
from tests.unit.domain.standards import standard_of


def test_before_reception_there_is_no_file() -> None:
    past = given(received("2025-04-28"))
    past.at("2025-04-28 09:59:59.999999").has_cycles(0).changes_next("2025-04-28 10:00")
    past.at("2025-04-28 10:00").has_cycles(1).counts(0)


def test_two_requests_are_outstanding_until_both_are_answered() -> None:
    past = given(
        received("2025-09-02"),
        requested("2025-09-03", "A"),
        requested("2025-09-04", "B"),
        answered("2025-09-08", "A"),
        answered("2025-09-10", "B"),
    )
    past.at("2025-09-09").is_waiting().counts(1).waits(6)
    past.at("2025-09-11").is_open().counts(2).waits(7).has_anomalies()


def test_an_answer_without_an_identifier_closes_every_request() -> None:
    past = given(
        received("2025-09-02"),
        requested("2025-09-03", "A"),
        requested("2025-09-03 11:00"),
        requested("2025-09-04", "B"),
        answered("2025-09-08"),
    )
    past.at("2025-09-09").is_open().counts(2).waits(5).has_anomalies()


def test_an_answer_with_an_identifier_does_not_close_a_request_without_one() -> None:
    past = given(received("2025-09-02"), requested("2025-09-03"), answered("2025-09-04", "A"))
    past.at("2025-09-05").is_waiting().has_anomalies("nothing_outstanding")


def test_a_second_request_with_an_id_already_outstanding_changes_nothing() -> None:
    past = given(
        received("2025-09-02"),
        requested("2025-09-03", "A"),
        requested("2025-09-04", "A"),
        answered("2025-09-05", "A"),
    )
    past.at("2025-09-08").is_open().has_anomalies("already_requested")


def test_a_second_request_without_an_id_changes_nothing() -> None:
    past = given(
        received("2025-09-02"),
        requested("2025-09-03"),
        requested("2025-09-04"),
        answered("2025-09-05"),
    )
    past.at("2025-09-08").is_open().has_anomalies("already_requested")


def test_an_answer_when_nothing_is_outstanding_changes_nothing() -> None:
    past = given(received("2025-09-02"), answered("2025-09-03"), answered("2025-09-03", "A"))
    past.at("2025-09-08").counts(4).has_anomalies("nothing_outstanding", "nothing_outstanding")


def test_a_request_may_be_made_again_once_it_was_answered() -> None:
    past = given(
        received("2025-09-02"),
        requested("2025-09-03", "A"),
        answered("2025-09-04", "A"),
        requested("2025-09-05", "A"),
    )
    past.at("2025-09-08").is_waiting().waits(4).has_anomalies()


def test_events_before_the_reception_change_nothing() -> None:
    past = given(
        received("2025-09-02"),
        requested("2025-09-01"),
        decided("2025-09-02 09:59"),
        reopened("2025-08-20"),
        withdrawn("2025-08-21"),
        answered("2025-08-22"),
    )
    past.at("2025-09-03").is_open().counts(1).has_anomalies(*["before_reception"] * 5)


def test_events_after_the_end_change_nothing() -> None:
    past = given(
        received("2025-09-02"),
        decided("2025-09-03"),
        requested("2025-09-04"),
        answered("2025-09-05"),
        decided("2025-09-08"),
        withdrawn("2025-09-08"),
        received("2025-09-09"),
    )
    past.at("2025-10-01").is_decided("2025-09-03").counts(1).has_anomalies(*["after_end"] * 5)


def test_a_second_reception_in_a_running_cycle_changes_nothing() -> None:
    past = given(received("2025-09-02"), received("2025-09-04"))
    past.at("2025-09-05").has_cycles(1).counts(3).has_anomalies("already_received")


def test_at_one_instant_a_file_is_received_before_it_is_decided() -> None:
    past = given(decided("2025-09-02"), answered("2025-09-02"), received("2025-09-02"))
    past.at("2025-09-03").is_decided("2025-09-02").has_anomalies("nothing_outstanding")


def test_at_one_instant_a_request_comes_before_its_answer_and_a_decision_before_a_withdrawal() -> (
    None
):
    past = given(
        received("2025-09-02"),
        answered("2025-09-03"),
        requested("2025-09-03"),
        withdrawn("2025-09-05"),
        decided("2025-09-05"),
    )
    past.at("2025-09-09").is_decided("2025-09-05").waits(0).has_anomalies("after_end")


def test_of_two_events_with_one_source_and_id_the_first_given_is_kept() -> None:
    first = requested("2025-09-03")
    told_again = replace(first, at=moment("2025-09-05"))
    past = given(received("2025-09-02"), first, answered("2025-09-04"), told_again)
    past.at("2025-09-08").is_open().counts(3).waits(1).has_anomalies()


def test_two_sources_may_use_one_id() -> None:
    request, answer = requested("2025-09-03"), answered("2025-09-04")
    past = given(received("2025-09-02"), request, replace(answer, id=request.id, source="other"))
    past.sharing("system", "other").at("2025-09-08").is_open().waits(1).has_anomalies()


def test_a_void_takes_back_only_what_its_own_source_said() -> None:
    decision = decided("2025-09-03")
    void = replace(voided("2025-09-04", decision), source="other")
    past = given(received("2025-09-02"), decision, void).sharing("system", "other")
    past.at("2025-09-05").is_decided("2025-09-03").has_anomalies("voids_nothing")


def test_at_one_instant_requests_are_read_in_the_order_of_their_ids() -> None:
    first = replace(requested("2025-09-03", "A"), id="a")
    second = replace(requested("2025-09-03", "A"), id="b")
    clock = given(received("2025-09-02"), second, first).at("2025-09-04").clock
    assert [anomaly.event_id for anomaly in clock.anomalies] == ["b"]


def test_a_reopened_file_begins_a_new_cycle_received_at_that_instant() -> None:
    past = given(
        received("2025-09-02"),
        requested("2025-09-03"),
        decided("2025-09-04"),
        reopened("2025-09-08"),
    ).under("accompagnement")
    past.at("2025-09-10").has_cycles(2).is_open().counts(2).waits(0).is_due("2025-09-15")
    past.at("2025-09-10").in_cycle(1).is_decided("2025-09-04").counts(1).waits(1)
    past.at("2025-09-07").has_cycles(1)


def test_each_cycle_is_late_or_on_time_on_its_own() -> None:
    past = given(
        received("2025-09-02"), decided("2025-09-10"), reopened("2025-09-10"), decided("2025-09-12")
    ).under("accompagnement")
    past.at("2025-10-01").in_cycle(1).is_late(since="2025-09-10").is_measured()
    past.at("2025-10-01").in_cycle(2).is_on_time().is_measured().counts(2)


def test_a_withdrawn_file_may_be_reopened_too() -> None:
    past = given(received("2025-09-02"), withdrawn("2025-09-03"), reopened("2025-09-04"))
    past.at("2025-09-05").has_cycles(2).is_open().counts(1).has_anomalies()


def test_reopening_a_running_cycle_changes_nothing() -> None:
    past = given(received("2025-09-02"), reopened("2025-09-03"))
    past.at("2025-09-05").has_cycles(1).counts(3).has_anomalies("still_running")


def test_a_voided_event_never_happened() -> None:
    decision = decided("2025-09-03")
    past = given(received("2025-09-02"), decision, voided("2025-09-05", decision))
    past.at("2025-09-04").is_decided("2025-09-03")
    past.at("2025-09-05").is_open().counts(3).has_anomalies()


def test_a_voided_reception_leaves_no_file() -> None:
    reception = received("2025-09-02")
    past = given(reception, requested("2025-09-03"), voided("2025-09-04", reception))
    past.at("2025-09-04").has_cycles(0).has_anomalies("before_reception")


def test_a_void_may_be_dated_before_the_event_it_names() -> None:
    request = requested("2025-09-04")
    past = given(received("2025-09-02"), request, voided("2025-09-03", request))
    past.at("2025-09-03").has_anomalies("voids_nothing")
    past.at("2025-09-05").is_open().counts(3).has_anomalies()


def test_a_void_of_a_void_gives_the_event_back() -> None:
    decision = decided("2025-09-03")
    mistake = voided("2025-09-04", decision)
    past = given(received("2025-09-02"), decision, mistake, voided("2025-09-05", mistake))
    past.at("2025-09-04").is_open()
    past.at("2025-09-05").is_decided("2025-09-03").has_anomalies()


def test_three_voids_in_a_chain_are_read_from_the_last() -> None:
    decision = decided("2025-09-03")
    first = voided("2025-09-04", decision)
    second = voided("2025-09-05", first)
    past = given(received("2025-09-02"), decision, first, second, voided("2025-09-08", second))
    past.at("2025-09-08").is_open().has_anomalies()


def test_a_void_does_not_take_back_a_later_void_nor_itself() -> None:
    decision = decided("2025-09-03")
    later = voided("2025-09-05", decision)
    past = given(received("2025-09-02"), decision, voided("2025-09-04", later), later)
    past.at("2025-09-05").is_open().has_anomalies("voids_a_later_void")


def test_a_void_that_names_nothing_is_an_anomaly() -> None:
    past = given(received("2025-09-02"), voided("2025-09-03", "unheard-of"))
    past.at("2025-09-03").is_open().has_anomalies("voids_nothing")


def test_a_withdrawn_file_is_left_out_of_the_measure() -> None:
    past = given(received("2025-09-02"), withdrawn("2025-09-03")).under("courriel")
    past.at("2025-10-01").is_withdrawn("2025-09-03").is_only_followed().is_not_late_yet()
    past.at("2025-10-01").counts(1).is_due("2025-09-04").may_not_be_reviewed()


def test_a_file_withdrawn_late_is_left_out_too_but_was_not_on_time() -> None:
    past = given(received("2025-09-02"), withdrawn("2025-09-09")).under("courriel")
    past.at("2025-10-01").is_only_followed().is_late(since="2025-09-05").counts(5)


def test_only_an_initial_comparative_evaluation_is_measured() -> None:
    initial = given(received("2025-09-02", evaluation="initiale")).under("evaluation-comparative")
    initial.at("2025-09-03").is_measured()
    for attributes in ({"evaluation": "revision"}, {}, {"regime": "temps-complet"}):
        other = given(received("2025-09-02", **attributes)).under("evaluation-comparative")
        other.at("2025-09-03").is_only_followed().counts(1)


def test_every_condition_must_be_met_to_be_measured() -> None:
    full = {"regime": "temps-complet", "inscription": "premiere"}
    past = given(received("2025-09-02", **full)).under("francisation-temps-complet")
    past.at("2025-09-03").is_measured()
    for changed in ({"regime": "temps-partiel"}, {"inscription": "suivante"}):
        past = given(received("2025-09-02", **(full | changed)))
        past.under("francisation-temps-complet").at("2025-09-03").is_only_followed()


def test_the_attributes_of_the_reception_hold_for_a_reopened_cycle() -> None:
    past = given(
        received("2025-09-02", evaluation="revision"), decided("2025-09-03"), reopened("2025-09-04")
    ).under("evaluation-comparative")
    past.at("2025-09-05").has_cycles(2).is_only_followed()


def test_the_terms_in_effect_on_the_reception_date_measure_the_cycle() -> None:
    changing = standard_of(
        Promise(days=10, begins=date(2024, 4, 1), ends=date(2025, 3, 31)),
        Promise(days=5, begins=date(2025, 4, 1), ends=date(2025, 8, 31)),
    )
    given(received("2025-03-31 23:59")).under(changing).at("2025-04-30").has_left(
        10 - 20
    ).is_measured()
    given(received("2025-04-01 00:00")).under(changing).at("2025-04-02").has_left(4).is_measured()
    given(received("2025-08-31")).under(changing).at("2025-09-02").has_left(4).is_measured()


def test_a_file_received_outside_every_effective_date_is_followed_but_not_measured() -> None:
    changing = standard_of(
        Promise(days=10, begins=date(2024, 4, 1), ends=date(2025, 3, 31)),
        Promise(days=5, begins=date(2025, 5, 1), ends=date(2025, 8, 31)),
    )
    given(received("2024-03-28")).under(changing).at("2024-04-02").has_left(9).is_only_followed()
    given(received("2025-04-14")).under(changing).at("2025-04-15").has_left(9).is_only_followed()
    given(received("2025-09-02")).under(changing).at("2025-09-03").has_left(4).is_only_followed()


def test_a_reopened_cycle_is_measured_by_the_terms_of_its_own_reception() -> None:
    changing = standard_of(
        Promise(days=10, ends=date(2025, 8, 31)), Promise(days=5, begins=date(2025, 9, 1))
    )
    past = given(received("2025-08-29"), decided("2025-09-02"), reopened("2025-09-03"))
    past.under(changing).at("2025-09-04").has_left(4)


def test_a_refused_or_rejected_client_has_90_civil_days_to_ask_for_a_review() -> None:
    given(received("2025-09-02"), decided("2025-09-30 23:30", "refused")).at(
        "2025-10-01"
    ).may_be_reviewed_until("2025-12-29")
    given(received("2025-09-02"), decided("2025-09-30", "rejected")).at(
        "2025-10-01"
    ).may_be_reviewed_until("2025-12-29")


def test_an_accepted_client_has_nothing_to_ask_a_review_of() -> None:
    given(received("2025-09-02"), decided("2025-09-30")).at("2025-10-01").may_not_be_reviewed()
    given(received("2025-09-02")).at("2025-10-01").may_not_be_reviewed()


def test_terms_may_depend_on_attributes_of_the_file() -> None:
    by_priority = standard_of(
        Promise(days=5, when={"priority": ["high"]}), Promise(days=20, when={"priority": ["low"]})
    )
    high = given(received("2025-04-28", priority="high")).under(by_priority).at("2025-04-29")
    high.is_due("2025-05-05").is_measured()
    low = given(received("2025-04-28", priority="low")).under(by_priority).at("2025-04-29")
    low.is_due("2025-05-27").is_measured()
    assert (high.cycle.state.terms, low.cycle.state.terms) == (0, 1)
    neither = given(received("2025-04-28")).under(by_priority).at("2025-04-29")
    neither.is_due("2025-05-05").is_only_followed()


def test_outside_the_effective_dates_the_nearest_terms_that_fit_follow_a_file() -> None:
    changing = standard_of(
        Promise(days=5, when={"priority": ["high"]}, begins=date(2025, 5, 1)),
        Promise(days=20, when={"priority": ["low"]}, begins=date(2025, 6, 1)),
    )
    past = given(received("2025-05-12", priority="low")).under(changing)
    past.at("2025-05-13").has_left(19).is_only_followed()
