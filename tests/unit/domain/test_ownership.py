"""Whose a file is (rule 6): in sentences, and as the law that nobody's events change what another's file answers."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain import cycles, delay, ledger, ownership
from shared.domain.delay import FileClock
from shared.domain.records import Anomaly
from tests.unit.domain import standards as built
from tests.unit.domain.agreement import assert_agreement, evaluated, event_of
from tests.unit.domain.oracle import Groups, Told
from tests.unit.domain.sentences import assigned, decided, of, received, requested, voided
from tests.unit.domain.sentences import given as given_events
from tests.unit.domain.strategies import histories, sharings, standards

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


_moments = st.integers(0, 400).map(lambda hours: datetime.fromtimestamp(hours * 3_600, UTC))


def _without_others(
    events: list[Told], standard: str, groups: Groups
) -> tuple[list[Told], frozenset[str]]:
    history = cycles.history(event_of(told, standard) for told in events)
    owners = ownership.owner(history, ownership.sharing(groups)).sources
    return [told for told in events if told.source in owners or told.type == "assigned"], owners


def _given_away(data: st.DataObject, now: datetime) -> list[Told]:
    """Sometimes an operator gave the file to somebody."""
    if not data.draw(st.sampled_from([False, False, True])):
        return []
    to = data.draw(st.sampled_from(["one", "two", "three", "four"]))
    recorded = datetime(2049, 12, data.draw(st.integers(19, 26)), tzinfo=UTC)
    return [Told("assigned", now, "gift", "urn:echeance:operator", recorded=recorded, to=to)]


@given(st.data(), standards, sharings)
def test_nobody_s_events_change_what_another_s_file_answers(
    data: st.DataObject, standard: str, groups: Groups
) -> None:
    events, now = data.draw(histories(standard))
    events += _given_away(data, now)
    own, owners = _without_others(events, standard, groups)
    assume(owners)
    with_others = assert_agreement(events, standard, now, groups=groups)
    alone = evaluated(own, standard, now, groups=groups)
    assert _of(with_others, owners) == _of(alone, owners)
    history, its_own = (
        cycles.history(event_of(e, standard) for e in told) for told in (events, own)
    )
    shared = ownership.sharing(groups)
    assert cycles.opening(history, now, shared) == cycles.opening(its_own, now, shared)
    if its_own:
        assert cycles.changed_last(history, shared) == cycles.changed_last(its_own, shared)
    assert _days(history, standard, now, shared) == _days(its_own, standard, now, shared)


def _of(clock: FileClock, owners: frozenset[str]) -> tuple[object, ...]:
    anomalies: list[Anomaly] = [one for one in clock.anomalies if one.source in owners]
    assert all(one.reason == "other_source" for one in clock.anomalies if one.source not in owners)
    return clock.cycles, anomalies, clock.crossed_at, clock.crosses_at


def _days(
    history: cycles.History, standard: str, now: datetime, shared: ownership.Sharing
) -> list[object]:
    accounts = ledger.file_ledger(history, built.standard(standard), built.calendar(), now, shared)
    return [
        (one.number, day.day, day.counted, day.waited, day.total, day.why)
        for one in accounts
        for day in one.days
    ]


@given(st.data(), standards, sharings)
def test_the_events_of_others_are_anomalies_at_every_moment(
    data: st.DataObject, standard: str, groups: Groups
) -> None:
    events, now = data.draw(histories(standard))
    early = min(told.at for told in events)
    history = cycles.history(event_of(told, standard) for told in events)
    shared = ownership.sharing(groups)
    seen = [
        [
            one
            for one in cycles.read_cycles(history, at, shared).anomalies
            if one.reason == "other_source"
        ]
        for at in (delay.NEVER, early, now)
    ]
    assert seen[0] == seen[1] == seen[2]
