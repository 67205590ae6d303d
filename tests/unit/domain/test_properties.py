"""The laws of counting, held on thousands of lives: product against oracle, and the product against itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.domain import cycles, ownership
from shared.domain.delay import FileClock
from shared.domain.ledger import file_ledger
from shared.domain.records import Anomaly, CycleState
from tests.unit.domain import standards as standards_module
from tests.unit.domain.agreement import SHARED_BY_ALL, assert_agreement, evaluated, event_of
from tests.unit.domain.oracle import Groups, Told
from tests.unit.domain.oracle_calendar import ONE_DAY, local_day, midnight
from tests.unit.domain.standards import ALL_PROMISES
from tests.unit.domain.strategies import (
    DAY_STANDARDS,
    MICROSECOND,
    MINUTE_STANDARDS,
    calendars,
    histories,
    sharings,
    standards,
)


def many(times: int) -> settings:
    """More examples than the profile's, for a law that needs them."""
    return settings(max_examples=settings().max_examples * times)


def states(clock: FileClock) -> list[CycleState]:
    return [cycle.state for cycle in clock.cycles]


@given(st.data(), st.sampled_from(DAY_STANDARDS), calendars, sharings)
@many(12)
def test_the_clock_is_what_a_day_by_day_count_gives(
    data: st.DataObject, standard: str, calendar: str, groups: Groups
) -> None:
    events, now = data.draw(histories(standard))
    assert_agreement(events, standard, now, calendar, groups)


@given(st.data(), st.sampled_from(MINUTE_STANDARDS), calendars, sharings)
@many(4)
def test_the_clock_is_what_a_stopwatch_gives(
    data: st.DataObject, standard: str, calendar: str, groups: Groups
) -> None:
    events, now = data.draw(histories(standard))
    assert_agreement(events, standard, now, calendar, groups)


@given(st.data(), standards, calendars, sharings)
@many(4)
def test_product_and_oracle_agree_at_the_very_edges_of_every_crossing(
    data: st.DataObject, standard: str, calendar: str, groups: Groups
) -> None:
    events, now = data.draw(histories(standard))
    for _ in range(4):
        crosses_at = evaluated(events, standard, now, calendar, groups).crosses_at
        if crosses_at is None:
            break
        assert_agreement(events, standard, crosses_at - MICROSECOND, calendar, groups)
        assert_agreement(events, standard, crosses_at, calendar, groups)
        now = crosses_at


@given(st.data(), standards)
def test_the_order_of_arrival_and_duplicates_never_matter(
    data: st.DataObject, standard: str
) -> None:
    events, now = data.draw(histories(standard))
    again = data.draw(st.lists(st.sampled_from(events), max_size=4))
    arrived = data.draw(st.permutations(events + again))
    assert evaluated(arrived, standard, now) == evaluated(events, standard, now)


@given(st.data(), standards)
@many(2)
def test_a_history_grows_to_the_same_whatever_came_first(
    data: st.DataObject, standard: str
) -> None:
    told, _ = data.draw(histories(standard))
    whole = cycles.history(event_of(event, standard) for event in told)
    left = data.draw(st.permutations(whole))
    grown: cycles.History = ()
    while left:
        size = data.draw(st.integers(1, len(left)))
        grown, left = cycles.with_events(grown, left[:size]), left[size:]
    assert grown == whole


@given(st.data(), standards, calendars)
@many(4)
def test_the_ledgers_days_sum_to_the_counter(
    data: st.DataObject, standard: str, calendar: str
) -> None:
    events, now = data.draw(histories(standard))
    clock = evaluated(events, standard, now, calendar)
    history = cycles.history(event_of(told, standard) for told in events)
    built = standards_module.standard(standard)
    shared = ownership.sharing(SHARED_BY_ALL)
    accounts = file_ledger(history, built, standards_module.calendar(calendar), now, shared)
    assert len(accounts) == len(clock.cycles)
    for account, cycle in zip(accounts, clock.cycles, strict=True):
        assert account.number == cycle.state.number
        assert account.days[-1].total == cycle.counted
        assert round(sum(day.counted for day in account.days), 6) == cycle.counted
        assert round(sum(day.waited for day in account.days), 6) == cycle.waited
        assert account.days[0].day == cycle.state.received_on
        assert account.days[-1].day == (cycle.state.ended_on or local_day(now))
        assert all(later.day - day.day == ONE_DAY for day, later in pairwise(account.days))


