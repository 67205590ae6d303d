"""Rules 1, 2, 3, 8, 11 and 12 in sentences: which days count, and when a file is late."""

from __future__ import annotations

import pytest

from shared.domain.calendars.calendar import CoverageError
from tests.unit.domain.oracle import Promise
from tests.unit.domain.sentences import answered, decided, given, received, requested
from tests.unit.domain.standards import standard_of


def test_the_day_of_reception_does_not_count_and_the_day_of_decision_does() -> None:
    given(received("2025-04-28"), decided("2025-04-29")).at("2025-05-30").counts(1).is_on_time()


def test_a_file_decided_on_the_day_of_reception_counts_nothing() -> None:
    given(received("2025-04-28 08:00"), decided("2025-04-28 16:00")).at("2025-05-30").counts(0)


def test_waiting_for_the_client_does_not_count() -> None:
    past = given(received("2025-04-28"), requested("2025-04-29"), answered("2025-05-05"))
    past.at("2025-05-06").counts(2).waits(6)


def test_the_day_documents_are_requested_counts_and_the_day_they_arrive_does_not() -> None:
    past = given(received("2025-04-28"), requested("2025-04-29"), answered("2025-04-30"))
    past.at("2025-04-29").counts(1).waits(0)
    past.at("2025-04-30").counts(1).waits(1)
    past.at("2025-05-01").counts(2).waits(1)


def test_a_request_and_its_answer_on_one_day_change_nothing() -> None:
    past = given(
        received("2025-04-28"),
        requested("2025-04-29 00:00"),
        answered("2025-04-29 23:59:59.999999"),
    )
    past.at("2025-04-30").counts(2).waits(0).is_due("2025-05-27")


def test_what_happens_at_midnight_belongs_to_the_day_that_begins() -> None:
    past = given(received("2025-04-28 00:00"), requested("2025-04-30 00:00"))
    past.at("2025-04-30 23:59").counts(2).waits(0)
    past.at("2025-05-01 00:00").counts(2).waits(1)


def test_what_happens_a_microsecond_before_midnight_belongs_to_the_day_that_ends() -> None:
    past = given(received("2025-04-28 00:00"), requested("2025-04-29 23:59:59.999999"))
    past.at("2025-04-30 00:00").counts(1).waits(1)


def test_late_evening_in_montreal_is_that_day_whatever_utc_says() -> None:
    given(received("2025-04-29T03:30:00+00:00")).at("2025-04-29 23:59").counts(1)
    given(received("2025-04-29T04:00:00+00:00")).at("2025-04-29 23:59").counts(0)
    given(received("2025-01-29T04:59:59+00:00")).at("2025-01-29 23:59").counts(1)
    given(received("2025-01-29T05:00:00+00:00")).at("2025-01-29 23:59").counts(0)


def test_a_file_is_on_time_on_its_last_day_and_late_from_midnight() -> None:
    past = given(received("2025-04-28"))
    past.at("2025-05-27 00:00").counts(20).is_due("2025-05-27").breaches("2025-05-28").has_left(0)
    past.at("2025-05-27 23:59:59.999999").counts(20).is_not_late_yet()
    past.at("2025-05-28 00:00").counts(21).is_due("2025-05-27").is_late(since="2025-05-28")


def test_a_file_is_late_from_the_next_day_that_counts() -> None:
    past = given(received("2025-09-02")).under("plainte")
    past.at("2025-09-19").is_due("2025-09-23")
    friday = given(received("2025-09-03")).under("courriel")
    friday.at("2025-09-07").counts(2).is_due("2025-09-05").breaches("2025-09-08")
    friday.at("2025-09-08 00:00").counts(3).is_late(since="2025-09-08")


def test_a_decision_on_the_last_day_is_on_time_and_the_day_after_is_late() -> None:
    given(received("2025-04-28"), decided("2025-05-27 23:59")).at("2025-06-30").counts(
        20
    ).is_on_time().is_due("2025-05-27").is_decided("2025-05-27")
    given(received("2025-04-28"), decided("2025-05-28 00:00")).at("2025-06-30").counts(21).is_late(
        since="2025-05-28"
    ).is_due("2025-05-27").is_decided("2025-05-28")


def test_a_decided_file_counts_no_further() -> None:
    given(received("2025-04-28"), decided("2025-05-01")).at("2026-05-01").counts(
        3
    ).changes_no_more()


def test_while_waiting_there_is_no_deadline_but_an_earliest_one() -> None:
    past = given(received("2025-09-02"), requested("2025-09-04"))
    past.at("2025-09-04").is_waiting().is_due_at_the_earliest("2025-09-30").never_breaches()
    past.at("2025-09-05").is_due_at_the_earliest("2025-10-01").has_no_stage()
    past.at("2025-09-08").is_due_at_the_earliest("2025-10-02").waits(4)


