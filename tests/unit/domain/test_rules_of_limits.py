"""Rules 4, 9, 10 and section 4 in sentences: limits in months and in minutes, and the stages of an open file."""

from __future__ import annotations

from shared.domain.calendars.calendar import BusinessCalendar
from shared.domain.calendars.calendar_file import CalendarData, build_calendar
from shared.domain.calendars.values import WEEKDAYS
from tests.unit.domain.oracle import Promise
from tests.unit.domain.sentences import (
    answered,
    decided,
    given,
    received,
    reopened,
    requested,
    withdrawn,
)
from tests.unit.domain.standards import standard_of


def hours_of(name: str, week: dict[str, list[str]]) -> BusinessCalendar:
    """A calendar with these opening hours and no holiday."""
    written = {
        "version": "1",
        "name": {"fr": "Heures", "en": "Hours"},
        "zone": "America/Toronto",
        "coverage": {"first_year": 2024, "last_year": 2026},
        "working_weekdays": ["monday"],
        "opening_hours": {name: week},
    }
    return build_calendar("hours", CalendarData.model_validate(written), {})


ROLLING = Promise(months=1, at_risk=10, critical=3, roll_forward=True)


def test_months_count_civil_days() -> None:
    past = given(received("2025-09-05")).under("peq")
    past.at("2025-09-07").counts(2).has_left(179).is_due("2026-03-05")
    past.at("2026-03-05 23:59").has_left(0).breaches("2026-03-06")
    past.at("2026-03-06 00:00").has_left(-1).is_late(since="2026-03-06").is_due("2026-03-05")


def test_roll_forward_carries_a_deadline_to_the_next_business_day() -> None:
    rolling = standard_of(ROLLING)
    past = given(received("2025-03-18")).under(rolling)
    past.at("2025-03-19").is_due("2025-04-22").breaches("2025-04-23").has_left(34)
    past.at("2025-04-22").has_left(0).is_not_late_yet()
    past.at("2025-04-23 00:00").is_late(since="2025-04-23")
    given(received("2025-03-17")).under(rolling).at("2025-03-19").is_due("2025-04-17")


def test_roll_forward_comes_after_the_waited_days() -> None:
    past = given(received("2025-03-12"), requested("2025-03-20"), answered("2025-03-26"))
    past.under(standard_of(ROLLING)).at("2025-03-27").waits(6).is_due("2025-04-22")


def test_a_request_made_before_a_rolled_deadline_still_moves_it() -> None:
    past = given(received("2025-03-18"), requested("2025-04-18"), answered("2025-04-23"))
    past = past.under(standard_of(ROLLING))
    past.at("2025-04-20").is_due_at_the_earliest("2025-04-22")
    past.at("2025-04-23 09:00").is_due_at_the_earliest("2025-04-23").never_breaches()
    past.at("2025-04-23").is_open().is_due("2025-04-23").breaches("2025-04-24")


def test_while_waiting_a_deadline_in_months_moves_every_day() -> None:
    past = given(received("2022-01-15"), requested("2022-03-01")).under("peq")
    past.at("2022-03-01").is_due_at_the_earliest("2022-07-15")
    past.at("2022-03-02").is_due_at_the_earliest("2022-07-16").never_breaches()


def test_months_used_up_before_the_request_leave_the_deadline_while_waiting() -> None:
    past = given(received("2022-01-10"), requested("2022-07-10"), answered("2022-07-15")).under(
        "peq"
    )
    past.at("2022-07-10 09:00").is_due("2022-07-10").is_open()
    past.at("2022-07-14").is_waiting().is_due("2022-07-10").is_not_late_yet().never_breaches()
    past.at("2022-07-15").is_open().is_due("2022-07-15").breaches("2022-07-16")


