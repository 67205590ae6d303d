"""Properties of the wider law: kinds of request, extensions, milestones and hours, over random standards and histories."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain import cycles, delay, remaining
from shared.domain.catalogue import Catalogue, load_catalogue_text
from shared.domain.events import Event
from shared.domain.file_clock import FileCalculator
from tests.builders import members, stored

_CATALOGUE = """
catalogue: wide
revision: 1
name: {{fr: Large, en: Wide}}
organization: {{fr: Corps, en: Body}}
default_calendar: office
calendars:
  office:
    version: "1"
    name: {{fr: Bureau, en: Office}}
    zone: America/Toronto
    coverage: {{first_year: 2020, last_year: 2030}}
    working_weekdays: [monday, tuesday, wednesday, thursday, friday]
    holidays:
      - {{name: {{fr: Un, en: One}}, law: {{fr: Loi, en: Law}}, every_year: 05-01}}
      - {{name: {{fr: Deux, en: Two}}, law: {{fr: Loi, en: Law}}, every_year: 05-13}}
    opening_hours:
      counter:
        monday: ["09:00-12:00", "13:00-17:00"]
        wednesday: ["09:00-12:00"]
        friday: ["22:00-06:00"]
units: {{north: {{name: {{fr: Nord, en: North}}}}, south: {{name: {{fr: Sud, en: South}}}}}}
outcomes: [granted]
reasons: [again]
withdrawals: [duplicate]
milestones: [acknowledged]
requests:
  at-end: {{counts: in_hand_at_end}}
  all-day: {{counts: in_hand_all_day, party: other}}
  any-time: {{counts: in_hand_at_any_time}}
  lapsing: {{lapses_after: {{civil_days: 3}}}}
  lapsing-all-day: {{lapses_after: {{business_days: 2}}, counts: in_hand_all_day}}
  restarting: {{clock: restarts}}
  courtesy: {{clock: runs}}
  once: {{at_most: 1}}
standards:
  permit:
    name: {{fr: Permis, en: Permit}}
    closes_with: {{fr: décision, en: decision}}
    source: {{fr: Loi, en: Law}}
    {passage}
    terms:
      - limit: {limit}
        target_percent: 80
        thresholds: {thresholds}
        extensions: {{more: {{by: {more}, at_most: 2}}, agreed: {{until: given}}}}
        waiting: {{remind_after: {{business_days: 4}}}}
        {received}
        summary: {{fr: Mot, en: Word}}