@given(st.data(), standards, calendars)
@many(2)
def test_a_file_is_late_exactly_when_more_was_counted_than_allowed(
    data: st.DataObject, standard: str, calendar: str
) -> None:
    assume(not any(promise.roll_forward for promise in ALL_PROMISES[standard]))
    events, now = data.draw(histories(standard))
    for cycle in evaluated(events, standard, now, calendar).cycles:
        assert (cycle.state.on_time is False) == (cycle.counted > cycle.limit)


@given(st.data(), standards, calendars)
@many(2)
def test_a_file_in_hand_is_late_from_the_instant_told_and_not_before(
    data: st.DataObject, standard: str, calendar: str
) -> None:
    events, now = data.draw(histories(standard))
    known = [event for event in events if event.at <= now]
    for cycle in evaluated(known, standard, now, calendar).cycles[-1:]:
        breaches_at = cycle.state.breaches_at
        if cycle.state.status != "open" or breaches_at is None or breaches_at <= now:
            continue
        before = evaluated(known, standard, breaches_at - MICROSECOND, calendar).cycles[-1]
        after = evaluated(known, standard, breaches_at, calendar).cycles[-1]
        assert (before.state.on_time, after.state.on_time) == (None, False)
        assert (before.state.due_on, after.state.due_on) == (cycle.state.due_on,) * 2


@given(st.data(), standards, calendars)
@many(4)
def test_what_happens_once_a_file_is_late_moves_neither_its_deadline_nor_its_breach(
    data: st.DataObject, standard: str, calendar: str
) -> None:
    events, now = data.draw(histories(standard))
    known = [event for event in events if event.at <= now]
    clock = evaluated(known, standard, now, calendar)
    assume(clock.cycles and clock.cycles[-1].state.stage == "overdue")
    late = clock.cycles[-1].state
    others = ("documents_requested", "documents_received", "decided", "withdrawn")
    for number in range(data.draw(st.integers(1, 4))):
        now += data.draw(st.sampled_from([1, 30, 60 * 24, 60 * 24 * 9])) * timedelta(minutes=1)
        known.append(Told(data.draw(st.sampled_from(others)), now, f"z{number}", "one"))
        later = evaluated(known, standard, now, calendar).cycles[-1].state
        assert (later.due_on, later.breaches_at) == (late.due_on, late.breaches_at)
        assert later.on_time is False and later.stage in ("overdue", None)
        if later.stage:
            assert later.stage_since == late.stage_since


@given(st.data(), st.sampled_from(DAY_STANDARDS), calendars)
@many(2)
def test_what_is_allowed_is_used_up_at_the_end_of_the_day_it_is_due(
    data: st.DataObject, standard: str, calendar: str
) -> None:
    assume(not any(promise.roll_forward for promise in ALL_PROMISES[standard]))
    events, now = data.draw(histories(standard))
    known = [event for event in events if event.at <= now]
    for cycle in evaluated(known, standard, now, calendar).cycles[-1:]:
        due_on = cycle.state.due_on
        if cycle.state.status != "open" or due_on is None or due_on < local_day(now):
            continue
        last_moment = midnight(due_on + ONE_DAY) - MICROSECOND
        assert evaluated(known, standard, last_moment, calendar).cycles[-1].remaining == 0