def test_a_request_the_day_before_the_deadline_in_months_still_moves_it() -> None:
    past = given(received("2022-01-10"), requested("2022-07-09"), answered("2022-07-15")).under(
        "peq"
    )
    past.at("2022-07-14").is_due_at_the_earliest("2022-07-15")
    past.at("2022-07-15").is_due("2022-07-16").has_left(1)


def test_what_is_waited_once_late_moves_no_deadline_in_months() -> None:
    past = given(received("2016-07-17 20:14"), requested("2017-04-04"), answered("2017-04-14"))
    past = past.under("peq")
    for moment in ("2017-01-18", "2017-04-03", "2017-04-08", "2017-04-14 10:00", "2019-05-06"):
        past.at(moment).is_due("2017-01-17").is_late(since="2017-01-18")
        past.at(moment).has_stage("overdue", since="2017-01-18")


def test_a_late_file_is_late_by_the_days_it_was_in_hand() -> None:
    past = given(received("2022-01-10"), requested("2022-07-20"), answered("2022-08-20"))
    past = past.under("peq")
    past.at("2022-07-20").counts(191).has_left(-10).waits(0)
    past.at("2022-08-01").counts(191).has_left(-10).waits(12)
    past.at("2022-08-21").counts(192).has_left(-11).waits(31).is_due("2022-07-10")


def test_only_the_waits_that_began_before_the_deadline_passed_move_it() -> None:
    past = given(
        received("2022-01-10"),
        requested("2022-03-01"),
        answered("2022-03-06"),
        requested("2022-07-16"),
        answered("2022-07-20"),
        requested("2022-08-01"),
        answered("2022-08-11"),
        decided("2022-08-12"),
    ).under("peq")
    past.at("2022-03-07").is_due("2022-07-15")
    past.at("2022-07-16 09:00").is_due("2022-07-15").is_late(since="2022-07-16")
    for moment in ("2022-07-18", "2022-07-25", "2022-08-05", "2022-08-11", "2022-09-01"):
        past.at(moment).is_due("2022-07-15").is_late(since="2022-07-16")


def test_a_file_decided_while_it_waits_keeps_the_deadline_it_had_missed() -> None:
    late = given(received("2022-01-10"), requested("2022-07-20"), decided("2022-08-20"))
    late.under("peq").at("2022-09-01").is_due("2022-07-10").is_late(since="2022-07-11")
    in_time = given(received("2022-01-10"), requested("2022-07-10"), decided("2022-08-20"))
    in_time.under("peq").at("2022-09-01").is_due("2022-08-20").is_on_time()


def test_a_request_before_and_an_answer_after_the_deadline_make_no_file_late() -> None:
    past = given(received("2022-01-10"), requested("2022-07-01"), answered("2022-08-01"))
    past = past.under("peq")
    past.at("2022-07-20").is_waiting().is_not_late_yet().is_due_at_the_earliest("2022-07-29")
    past.at("2022-08-01").is_open().is_due("2022-08-10").breaches("2022-08-11")


def test_a_reopened_file_late_again_stands_still_by_its_own_deadline() -> None:
    past = given(
        received("2020-01-10"),
        decided("2020-03-01"),
        reopened("2022-01-10"),
        requested("2022-07-20"),
        answered("2022-08-20"),
    )
    past.under("peq").at("2022-08-25").is_due("2022-07-10").is_late(since="2022-07-11")


def test_a_rolled_deadline_that_has_passed_stands_still() -> None:
    past = given(received("2025-03-18"), requested("2025-04-25"), answered("2025-05-20"))
    past = past.under(standard_of(ROLLING))
    for moment in ("2025-04-24", "2025-05-01", "2025-05-20", "2025-06-20"):
        past.at(moment).is_due("2025-04-22").is_late(since="2025-04-23")
    past.at("2025-05-20").has_left(-3)


def test_a_call_answered_at_exactly_three_minutes_is_on_time() -> None:
    past = given(received("2025-09-02 09:00"), decided("2025-09-02 09:03")).under("telephone")
    past.at("2025-09-03").counts(180).is_on_time().is_due("2025-09-02").is_measured()


