"""The ledger in sentences: every civil day, what it added, and why."""

from __future__ import annotations

import json
from datetime import date

import msgspec

from shared.domain import cycles
from shared.domain.ledger import file_ledger
from shared.domain.ledger_days import (
    BusinessDay,
    CivilDay,
    OpeningHours,
    OutsideOpeningHours,
    PublicHoliday,
    ReceivedThatDay,
    UntilDayZero,
    Waiting,
    Weekend,
)
from shared.domain.ownership import NOT_SHARED
from tests.unit.domain.agreement import event_of
from tests.unit.domain.oracle import Promise
from tests.unit.domain.sentences import (
    Answer,
    answered,
    decided,
    given,
    moment,
    received,
    reopened,
    requested,
    voided,
)
from tests.unit.domain.standards import calendar, standard, standard_of


def why(answer: Answer, *days: str) -> list[object]:
    return [answer.day(day).why for day in days]


def test_each_day_says_why_it_counted_or_not() -> None:
    answer = given(received("2025-05-15")).at("2025-05-20")
    days = answer.accounts[0].days
    assert [line.day.day for line in days] == [15, 16, 17, 18, 19, 20]
    assert [line.counted for line in days] == [0, 1, 0, 0, 0, 1]
    assert [line.total for line in days] == [0, 1, 1, 1, 1, 2]
    holiday = PublicHoliday(
        name={"fr": "Journée nationale des patriotes", "en": "National Patriots’ Day"},
        law={"fr": "Loi d’interprétation, art. 61(23)", "en": "Interpretation Act, s. 61(23)"},
    )
    whys = [ReceivedThatDay(), BusinessDay(), Weekend(), Weekend(), holiday, BusinessDay()]
    assert [line.why for line in days] == whys
    assert answer.accounts[0].unit == "business_days"


def test_a_waiting_day_says_since_when_and_for_which_requests() -> None:
    answer = given(
        received("2025-09-02"),
        requested("2025-09-03", "A"),
        requested("2025-09-05"),
        answered("2025-09-08", "A"),
        answered("2025-09-09"),
    ).at("2025-09-10")
    since = moment("2025-09-03 10:00")
    assert why(answer, "2025-09-03", "2025-09-04", "2025-09-06", "2025-09-09", "2025-09-10") == [
        BusinessDay(),
        Waiting(since=since, request_ids=("A",)),
        Waiting(since=since, request_ids=("A", None)),
        Waiting(since=since, request_ids=(None,)),
        BusinessDay(),
    ]
    assert [line.waited for line in answer.accounts[0].days] == [0, 0, 1, 1, 1, 1, 1, 1, 0]


def test_a_new_wait_is_told_from_its_own_beginning() -> None:
    answer = given(
        received("2025-09-02"),
        requested("2025-09-03", "A"),
        answered("2025-09-04", "A"),
        requested("2025-09-04 11:00", "B"),
    ).at("2025-09-05")
    assert why(answer, "2025-09-05") == [
        Waiting(since=moment("2025-09-04 11:00"), request_ids=("B",))
    ]


def test_months_count_civil_days_and_weekends_among_them() -> None:
    answer = given(received("2025-09-05")).under("peq").at("2025-09-07")
    assert why(answer, "2025-09-06", "2025-09-07") == [CivilDay(), CivilDay()]
    assert answer.accounts[0].unit == "civil_days"


def test_days_through_day_0_are_told_by_the_other_convention() -> None:
    other = standard_of(Promise(days=2, next_business_day=True))
    answer = given(received("2025-09-06")).under(other).at("2025-09-09")
    until = UntilDayZero(day_zero=date(2025, 9, 8))
    assert why(answer, "2025-09-06", "2025-09-07", "2025-09-08", "2025-09-09") == [
        ReceivedThatDay(),
        until,
        until,
        BusinessDay(),
    ]
    early = given(received("2025-09-06")).under(other).at("2025-09-07")
    assert [line.day.day for line in early.accounts[0].days] == [6, 7]