def test_a_file_already_late_when_the_request_is_made_stays_late() -> None:
    past = given(received("2025-09-02"), requested("2025-09-05")).under("courriel")
    past.at("2025-10-01").is_waiting().counts(3).is_due("2025-09-04").is_late(since="2025-09-05")


def test_when_the_last_allowed_day_has_been_counted_the_deadline_stays_and_the_file_is_not_late() -> (
    None
):
    past = given(received("2025-09-02"), requested("2025-09-04"), answered("2025-09-15"))
    waiting = past.under("courriel").at("2025-09-12")
    waiting.is_waiting().counts(2).is_due("2025-09-04").is_not_late_yet().never_breaches()
    past.at("2025-09-15").is_open().counts(2).is_due("2025-09-04").breaches("2025-09-16")
    past.at("2025-09-16 00:00").counts(3).is_due("2025-09-04").is_late(since="2025-09-16")


def test_a_second_wait_after_the_last_allowed_day_still_leaves_the_deadline_there() -> None:
    past = given(
        received("2025-09-02"),
        requested("2025-09-04"),
        answered("2025-09-15"),
        requested("2025-09-15 11:00"),
        answered("2025-09-22"),
    ).under("courriel")
    past.at("2025-09-19").is_due("2025-09-04").is_not_late_yet()
    past.at("2025-09-22").is_due("2025-09-04").breaches("2025-09-23")


def test_a_decision_while_waiting_closes_the_file_on_what_was_counted() -> None:
    past = given(received("2025-09-02"), requested("2025-09-04"), decided("2025-09-10"))
    past.at("2025-12-01").counts(2).waits(6).is_due("2025-10-06").is_on_time().never_breaches()


def test_a_decision_while_waiting_after_the_last_allowed_day_is_on_time() -> None:
    past = given(received("2025-09-02"), requested("2025-09-04"), decided("2025-09-10"))
    past.under("courriel").at("2025-12-01").counts(2).is_due("2025-09-04").is_on_time()


@pytest.mark.parametrize("day_off", ["2025-09-06", "2025-09-07", "2025-10-13"])
def test_reception_on_a_day_off_is_that_day_itself(day_off: str) -> None:
    next_business_day = {"2025-09-06": "2025-09-08", "2025-09-07": "2025-09-08"}.get(
        day_off, "2025-10-14"
    )
    given(received(day_off)).at(next_business_day).counts(1)


def test_the_other_convention_makes_the_next_business_day_day_0() -> None:
    other = standard_of(Promise(days=2, at_risk=1, critical=0, next_business_day=True))
    past = given(received("2025-09-06")).under(other)
    past.at("2025-09-06").counts(0).waits(0).is_due("2025-09-10")
    past.at("2025-09-08").counts(0).breaches("2025-09-11")
    past.at("2025-09-09").counts(1).has_stage("at_risk", since="2025-09-09")
    past.at("2025-09-10").counts(2).has_stage("critical", since="2025-09-10")
    given(received("2025-09-08")).under(other).at("2025-09-09").counts(1)
    given(received("2025-10-11")).under(other).at("2025-10-15").counts(1)


def test_by_the_other_convention_nothing_before_day_0_is_waited() -> None:
    other = standard_of(Promise(days=2, next_business_day=True))
    past = given(received("2025-09-06"), requested("2025-09-06 11:00"), answered("2025-09-09"))
    past.under(other).at("2025-09-07").waits(0).is_due_at_the_earliest("2025-09-10")
    past.at("2025-09-08").waits(0).is_due_at_the_earliest("2025-09-10")
    past.at("2025-09-09").waits(1).counts(0).is_due("2025-09-11")


def test_a_public_holiday_does_not_count() -> None:
    given(received("2025-05-16")).at("2025-05-19").counts(0)
    given(received("2025-05-16")).at("2025-05-20").counts(1)
    given(received("2025-04-17")).at("2025-04-22").counts(1)


def test_the_public_service_has_its_own_days() -> None:
    past = given(received("2025-12-23")).under("caq-etudes", calendar="qc-public-service")
    past.at("2025-12-30").counts(2)
    past.at("2026-01-05").counts(3)
    given(received("2025-12-23")).at("2026-01-05").counts(7)


def test_outside_the_calendars_coverage_nothing_is_counted() -> None:
    with pytest.raises(CoverageError, match="qc-legal"):
        given(received("2009-12-31")).at("2010-01-04")
    with pytest.raises(CoverageError):
        given(received("2050-12-01")).at("2051-01-01")
    with pytest.raises(CoverageError):
        given(received("2050-12-20")).at("2050-12-21")