def test_a_call_is_late_from_the_first_microsecond_after_the_limit() -> None:
    past = given(received("2025-09-02 09:00")).under("telephone")
    past.at("2025-09-02 09:03").is_not_late_yet().breaches("2025-09-02 09:03:00.000001")
    past.at("2025-09-02 09:03:00.000001").counts(180.000001).is_late(
        since="2025-09-02 09:03:00.000001"
    )


def test_a_call_counts_only_inside_the_opening_hours() -> None:
    before = given(received("2025-09-02 07:00")).under("telephone")
    before.at("2025-09-02 08:01").counts(60)
    after = given(received("2025-09-02 16:29")).under("telephone")
    after.at("2025-09-03 10:31").counts(120)
    after.at("2025-09-03 10:30").counts(60).breaches("2025-09-03 10:32:00.000001")


def test_a_limit_reached_at_closing_time_is_due_that_day_and_breached_at_the_next_opening() -> None:
    past = given(received("2025-09-05 16:27")).under("telephone")
    past.at("2025-09-06").counts(180).is_due("2025-09-05").breaches("2025-09-08 08:00:00.000001")


def test_the_complaints_line_closes_for_lunch() -> None:
    past = given(received("2025-09-02 11:59")).under("complaints-hour")
    past.at("2025-09-02 12:30").counts(60)
    past.at("2025-09-02 13:01").counts(120).breaches("2025-09-02 13:59:00.000001")


def test_a_limit_of_a_day_around_the_clock_is_24_hours_whatever_the_clocks_do() -> None:
    shown = hours_of("always", {day: ["00:00-24:00"] for day in WEEKDAYS})
    for start, end in (
        ("2025-06-10 15:17", "2025-06-11 15:17"),
        ("2025-03-08 15:17", "2025-03-09 16:17"),
        ("2025-11-01 15:17", "2025-11-02 14:17"),
    ):
        past = given(received(start)).under_hours(1440, "always", shown)
        past.at(end).counts(86_400).is_not_late_yet()
        past.at(f"{end}:00.000001").is_late(since=f"{end}:00.000001")


def test_hours_over_midnight_count_in_the_ledger_on_both_days() -> None:
    shown = hours_of("night", {day: ["22:00-06:00"] for day in WEEKDAYS})
    past = given(received("2025-06-10 23:00"), decided("2025-06-11 23:30"))
    said = past.under_hours(600, "night", shown).at("2025-06-12")
    said.counts(8.5 * 3600).is_on_time()
    assert [day.counted for day in said.accounts[0].days] == [3600, 7.5 * 3600]


def test_a_call_abandoned_before_the_limit_is_left_out_and_after_it_is_late() -> None:
    soon = given(received("2025-09-02 09:00"), withdrawn("2025-09-02 09:03")).under("telephone")
    soon.at("2025-09-03").is_only_followed().is_not_late_yet()
    late = given(received("2025-09-02 09:00"), withdrawn("2025-09-02 09:03:00.000001"))
    late.under("telephone").at("2025-09-03").is_measured().is_late(
        since="2025-09-02 09:03:00.000001"
    )


def test_minutes_of_waiting_for_the_client_do_not_count() -> None:
    past = given(
        received("2025-09-02 09:00"), requested("2025-09-02 09:01"), answered("2025-09-02 09:05")
    ).under("telephone")
    past.at("2025-09-02 09:03").is_waiting().waits(120).is_due_at_the_earliest("2025-09-02")
    past.at("2025-09-02 09:06").counts(120).waits(240).breaches("2025-09-02 09:07:00.000001")


def test_a_call_has_no_stage_but_on_track_and_overdue() -> None:
    past = given(received("2025-09-02 09:00")).under("telephone")
    past.at("2025-09-02 09:02:59").has_stage("on_track", since="2025-09-02 09:00").changes_next(
        "2025-09-02 09:03:00.000001"
    )
    past.at("2025-09-02 09:04").has_stage("overdue", since="2025-09-02 09:03:00.000001")


