"""Two years of the demo's ministry are plausible and keep to the catalogue's words."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise, takewhile
from typing import NamedTuple, TypeVar

import pytest

from echeance.demo.ministry import Arrival, Ministry
from echeance.demo.profiles import PROFILES, SOURCES
from services.ingest.cloudevents import envelope
from shared.domain import cycles, delay, events
from shared.domain.cycles import PLAIN
from shared.domain.events import (
    Decided,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    Received,
    Transferred,
    Voided,
)
from shared.domain.ownership import NOT_SHARED
from tests.builders import CATALOGUE

CALENDAR = CATALOGUE.calendar()
NOW = datetime(2025, 11, 18, 19, 30, tzinfo=UTC)
AFTERWARDS = timedelta(days=400)
FILES = 8_000
FEW_FILES = 6_000
Histories = Mapping[str, cycles.History]
Clocks = Mapping[str, tuple[Received, delay.FileClock]]
Kind = TypeVar("Kind")


class Past(NamedTuple):
    """Everything that arrived by ``now``, as ingest accepts it."""

    arrivals: Sequence[Arrival]
    events: Sequence[Event]
    histories: Histories
    clocks: Clocks

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    def received_at(self, standard: str) -> list[datetime]:
        return [event.time for event in self.of(Received) if event.data.standard == standard]


def ministry(seed: int = 4, *, now: datetime = NOW, files: int = FILES) -> Ministry:
    return Ministry(seed, CATALOGUE, CALENDAR, now, files=files)


def read(arrival: Arrival) -> Event:
    """The event as ingest accepts it at the moment it arrives."""
    rules = envelope.Rules(catalogue=CATALOGUE, now=arrival.recorded_at, sources=SOURCES)
    return envelope.parse_structured(arrival.raw, rules)


def histories_of(known: Iterable[Event]) -> Histories:
    files: defaultdict[str, list[Event]] = defaultdict(list)
    for event in known:
        files[event.file_id].append(event)
    return {file_id: cycles.history(story) for file_id, story in files.items()}


def clocks_of(histories: Histories, now: datetime) -> Clocks:
    """The opening and the clock of every file whose reception is known."""
    found = {}
    for file_id, history in histories.items():
        opening = cycles.read_cycles(history, now, NOT_SHARED, lambda _: PLAIN).opening
        if opening is not None:
            standard = CATALOGUE.standards[opening.data.standard]
            found[file_id] = opening, delay.evaluate(history, standard, CALENDAR, now)
    return found


@cache
def past_at(now: datetime) -> Past:
    arrivals = tuple(ministry(now=now).past())
    known = [read(arrival) for arrival in arrivals]
    histories = histories_of(known)
    return Past(arrivals, known, histories, clocks_of(histories, now))


@pytest.fixture
def past() -> Past:
    return past_at(NOW)


@cache
def past_and_live() -> tuple[Sequence[Arrival], Sequence[Arrival]]:
    """Two years of a smaller ministry, and the traffic that follows."""
    whole = ministry(2, files=FEW_FILES)
    past = tuple(whole.past())
    until = NOW + AFTERWARDS
    return past, tuple(takewhile(lambda arrival: arrival.recorded_at <= until, whole.live()))


def attainment(clocks: Clocks, *, after: date, through: date = date.max) -> Mapping[str, float]:
    """The share on time of what was decided in a period, in percent, by standard."""
    tally: defaultdict[str, list[bool]] = defaultdict(list)
    for opening, clock in clocks.values():
        for state in (cycle.state for cycle in clock.cycles if cycle.state.measured):
            if state.ended_on is not None and after < state.ended_on <= through:
                tally[opening.data.standard].append(bool(state.on_time))
    return {standard: 100 * sum(verdicts) / len(verdicts) for standard, verdicts in tally.items()}


def test_two_years_hold_about_the_files_asked_for_of_every_commitment_and_unit(past: Past) -> None:
    received = past.of(Received)
    assert 0.85 * FILES < len({event.file_id for event in received}) < 1.15 * FILES
    assert {event.data.standard for event in received} == set(CATALOGUE.standards)
    assert {event.data.unit for event in received} == set(CATALOGUE.units)
    assert timedelta(days=725) < NOW - min(event.time for event in received) < timedelta(days=736)


def test_telephone_and_electronic_mail_are_many_and_the_experience_programme_is_small(
    past: Past,
) -> None:
    volumes = Counter(event.data.standard for event in past.of(Received))
    assert {standard for standard, _ in volumes.most_common(3)} >= {"telephone", "courriel"}
    assert volumes["peq"] == min(volumes.values()) > FILES / 240


def test_arrivals_come_in_the_order_they_were_recorded_from_the_past_into_the_live() -> None:
    before, after = past_and_live()
    arrivals = [*before, *after]
    assert all(earlier.recorded_at <= later.recorded_at for earlier, later in pairwise(arrivals))
    assert before[-1].recorded_at <= NOW < after[0].recorded_at
    assert all(arrival.recorded_at.utcoffset() == timedelta() for arrival in arrivals)


def test_no_event_arrives_before_it_happened(past: Past) -> None:
    assert all(event.time <= event.recorded_at for event in past.events)


def test_every_time_carries_the_offset_of_the_ministry(past: Past) -> None:
    for arrival in past.arrivals[::50]:
        written = datetime.fromisoformat(json.loads(arrival.raw)["time"])
        assert written.utcoffset() == written.astimezone(CALENDAR.zone).utcoffset()


def test_only_words_of_the_catalogue_are_used(past: Past) -> None:
    for event in past.of(Received):
        for name, word in event.data.attributes.items():
            assert word in CATALOGUE.attributes[name]
    assert {event.data.outcome for event in past.of(Decided)} == set(CATALOGUE.outcomes)
    assert {event.data.reason for event in past.of(events.Reopened)} == set(CATALOGUE.reasons)
    assert not past.of(events.Assigned) and not past.of(events.AllowanceRaised)


def test_identifiers_have_the_shapes_the_events_allow(past: Past) -> None:
    for event in past.events:
        assert events.FILE_ID.fullmatch(event.file_id)
        assert events.EVENT_ID.fullmatch(event.id)
    assert {event.source for event in past.events} == set(SOURCES)


def test_files_are_numbered_by_year_in_the_order_of_reception(past: Past) -> None:
    numbered = sorted(
        (file_id, story[0].time)
        for file_id, story in past.histories.items()
        if file_id.startswith("CAQ-2025") and story[0].id.endswith("/1")
    )
    assert numbered[0][0] == "CAQ-2025-000001"
    assert all(earlier <= later for (_, earlier), (_, later) in pairwise(numbered))


def test_an_identifier_names_one_event_only(past: Past) -> None:
    bodies: dict[tuple[str, str], bytes] = {}
    for arrival, event in zip(past.arrivals, past.events, strict=True):
        assert bodies.setdefault((event.source, event.id), arrival.raw) == arrival.raw


def test_offices_work_on_business_days_and_calls_ring_in_opening_hours(past: Past) -> None:
    second = timedelta(seconds=1)
    for event in past.events:
        if isinstance(event, Decided | DocumentsRequested):
            senseless = event.data == events.RequestData(request_id="R0")
            assert senseless or CALENDAR.is_business_day(CALENDAR.local_day(event.time))
        elif event.id.startswith("TEL") and event.id.endswith("/1"):
            before = event.time - second
            opening = CALENDAR.open_microseconds("contact-centre", before, event.time)
            assert opening == 1_000_000


def test_electronic_mail_arrives_at_night_and_on_days_off_too(past: Past) -> None:
    mail = past.received_at("courriel")
    days_off = sum(not CALENDAR.is_business_day(CALENDAR.local_day(time)) for time in mail)
    nights = sum(time.astimezone(CALENDAR.zone).hour < 6 for time in mail)
    assert 0.05 < days_off / len(mail) < 0.25
    assert 0.01 < nights / len(mail) < 0.15


def test_students_come_in_spring_and_few_come_at_the_end_of_the_year(past: Past) -> None:
    months = Counter(time.month for time in past.received_at("caq-etudes"))
    assert months[5] > 2 * months[2]
    assert months[12] < months[3]


def test_late_and_corrected_events_crowd_in_a_few_weeks(past: Past) -> None:
    late = [event for event in past.events if event.recorded_at - event.time > timedelta(hours=18)]
    copies = len(past.events) - len({(event.source, event.id) for event in past.events})
    assert 0.005 < len(late) / len(past.events) < 0.05
    assert len(past.of(Voided)) > FILES / 480
    assert 0.002 < copies / len(past.events) < 0.02
    weeks = Counter((event.time - timedelta(hours=5)).isocalendar()[:2] for event in late)
    assert sum(count for _, count in weeks.most_common(6)) > len(late) / 2


def test_a_corrected_decision_is_taken_back_and_replaced_by_the_right_one(past: Past) -> None:
    for void in past.of(Voided):
        story = cycles.read_cycles(past.histories[void.file_id], NOW, NOT_SHARED, lambda _: PLAIN)
        (wrong,) = story.voided
        right = story.cycles[-1].ended
        assert isinstance(wrong, Decided) and isinstance(right, Decided)
        assert wrong.id == void.data.event_id
        assert wrong.time < right.time <= void.time
        assert right.data == wrong.data


def test_a_few_files_have_anomalies_and_nothing_else_precedes_its_reception() -> None:
    histories = histories_of(read(arrival) for some in past_and_live() for arrival in some)
    stories = [
        cycles.read_cycles(history, NOW, NOT_SHARED, lambda _: PLAIN)
        for history in histories.values()
        if history[0].time < NOW
    ]
    anomalies = Counter(anomaly.reason for story in stories for anomaly in story.anomalies)
    assert anomalies["before_reception"] > 0
    assert anomalies["already_received"] + anomalies["after_end"] > 0
    assert sum(anomalies.values()) < len(stories) / 100
    for history in (one for one in histories.values() if one[0].time < NOW):
        received_at = next(event.time for event in history if isinstance(event, Received))
        early = [event for event in history if event.time < received_at]
        assert all(isinstance(event, DocumentsRequested) for event in early)


def test_documents_are_asked_up_to_three_times_and_sometimes_two_at_once(past: Past) -> None:
    outstanding = Counter(
        len(spell.outstanding)
        for history in past.histories.values()
        for cycle in cycles.read_cycles(history, NOW, NOT_SHARED, lambda _: PLAIN).cycles
        for spell in cycle.spells
    )
    assert outstanding[1] > outstanding[2] > FILES / 2_400
    asked = Counter(
        sum(isinstance(event, DocumentsRequested) for event in history)
        for history in past.histories.values()
    )
    assert asked[1] > asked[2] > asked[3] > FILES / 2_400


AT_ANY_TIME = pytest.mark.parametrize(
    "now",
    [
        pytest.param(NOW, id="an ordinary afternoon"),
        pytest.param(datetime(2026, 1, 4, 4, tzinfo=UTC), id="a Saturday night after New Year"),
        pytest.param(datetime(2025, 7, 21, 12, 5, tzinfo=UTC), id="a summer Monday before opening"),
        pytest.param(datetime(2024, 6, 24, 16, tzinfo=UTC), id="the National Holiday"),
    ],
)


@AT_ANY_TIME
def test_files_are_open_in_every_stage(now: datetime) -> None:
    states = [clock.cycles[-1].state for _, clock in past_at(now).clocks.values()]
    found = Counter(
        state.stage or "waiting" for state in states if state.status in ("open", "waiting")
    )
    assert set(found) == {"on_track", "at_risk", "critical", "overdue", "waiting"}
    assert min(found.values()) >= FILES / 3_000
    assert sum(found.values()) > FILES / 80


def test_some_commitments_are_kept_some_narrowly_and_some_missed(past: Past) -> None:
    measured = attainment(past.clocks, after=date(2025, 3, 31))
    margins = {
        standard: measured[standard] - float(CATALOGUE.standards[standard].current.target_percent)
        for standard in PROFILES
    }
    assert 3 <= sum(margin < 0 for margin in margins.values()) <= 5
    assert sum(margin > 5 for margin in margins.values()) >= 1
    assert sum(abs(margin) < 5 for margin in margins.values()) >= 3
    assert min(margins.values()) > -20


def test_one_commitment_degrades_over_the_last_months(past: Past) -> None:
    before = attainment(past.clocks, after=date(2024, 8, 17), through=date(2024, 11, 18))
    lately = attainment(past.clocks, after=date(2025, 8, 17))
    assert before["caq-etudes"] - lately["caq-etudes"] > 5


def test_the_files_left_open_by_the_past_are_decided_live_while_new_ones_come() -> None:
    before, after = ([read(arrival) for arrival in some] for some in past_and_live())
    histories = histories_of(before)
    still_open = {
        file_id
        for file_id, (_, clock) in clocks_of(histories, NOW).items()
        if clock.cycles[-1].state.status in ("open", "waiting")
    }
    soon = [event for event in after if event.recorded_at <= NOW + timedelta(days=180)]
    decided = {event.file_id for event in soon if isinstance(event, Decided)}
    assert len(still_open & decided) > 0.8 * len(still_open)
    born = {
        event.file_id for event in soon if isinstance(event, Received) and event.id.endswith("/1")
    }
    assert len(born) > FEW_FILES / 6
    assert len(born & set(histories)) < 20  # only what was received before and recorded late


def test_live_traffic_flows_as_steadily_as_the_past() -> None:
    before, after = past_and_live()
    rate = len(before) / 730
    assert 0.9 < len(after) / (rate * AFTERWARDS.days) < 1.15


@AT_ANY_TIME
def test_no_file_waits_for_its_client_for_ever(now: datetime) -> None:
    waits = []
    for history in past_at(now).histories.values():
        for cycle in cycles.read_cycles(history, now, NOT_SHARED, lambda _: PLAIN).cycles[-1:]:
            if cycle.ended is None and cycle.outstanding:
                spells = takewhile(lambda spell: spell.outstanding, reversed(cycle.spells))
                waits.append(now - min(spell.began for spell in spells))
    assert len(waits) > FILES / 1_200
    assert max(waits) < timedelta(days=95)
    assert sum(wait > timedelta(days=60) for wait in waits) < len(waits) / 5


def requests(history: cycles.History, kind: type[Event]) -> Mapping[str | None, datetime]:
    """When each request for documents was made, or answered."""
    return {
        event.data.request_id: event.time
        for event in history
        if isinstance(event, DocumentsRequested | DocumentsReceived) and isinstance(event, kind)
    }


def test_a_client_who_is_long_in_answering_is_reminded(past: Past) -> None:
    reminded = answered = 0
    for history in past.histories.values():
        asked, came = requests(history, DocumentsRequested), requests(history, DocumentsReceived)
        for request in (one for one in asked if not str(one).endswith("-rappel")):
            time, reminder = asked[request], asked.get(f"{request}-rappel")
            if reminder is not None:
                reminded += 1
                assert timedelta(days=29) < reminder - time < timedelta(days=36)
                answered += request in came
            elif request in came:
                assert came[request] - time < timedelta(days=38)
    assert reminded > FILES / 480 and answered > FILES / 2_400


class Call(NamedTuple):
    rang_at: datetime
    seconds: float
    answered: bool


@pytest.fixture
def calls(past: Past) -> Sequence[Call]:
    """Every call that ended, as its system first reported it."""
    found = []
    for file_id, history in past.histories.items():
        first = {event.id: event for event in reversed(history)}
        ended = first.get(f"{file_id}/2")
        if file_id.startswith("TEL") and ended is not None:
            rang_at = first[f"{file_id}/1"].time
            seconds = (ended.time - rang_at).total_seconds()
            found.append(Call(rang_at, seconds, isinstance(ended, Decided)))
    return found


def test_no_caller_waits_overnight_and_a_call_is_reported_whole(
    past: Past, calls: Sequence[Call]
) -> None:
    assert max(call.seconds for call in calls) < 30 * 60
    for file_id, (_, clock) in past.clocks.items():
        if file_id.startswith("TEL") and clock.cycles[-1].state.ended_on is None:
            assert NOW - past.histories[file_id][0].time < timedelta(hours=1)


def test_callers_are_answered_at_once_or_queue_and_some_give_up(calls: Sequence[Call]) -> None:
    def given_up(some: Sequence[Call]) -> float:
        return sum(not call.answered for call in some) / len(some)

    at_once = [call for call in calls if call.answered and call.seconds <= 20]
    assert 0.2 < len(at_once) / len(calls) < 0.6
    assert 0.03 < given_up(calls) < 0.12
    short = [call for call in calls if call.seconds <= 60]
    long = [call for call in calls if call.seconds > 180]
    assert given_up(short) < given_up(long) / 2
    seconds = Counter(call.seconds for call in calls if call.seconds > 20)
    assert seconds.most_common(1)[0][1] < len(calls) / 50  # no wait that everybody has


def test_the_contact_centre_is_busiest_in_mid_morning_and_early_afternoon(
    calls: Sequence[Call],
) -> None:
    hours = Counter(call.rang_at.astimezone(CALENDAR.zone).hour for call in calls)
    assert set(hours) == set(range(8, 17))
    assert min(hours[10], hours[13]) > 1.2 * hours[12]
    assert hours[10] > 1.2 * hours[8] and hours[13] > 1.2 * hours[15]


def test_decisions_are_taken_back_and_told_late_after_their_month_in_every_half_year(
    past: Past,
) -> None:
    def month(instant: datetime) -> tuple[int, int]:
        day = CALENDAR.local_day(instant)
        return day.year, day.month

    def half(event: Event) -> tuple[int, bool]:
        return event.time.year, event.time.month > 6

    decisions = {(event.source, event.id): event for event in reversed(past.of(Decided))}
    taken_back = Counter(
        half(wrong)
        for void in past.of(Voided)
        for wrong in [decisions[void.source, void.data.event_id]]
        if month(void.recorded_at) > month(wrong.recorded_at)
    )
    late = Counter(
        half(event) for event in past.of(Decided) if month(event.recorded_at) > month(event.time)
    )
    for when in ((2024, False), (2024, True), (2025, False)):
        assert taken_back[when] >= 3 and late[when] >= 3


def test_some_files_go_to_another_unit_while_they_are_dealt_with(past: Past) -> None:
    transfers = past.of(Transferred)
    by_prefix = Counter(event.file_id.partition("-")[0] for event in transfers)
    assert by_prefix.keys() == {"CAQ", "PRTQ", "RFA"}
    for event in transfers:
        opening, clock = past.clocks[event.file_id]
        assert event.data.unit != opening.data.unit
        first = clock.cycles[0].state
        assert first.received_at < event.time
        assert not any(anomaly.event_id == event.id for anomaly in clock.anomalies)
    assert sum(by_prefix.values()) < len(past.histories) / 50
