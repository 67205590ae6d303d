"""Whose a file is (rule 6): in sentences, and as the law that nobody's events change what another's file answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain import cycles, delay, ownership
from shared.domain.cycles import PLAIN
from shared.domain.delay import FileClock
from shared.domain.events import LONGEST_SOURCE, OPERATOR
from shared.domain.ownership import is_source
from shared.domain.records import Anomaly
from tests.unit.domain.agreement import Case, assert_agreement
from tests.unit.domain.oracle import Told
from tests.unit.domain.sentences import assigned, decided, of, received, requested, voided
from tests.unit.domain.sentences import given as given_events
from tests.unit.domain.strategies import cases, sharings

PORTAL, CASES, EVIL = "urn:portal", "urn:cases", "urn:evil"


def test_a_neighbour_s_earlier_reception_moves_nothing() -> None:
    own = of(CASES, received("2025-04-28"), "2025-04-28")
    evil = of(EVIL, received("2025-04-21"), "2025-05-01")
    given_events(own, evil).at("2025-05-06").counts(6).has_anomalies("other_source")


def test_the_first_reception_by_recording_owns_the_file_even_once_it_is_taken_back() -> None:
    wrong = of(CASES, received("2025-04-28"), "2025-04-28")
    void = of(CASES, voided("2025-04-30", wrong), "2025-04-30")
    evil = of(EVIL, received("2025-04-21"), "2025-04-29")
    right = of(CASES, received("2025-04-29"), "2025-05-01")
    given_events(wrong, void, evil).at("2025-05-06").has_cycles(0).has_anomalies("other_source")
    given_events(wrong, void, evil, right).at("2025-05-06").counts(5)


def test_neither_a_decision_nor_a_request_nor_a_void_of_a_neighbour_changes_a_file() -> None:
    own = of(CASES, received("2025-04-28"), "2025-04-28")
    others = (
        of(EVIL, requested("2025-04-29"), "2025-04-29"),
        of(EVIL, decided("2025-04-30"), "2025-04-30"),
        of(EVIL, voided("2025-04-30", own), "2025-04-30"),
    )
    answer = given_events(own, *others).at("2025-05-06").is_open().counts(6)
    answer.has_anomalies("other_source", "other_source", "other_source")


def test_what_a_neighbour_takes_back_is_no_anomaly_any_more() -> None:
    own = of(CASES, received("2025-04-28"), "2025-04-28")
    mistake = of(EVIL, decided("2025-04-30"), "2025-04-30")
    back = of(EVIL, voided("2025-05-02", mistake), "2025-05-02")
    given_events(own, mistake, back).at("2025-05-06").counts(6).has_anomalies()


def test_sources_that_share_their_files_act_as_one() -> None:
    own = of(PORTAL, received("2025-04-28"), "2025-04-28")
    end = of(CASES, decided("2025-05-02"), "2025-05-02")
    given_events(own, end).at("2025-05-06").is_open().has_anomalies("other_source")
    past = given_events(own, end).sharing(PORTAL, CASES)
    past.at("2025-05-06").is_decided("2025-05-02").counts(4).has_anomalies()


def test_an_event_of_another_source_dated_ahead_is_an_anomaly_at_once_and_no_crossing() -> None:
    own = of(CASES, received("2025-04-28"), "2025-04-28")
    ahead = of(EVIL, decided("2025-05-06 12:03"), "2025-05-06")
    answer = given_events(own, ahead).at("2025-05-06").has_anomalies("other_source")
    answer.changes_next("2025-05-20")


def test_an_operator_gives_a_file_to_its_source_and_the_last_gift_holds() -> None:
    taken = of(EVIL, received("2025-04-21"), "2025-04-21")
    own = of(CASES, received("2025-04-28"), "2025-04-28")
    end = of(CASES, decided("2025-05-02"), "2025-05-02")
    given_events(taken, own, end).at("2025-05-06").is_open().counts(11)
    back = given_events(taken, own, end, assigned(CASES, "2025-05-05"))
    back.at("2025-05-06").is_decided("2025-05-02").counts(4).has_anomalies("other_source")
    again = given_events(taken, own, assigned(CASES, "2025-05-05"), assigned(EVIL, "2025-05-06"))
    again.at("2025-05-07").counts(12).has_anomalies("other_source")


def test_while_no_reception_is_known_a_file_is_nobody_s() -> None:
    early = of(EVIL, decided("2025-04-30"), "2025-04-30")
    other = of(CASES, requested("2025-04-29"), "2025-04-29")
    given_events(early, other).at("2025-05-06").has_anomalies(
        "before_reception", "before_reception"
    )


@st.composite
def given_away(draw: st.DrawFn) -> Case:
    """A case whose file an operator gave to somebody, at times."""
    case = draw(cases(groups=sharings))
    if not draw(st.sampled_from([False, False, True])):
        return case
    to = draw(st.sampled_from(["one", "two", "three", "four"]))
    recorded = datetime(2049, 12, draw(st.integers(19, 26)), tzinfo=UTC)
    gift = Told("assigned", case.now, "gift", "urn:echeance:operator", recorded=recorded, to=to)
    return case._replace(events=[*case.events, gift])


@given(given_away())
def test_nobody_s_events_change_what_another_s_file_answers(case: Case) -> None:
    owners = ownership.owner(case.history, case.sharing).sources
    assume(owners)
    alone = case._replace(
        events=[one for one in case.events if one.source in owners or one.type == "assigned"]
    )
    assert _of(assert_agreement(case), owners) == _of(alone.clock, owners)
    first, second = (cycles.opening(some.history, some.now, some.sharing) for some in (case, alone))
    assert first == second
    if alone.events:
        last, last_alone = (
            cycles.changed_last(cycles.concerning(some.history, some.sharing))
            for some in (case, alone)
        )
        assert last == last_alone
    assert _days(case) == _days(alone)


def _of(clock: FileClock, owners: frozenset[str]) -> tuple[object, ...]:
    anomalies: list[Anomaly] = [one for one in clock.anomalies if one.source in owners]
    assert all(one.reason == "other_source" for one in clock.anomalies if one.source not in owners)
    return clock.cycles, anomalies, clock.crossed_at, clock.crosses_at


def _days(case: Case) -> list[object]:
    return [
        (one.number, day.day, day.counted, day.waited, day.total, day.why)
        for one in case.ledger
        for day in one.days
    ]


@given(cases(groups=sharings))
def test_the_events_of_others_are_anomalies_at_every_moment(case: Case) -> None:
    early = min(told.at for told in case.events)
    seen = [
        [one for one in case.at(moment).clock.anomalies if one.reason == "other_source"]
        for moment in (early, case.now)
    ]
    read = cycles.read_cycles(case.history, delay.NEVER, case.sharing, lambda _: PLAIN)
    assert list(read.anomalies) == seen[0] == seen[1]


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("https://example.org/permits", True),
        ("urn:city:311", True),
        ("permits", True),
        ("", False),
        ("two words", False),
        ("https://example.org/" + "a" * LONGEST_SOURCE, False),
        (OPERATOR, False),
    ],
)
def test_a_publishing_system_is_named_by_a_uri(name: str, may: bool) -> None:
    assert is_source(name) is may