@given(st.data(), standards)
@many(2)
def test_a_voided_event_equals_its_absence(data: st.DataObject, standard: str) -> None:
    events, now = data.draw(histories(standard))
    known = [event for event in events if event.at <= now]
    target = data.draw(st.sampled_from(known))
    void = Told("voided", now, "zz", target.source, event_id=target.id)
    voided = evaluated([*events, void], standard, now)
    absent = evaluated([event for event in events if event is not target], standard, now)
    assert voided.cycles == absent.cycles
    assert _of_the_file(voided) == _of_the_file(absent)


def _of_the_file(clock: FileClock) -> list[Anomaly]:
    """Anomalies of events other than voids, which may well name what is gone."""
    return [anomaly for anomaly in clock.anomalies if not anomaly.reason.startswith("voids_")]


@given(st.data(), standards)
def test_a_void_of_a_void_gives_the_event_back(data: st.DataObject, standard: str) -> None:
    events, now = data.draw(histories(standard))
    events = [event for event in events if event.type != "voided"]
    target = data.draw(st.sampled_from(events))
    void = Told("voided", now, "zy", target.source, event_id=target.id)
    mistaken = Told("voided", now, "zz", target.source, event_id="zy")
    assert (
        evaluated([*events, void, mistaken], standard, now).cycles
        == evaluated(events, standard, now).cycles
    )


@given(st.data(), standards, calendars, st.floats(0, 1))
@many(6)
def test_nothing_changes_between_two_crossings(
    data: st.DataObject, standard: str, calendar: str, fraction: float
) -> None:
    events, now = data.draw(histories(standard))
    clock = evaluated(events, standard, now, calendar)
    ends = now + timedelta(days=400) if clock.crosses_at is None else clock.crosses_at - MICROSECOND
    between = (
        clock.crossed_at
        if not clock.cycles
        else clock.crossed_at + fraction * (ends - clock.crossed_at)
    )
    assert clock.crossed_at <= now <= ends
    for moment in (clock.crossed_at, between, ends):
        other = evaluated(events, standard, moment, calendar)
        assert states(other) == states(clock)
        assert (other.crossed_at, other.crosses_at) == (clock.crossed_at, clock.crosses_at)


@given(st.data(), standards, calendars)
@many(2)
def test_a_crossing_changes_something_and_is_never_undone_in_time(
    data: st.DataObject, standard: str, calendar: str
) -> None:
    events, now = data.draw(histories(standard))
    clock = evaluated(events, standard, now, calendar)
    assume(clock.crosses_at is not None)
    assert clock.crosses_at is not None
    crossed = evaluated(events, standard, clock.crosses_at, calendar)
    assert crossed.crossed_at == clock.crosses_at
    if clock.crosses_at not in {event.at for event in events}:
        assert states(crossed) != states(clock)


@given(st.data(), standards)
def test_what_has_not_happened_yet_is_not_known(data: st.DataObject, standard: str) -> None:
    events, now = data.draw(histories(standard))
    known = [event for event in events if event.at <= now]
    clock, told = (evaluated(some, standard, now) for some in (events, known))
    assert (clock.cycles, clock.anomalies) == (told.cycles, told.anomalies)


@given(st.data(), standards)
def test_events_of_one_day_may_come_at_any_minute_of_it(data: st.DataObject, standard: str) -> None:
    """Only the day matters to a limit in days: moving everything to the day's first instant counts the same."""
    assume(standard in DAY_STANDARDS)
    events, now = data.draw(histories(standard))
    events = [event for event in events if event.at <= now and event.type != "voided"]
    order = [told.id for told in sorted(events, key=lambda told: told.at)]
    moved = [
        replace(told, at=midnight(local_day(told.at)) + order.index(told.id) * MICROSECOND)
        for told in events
    ]
    assume(len({told.at for told in events}) == len(events))
    later = evaluated(events, standard, now + ONE_DAY)
    early = evaluated(moved, standard, now + ONE_DAY)
    told = [(c.counted, c.waited, c.state.due_on, c.state.on_time) for c in later.cycles]
    assert told == [(c.counted, c.waited, c.state.due_on, c.state.on_time) for c in early.cycles]