def test_minutes_are_told_in_seconds_of_opening_time_a_day() -> None:
    answer = given(received("2025-08-29 16:29")).under("telephone").at("2025-09-02 08:02")
    days = answer.accounts[0].days
    assert [(line.counted, line.total) for line in days] == [
        (60, 60),
        (0, 60),
        (0, 60),
        (0, 60),
        (120, 180),
    ]
    assert isinstance(days[3].why, PublicHoliday)
    assert [line.why for line in (*days[:3], days[4])] == [
        OpeningHours(),
        Weekend(),
        Weekend(),
        OpeningHours(),
    ]
    assert answer.accounts[0].unit == "seconds"


def test_a_call_before_opening_has_nothing_counted_yet() -> None:
    answer = given(received("2025-09-02 07:00")).under("telephone").at("2025-09-02 07:30")
    assert why(answer, "2025-09-02") == [OutsideOpeningHours()]


def test_minutes_of_waiting_are_told_beside_those_counted() -> None:
    answer = (
        given(received("2025-09-02 16:29"), requested("2025-09-02 16:29:30"))
        .under("telephone")
        .at("2025-09-03 10:31")
    )
    first, second = answer.accounts[0].days
    assert (first.counted, first.waited, first.why) == (30, 30, OpeningHours())
    waiting = Waiting(since=moment("2025-09-02 16:29:30"), request_ids=(None,))
    assert (second.counted, second.waited, second.why) == (0, 60, waiting)


def test_a_day_tells_its_events_and_which_of_them_changed_nothing() -> None:
    decision = decided("2025-09-03 11:00")
    answer = given(
        received("2025-09-02"),
        answered("2025-09-03 09:00", "A"),
        decision,
        requested("2025-09-03 12:00", "B"),
        voided("2025-09-04", decision),
    ).at("2025-09-05")
    told = answer.day("2025-09-03").events
    assert [
        (event.type, event.request_id, event.changed_nothing, event.voided) for event in told
    ] == [
        ("documents_received", "A", "nothing_outstanding", False),
        ("decided", None, None, True),
        ("documents_requested", "B", None, False),
    ]
    assert [event.type for event in answer.day("2025-09-02").events] == ["received"]
    assert [event.type for event in answer.day("2025-09-04").events] == ["voided"]
    assert answer.day("2025-09-05").events == ()


def test_events_long_before_the_reception_have_no_day_in_the_ledger() -> None:
    answer = given(received("2025-09-02"), requested("1999-01-01"), requested("2025-09-02 00:00"))
    account = answer.at("2025-09-03").accounts[0]
    assert [len(line.events) for line in account.days] == [2, 0]


def test_each_cycle_has_its_ledger() -> None:
    answer = given(received("2025-09-02"), decided("2025-09-03"), reopened("2025-09-05")).at(
        "2025-09-08"
    )
    assert [account.number for account in answer.accounts] == [1, 2]
    assert [line.day.day for line in answer.accounts[0].days] == [2, 3]
    assert [line.day.day for line in answer.accounts[1].days] == [5, 6, 7, 8]


def test_a_file_not_received_has_no_ledger() -> None:
    assert given(requested("1999-01-01")).at("2025-09-02").accounts == ()


def test_a_ledger_reaches_the_last_day_of_the_calendar() -> None:
    history = cycles.history([event_of(received("2050-12-30 09:00"))])
    for name in ("courriel", "telephone"):
        now = moment("2050-12-31 16:00")
        days = file_ledger(history, standard(name), calendar(), now, NOT_SHARED)[0].days
        assert days[-1].day == date(2050, 12, 31)


def test_a_ledger_is_json_with_clear_names() -> None:
    line = (
        given(received("2025-09-02"), requested("2025-09-03", "A"))
        .at("2025-09-04")
        .day("2025-09-04")
    )
    assert json.loads(msgspec.json.encode(line)) == {
        "day": "2025-09-04",
        "counted": 0,
        "waited": 1,
        "total": 1,
        "why": {"reason": "waiting", "since": "2025-09-03T14:00:00Z", "request_ids": ["A"]},
        "events": [],
    }