def test_a_file_goes_from_on_track_to_overdue_at_midnights() -> None:
    past = given(received("2025-04-28"))
    past.at("2025-04-28").has_stage("on_track", since="2025-04-28 10:00").changes_next("2025-05-20")
    past.at("2025-05-19 23:59").has_stage("on_track", since="2025-04-28 10:00").has_left(6)
    past.at("2025-05-20 00:00").has_stage("at_risk", since="2025-05-20").has_left(5)
    past.at("2025-05-20").changes_next("2025-05-23")
    past.at("2025-05-22").has_stage("at_risk", since="2025-05-20").has_left(3)
    past.at("2025-05-23").has_stage("critical", since="2025-05-23").changes_next("2025-05-28")
    past.at("2025-05-28").has_stage("overdue", since="2025-05-28").changes_no_more()
    past.at("2026-05-28").has_stage("overdue", since="2025-05-28")


def test_a_waiting_file_has_no_stage() -> None:
    past = given(received("2025-04-28"), requested("2025-05-20"))
    past.at("2025-05-20 09:00").has_stage("at_risk", since="2025-05-20")
    past.at("2025-06-20").has_no_stage().changes_no_more()


def test_an_overdue_file_stays_overdue_while_it_waits() -> None:
    past = given(received("2025-04-28"), requested("2025-06-02"), answered("2025-06-04"))
    past.at("2025-06-03").is_waiting().has_stage("overdue", since="2025-05-28")
    past.at("2025-06-05").is_open().has_stage("overdue", since="2025-05-28")


def test_a_file_that_comes_back_begins_its_stage_at_that_instant() -> None:
    past = given(received("2025-04-28"), requested("2025-05-21"), answered("2025-06-02 14:00"))
    past.at("2025-06-02").has_no_stage().changes_next("2025-06-02 14:00")
    past.at("2025-06-02 15:00").has_left(4).has_stage("at_risk", since="2025-06-02 14:00")
    past.at("2025-06-04").has_stage("critical", since="2025-06-04").has_left(2)


def test_a_file_that_comes_back_with_its_limit_used_up_is_critical_at_once() -> None:
    past = given(received("2025-04-28"), requested("2025-05-27"), answered("2025-06-02 14:00"))
    past.at("2025-06-02 15:00").has_left(0).has_stage("critical", since="2025-06-02 14:00")
    past.at("2025-06-03").has_stage("overdue", since="2025-06-03")


def test_an_ended_file_has_no_stage() -> None:
    given(received("2025-04-28"), decided("2025-06-02")).at("2025-06-03").has_no_stage()
    given(received("2025-04-28"), withdrawn("2025-05-02")).at("2025-05-02").has_no_stage()


def test_a_short_limit_may_be_at_risk_from_reception() -> None:
    short = standard_of(Promise(days=3, at_risk=3, critical=1))
    past = given(received("2025-09-02 10:00")).under(short)
    past.at("2025-09-02 11:00").has_stage("at_risk", since="2025-09-02 10:00")
    past.at("2025-09-04").has_stage("critical", since="2025-09-04")


def test_remaining_days_of_months_are_civil_days_to_the_deadline() -> None:
    past = given(received("2022-01-15")).under("peq")
    past.at("2022-06-14").has_stage("on_track", since="2022-01-15 10:00").has_left(31)
    past.at("2022-06-15").has_stage("at_risk", since="2022-06-15").has_left(30)
    past.at("2022-07-05").has_stage("critical", since="2022-07-05").has_left(10)
    past.at("2022-07-16").has_stage("overdue", since="2022-07-16")