"""
_LIMITS = {
    "{business_days: 5}": ("{at_risk: 3, critical: 1}", "{business_days: 2}"),
    "{civil_days: 7, roll_forward: true}": ("{at_risk: 3, critical: 1}", "{weeks: 1}"),
    "{weeks: 1}": ("{at_risk: 7, critical: 0}", "{civil_days: 2}"),
    "{months: 1, roll_forward: office}": ("{at_risk: 20, critical: 15}", "{months: 1}"),
    "{hours: 9, opening_hours: counter}": ("{at_risk: 300, critical: 30}", "{minutes: 90}"),
    "{hours: 30, opening_hours: always}": ("{at_risk: 60, critical: 10}", "{hours: 12}"),
}
_RECEIVED = (
    "received_on_day_off: that_day",
    "received_on_day_off: next_business_day",
    "received_outside: {opening_hours: counter, is: next_opening_day}",
)
_PASSAGES = ("review: {days: 5, outcomes: [granted]}", "ends_with: acknowledged")
_KINDS = (
    None, "at-end", "all-day", "any-time", "lapsing", "lapsing-all-day", "restarting", "courtesy", "once",
)  # fmt: skip
_FIRST = datetime(2025, 4, 28, tzinfo=UTC)


@cache
def catalogue(limit: str, received: str, passage: str) -> Catalogue:
    thresholds, more = _LIMITS[limit]
    text = _CATALOGUE.format(
        limit=limit, thresholds=thresholds, more=more, received=received, passage=passage
    )
    return load_catalogue_text(text, "wide.yaml")


catalogues = st.builds(
    catalogue,
    st.sampled_from(list(_LIMITS)),
    st.sampled_from(_RECEIVED),
    st.sampled_from(_PASSAGES),
)
hours = st.integers(0, 24 * 24).map(lambda hour: _FIRST + timedelta(hours=hour))
days = st.integers(0, 60).map(lambda day: str(_FIRST.date() + timedelta(days=day)))
request_ids = st.sampled_from([None, "a", "b"])


def _optional(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}


data = {
    "documents_requested": st.builds(
        _optional, request_id=request_ids, kind=st.sampled_from(_KINDS)
    ),
    "documents_received": st.builds(_optional, request_id=request_ids),
    "extended": st.just({"extension": "more"})
    | st.builds(lambda until: {"extension": "agreed", "until": until}, days),
    "reached": st.just({"milestone": "acknowledged"}),
    "transferred": st.sampled_from([{"unit": "north"}, {"unit": "south"}]),
    "decided": st.just({"outcome": "granted"}),
    "withdrawn": st.sampled_from([{}, {"reason": "duplicate"}]),
    "reopened": st.just({"reason": "again"}),
}
kinds = st.sampled_from(
    ["documents_requested", "documents_received"] * 4
    + ["extended"] * 3
    + ["reached", "transferred", "decided", "withdrawn", "reopened"]
)


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    received_at = draw(hours)
    reception = {"standard": "permit", "unit": "north", "attributes": {}}
    found = [_event("received", received_at, reception, 0)]
    for number in range(draw(st.integers(0, 7))):
        kind = draw(kinds)
        at = received_at + timedelta(hours=draw(st.integers(0, 20 * 24)))
        found.append(_event(kind, at, draw(data[kind]), number + 1))
    return found


def _event(kind: str, at: datetime, content: Any, number: int) -> Event:
    return stored(members(kind, "F", at.isoformat(), content, named=f"e{number}"), at)


@given(catalogues, events(), hours)
def test_the_days_of_the_ledger_sum_to_the_counter(
    built: Catalogue, found: list[Event], now: datetime
) -> None:
    calculator = FileCalculator(built)
    history = cycles.history(found)
    file = calculator.read(history, now)
    for reading in file.of_standards:
        ledgers = calculator.ledgers(history, reading)
        for cycle, ledger in zip(reading.clock.cycles, ledgers, strict=True):
            assert sum(day.counted for day in ledger.days) == cycle.counted
            if reading.standard.terms[0].limit.counts_days:
                assert sum(day.waited for day in ledger.days) == cycle.waited


@given(catalogues, events(), hours)
def test_only_events_and_crossings_change_a_file(
    built: Catalogue, found: list[Event], now: datetime
) -> None:
    calculator = FileCalculator(built)
    history = cycles.history(found)
    clock = calculator.read(history, now).clock
    if clock.crossed_at == delay.NEVER:
        return
    then = calculator.read(history, clock.crossed_at).clock
    assert clock.crossed_at <= now
    assert [one.state for one in then.cycles] == [one.state for one in clock.cycles]
    assert clock.crosses_at is None or clock.crosses_at > now
    if clock.crosses_at is not None:
        later = calculator.read(history, clock.crosses_at).clock
        assert later.crossed_at == clock.crosses_at


@given(catalogues, events(), hours)
def test_what_remains_is_computed_alike_from_the_snapshot(
    built: Catalogue, found: list[Event], now: datetime
) -> None:
    history = cycles.history(found)
    for reading in FileCalculator(built).read(history, now).of_standards:
        rolls = getattr(reading.standard.terms[0].limit, "roll_forward", False)
        for cycle in reading.clock.cycles:
            state = cycle.state
            if rolls and state.on_time is False:
                continue
            left = remaining.remaining_at(state, reading.standard, reading.calendar, now)
            assert left.amount == cycle.remaining


@given(catalogues, events(), hours)
def test_a_cycle_is_late_once_it_counts_more_than_is_allowed(
    built: Catalogue, found: list[Event], now: datetime
) -> None:
    for reading in FileCalculator(built).read(cycles.history(found), now).of_standards:
        for cycle in reading.clock.cycles:
            assert (cycle.state.on_time is False) == (cycle.counted > cycle.limit)
            if cycle.state.on_time is False:
                assert cycle.state.breaches_at is not None
                assert cycle.state.breaches_at <= now
            assert isinstance(cycle.state.received_on, date)