def test_a_standard_without_thresholds_goes_from_on_track_to_overdue() -> None:
    past = given(received("2025-09-02")).under(standard_of(Promise(days=2)))
    past.at("2025-09-04").has_stage("on_track", since="2025-09-02 10:00").changes_next("2025-09-05")
    past.at("2025-09-05").has_stage("overdue", since="2025-09-05")


def test_a_reopened_file_begins_again_on_track() -> None:
    past = given(received("2025-09-02"), decided("2025-09-10"), reopened("2025-09-11"))
    past.under("courriel").at("2025-09-11").has_stage("on_track", since="2025-09-11 10:00")


def test_the_next_change_is_the_next_event_when_it_comes_first() -> None:
    past = given(received("2025-04-28"), requested("2025-05-06"))
    past.at("2025-05-05").changes_next("2025-05-06 10:00")


def test_a_week_is_seven_days() -> None:
    weeks = standard_of(Promise(civil_days=56))
    given(received("2020-02-11")).under(weeks).at("2020-02-12").is_due("2020-04-07")


def test_civil_days_roll_forward_last_of_all() -> None:
    rolling = standard_of(Promise(civil_days=20, roll_forward=True))
    given(received("2026-01-05")).under(rolling).at("2026-01-06").is_due("2026-01-26")


def test_a_deadline_may_roll_by_another_calendar() -> None:
    rolling = standard_of(Promise(civil_days=21, rolls_on="qc-public-service"))
    past = given(received("2025-12-03")).under(rolling)
    past.at("2025-12-04").is_due("2025-12-29")


def test_a_file_in_months_that_waits_once_late_keeps_its_deadline() -> None:
    past = given(
        received("2016-07-17 20:14"), requested("2017-04-04"), answered("2017-04-14")
    ).under("peq")
    for now in ("2017-04-03", "2017-04-10", "2017-04-20"):
        past.at(now).is_due("2017-01-17").is_late(since="2017-01-18")


def test_hours_around_the_clock_have_stages_at_their_minutes() -> None:
    emergency = standard_of(Promise(minutes=240, hours="always", at_risk=60, critical=10))
    past = given(received("2025-05-18 22:30")).under(emergency)
    past.at("2025-05-19 01:00").has_stage("on_track", since="2025-05-18 22:30")
    past.at("2025-05-19 01:30").has_stage("at_risk", since="2025-05-19 01:30")
    past.at("2025-05-19 02:30").has_stage("critical", since="2025-05-19 02:20").has_left(0)
    past.at("2025-05-19 02:31").is_late(since="2025-05-19 02:30:00.000001")


def test_a_limit_in_seconds_has_its_thresholds_in_seconds() -> None:
    calls = standard_of(Promise(seconds=100, at_risk=30, critical=10))
    past = given(received("2025-04-28 09:00:00")).under(calls)
    past.at("2025-04-28 09:01:09").has_stage("on_track", since="2025-04-28 09:00")
    past.at("2025-04-28 09:01:10").has_stage("at_risk", since="2025-04-28 09:01:10")


def test_what_arrives_after_hours_is_received_on_the_next_day_that_opens() -> None:
    hours = standard_of(Promise(civil_days=56, received_outside="complaints"))
    past = given(received("2026-01-05 18:30")).under(hours)
    past.at("2026-01-07").is_due("2026-03-03").counts(1)
    given(received("2026-01-05 07:00")).under(hours).at("2026-01-07").is_due("2026-03-02").counts(2)
    lunch = given(received("2026-01-05 12:30")).under(hours)
    lunch.at("2026-01-07").is_due("2026-03-02")
    given(received("2026-01-03 10:00")).under(hours).at("2026-01-07").is_due("2026-03-02")


def test_a_file_decided_while_it_waits_with_its_months_used_up_is_due_as_if_answered_then() -> None:
    past = given(received("2025-01-15"), requested("2025-07-15"), decided("2025-07-20")).under(
        "peq"
    )
    past.at("2025-07-18").is_due("2025-07-15")
    past.at("2025-07-21").is_on_time().is_due("2025-07-20")
