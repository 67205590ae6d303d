"""The laws of counting, held on thousands of lives: product against oracle, and the product against itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.domain import cycles
from shared.domain.delay import FileClock
from shared.domain.records import Anomaly, CycleState
from tests.unit.domain.agreement import Case, assert_agreement
from tests.unit.domain.oracle import Told
from tests.unit.domain.oracle_calendar import ONE_DAY, is_business_day, local_day, midnight
from tests.unit.domain.standards import ALL_PROMISES
from tests.unit.domain.strategies import (
    DAY_STANDARDS,
    MICROSECOND,
    cases,
    day_standards,
    minute_standards,
    sharings,
)


def fixed_deadlines(*names: str) -> st.SearchStrategy[str]:
    """Those of the standards whose deadlines do not roll past days off."""
    rolling = {name for name in names for one in ALL_PROMISES[name] if one.roll_forward}
    return st.sampled_from([name for name in names if name not in rolling])


def many(times: int) -> settings:
    """More examples than the profile's, for a law that needs them."""
    return settings(max_examples=settings().max_examples * times)


def states(clock: FileClock) -> list[CycleState]:
    return [cycle.state for cycle in clock.cycles]


@given(cases(day_standards, sharings))
@many(12)
def test_the_clock_is_what_a_day_by_day_count_gives(case: Case) -> None:
    assert_agreement(case)


@given(cases(minute_standards, sharings))
@many(4)
def test_the_clock_is_what_a_stopwatch_gives(case: Case) -> None:
    assert_agreement(case)


@given(cases(groups=sharings))
@many(4)
def test_product_and_oracle_agree_at_the_very_edges_of_every_crossing(case: Case) -> None:
    for _ in range(4):
        crosses_at = case.clock.crosses_at
        if crosses_at is None:
            break
        assert_agreement(case.at(crosses_at - MICROSECOND))
        case = case.at(crosses_at)
        assert_agreement(case)


@given(cases(), st.data())
def test_the_order_of_arrival_and_duplicates_never_matter(case: Case, data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(case.events), max_size=4))
    arrived = data.draw(st.permutations([*case.events, *again]))
    assert case._replace(events=arrived).clock == case.clock


@given(cases(), st.data())
@many(2)
def test_a_history_grows_to_the_same_whatever_came_first(case: Case, data: st.DataObject) -> None:
    left = data.draw(st.permutations(case.history))
    grown: cycles.History = ()
    while left:
        size = data.draw(st.integers(1, len(left)))
        grown, left = cycles.with_events(grown, left[:size]), left[size:]
    assert grown == case.history


@given(cases())
@many(4)
def test_the_ledgers_days_sum_to_the_counter(case: Case) -> None:
    for account, cycle in zip(case.ledger, case.clock.cycles, strict=True):
        assert account.number == cycle.state.number
        assert account.days[-1].total == cycle.counted
        assert round(sum(day.counted for day in account.days), 6) == cycle.counted
        assert round(sum(day.waited for day in account.days), 6) == cycle.waited
        assert account.days[0].day == cycle.state.received_on
        assert account.days[-1].day == (cycle.state.ended_on or local_day(case.now))
        assert all(later.day - day.day == ONE_DAY for day, later in pairwise(account.days))


@given(cases())
@many(2)
def test_the_ledgers_days_of_waiting_are_what_the_stops_removed(case: Case) -> None:
    """No request of these cases begins the count again."""
    for account, cycle in zip(case.ledger, case.clock.cycles, strict=True):
        if cycle.state.gross is None:
            continue
        by_days = account.unit == "business_days"
        removed = sum(
            day.waited
            for day in account.days
            if not by_days or is_business_day(case.calendar, day.day)
        )
        assert round(cycle.state.gross - removed, 6) == cycle.counted
        assert round(sum(stop.removed for stop in cycle.state.stops), 6) == round(removed, 6)


@given(cases())
@many(2)
def test_what_remained_at_the_end_and_what_no_stop_would_have_changed(case: Case) -> None:
    for cycle in case.clock.cycles:
        state = cycle.state
        assert state.remaining == (None if state.ended_on is None else cycle.remaining)
        assert (state.on_time_unstopped is None) == (state.ended_on is None or not state.stops)
        if state.on_time_unstopped:
            assert state.breaches_at is None and state.on_time is not False


@given(cases(fixed_deadlines(*ALL_PROMISES)))
@many(2)
def test_a_file_is_late_exactly_when_more_was_counted_than_allowed(case: Case) -> None:
    for cycle in case.clock.cycles:
        assert (cycle.state.on_time is False) == (cycle.counted > cycle.limit)


@given(cases())
@many(2)
def test_a_file_in_hand_is_late_from_the_instant_told_and_not_before(case: Case) -> None:
    case = case.until_now()
    for cycle in case.clock.cycles[-1:]:
        breaches_at = cycle.state.breaches_at
        if cycle.state.status != "open" or breaches_at is None or breaches_at <= case.now:
            continue
        before = case.at(breaches_at - MICROSECOND).clock.cycles[-1]
        after = case.at(breaches_at).clock.cycles[-1]
        assert (before.state.on_time, after.state.on_time) == (None, False)
        assert (before.state.due_on, after.state.due_on) == (cycle.state.due_on,) * 2


@given(cases(), st.data())
@many(4)
def test_what_happens_once_a_file_is_late_moves_neither_its_deadline_nor_its_breach(
    case: Case, data: st.DataObject
) -> None:
    case = case.until_now()
    last = case.clock.cycles[-1:]
    assume(last and last[0].state.stage == "overdue")
    late = last[0].state
    others = ("documents_requested", "documents_received", "decided", "withdrawn")
    known, now = list(case.events), case.now
    for number in range(data.draw(st.integers(1, 4))):
        now += data.draw(st.sampled_from([1, 30, 60 * 24, 60 * 24 * 9])) * timedelta(minutes=1)
        known.append(Told(data.draw(st.sampled_from(others)), now, f"z{number}", "one"))
        later = case._replace(events=known, now=now).clock.cycles[-1].state
        assert (later.due_on, later.breaches_at) == (late.due_on, late.breaches_at)
        assert later.on_time is False and later.stage in ("overdue", None)
        if later.stage:
            assert later.stage_since == late.stage_since


@given(cases(fixed_deadlines(*DAY_STANDARDS)))
@many(2)
def test_what_is_allowed_is_used_up_at_the_end_of_the_day_it_is_due(case: Case) -> None:
    case = case.until_now()
    for cycle in case.clock.cycles[-1:]:
        due_on = cycle.state.due_on
        if cycle.state.status != "open" or due_on is None or due_on < local_day(case.now):
            continue
        last_moment = midnight(due_on + ONE_DAY) - MICROSECOND
        assert case.at(last_moment).clock.cycles[-1].remaining == 0


@given(cases(), st.data())
@many(2)
def test_a_voided_event_equals_its_absence(case: Case, data: st.DataObject) -> None:
    target = data.draw(st.sampled_from(case.until_now().events))
    void = Told("voided", case.now, "zz", target.source, event_id=target.id)
    voided = case._replace(events=[*case.events, void]).clock
    absent = case._replace(events=[told for told in case.events if told is not target]).clock
    assert voided.cycles == absent.cycles
    assert _of_the_file(voided) == _of_the_file(absent)


def _of_the_file(clock: FileClock) -> list[Anomaly]:
    """Anomalies of events other than voids, which may well name what is gone."""
    return [anomaly for anomaly in clock.anomalies if not anomaly.reason.startswith("voids_")]


@given(cases(), st.data())
def test_a_void_of_a_void_gives_the_event_back(case: Case, data: st.DataObject) -> None:
    case = case._replace(events=[told for told in case.events if told.type != "voided"])
    target = data.draw(st.sampled_from(case.events))
    void = Told("voided", case.now, "zy", target.source, event_id=target.id)
    mistaken = Told("voided", case.now, "zz", target.source, event_id="zy")
    both = case._replace(events=[*case.events, void, mistaken])
    assert both.clock.cycles == case.clock.cycles


@given(cases(), st.floats(0, 1))
@many(6)
def test_nothing_changes_between_two_crossings(case: Case, fraction: float) -> None:
    clock = case.clock
    crossed_at, now = clock.crossed_at, case.now
    ends = now + timedelta(days=400) if clock.crosses_at is None else clock.crosses_at - MICROSECOND
    between = crossed_at if not clock.cycles else crossed_at + fraction * (ends - crossed_at)
    assert crossed_at <= now <= ends
    for moment in (crossed_at, between, ends):
        other = case.at(moment).clock
        assert states(other) == states(clock)
        assert (other.crossed_at, other.crosses_at) == (crossed_at, clock.crosses_at)


@given(cases())
@many(2)
def test_a_crossing_changes_something_and_is_never_undone_in_time(case: Case) -> None:
    clock = case.clock
    assume(clock.crosses_at is not None)
    assert clock.crosses_at is not None
    crossed = case.at(clock.crosses_at).clock
    assert crossed.crossed_at == clock.crosses_at
    if clock.crosses_at not in {told.at for told in case.events}:
        assert states(crossed) != states(clock)


@given(cases())
def test_what_has_not_happened_yet_is_not_known(case: Case) -> None:
    clock, known = case.clock, case.until_now().clock
    assert (clock.cycles, clock.anomalies) == (known.cycles, known.anomalies)


@given(cases(day_standards))
def test_events_of_one_day_may_come_at_any_minute_of_it(case: Case) -> None:
    """Only the day matters to a limit in days: moving everything to the day's first instant counts the same."""
    events = [told for told in case.until_now().events if told.type != "voided"]
    order = [told.id for told in sorted(events, key=lambda told: told.at)]
    moved = [
        replace(told, at=midnight(local_day(told.at)) + order.index(told.id) * MICROSECOND)
        for told in events
    ]
    assume(len({told.at for told in events}) == len(events))
    later, early = (
        [
            (cycle.counted, cycle.waited, cycle.state.due_on, cycle.state.on_time)
            for cycle in case._replace(events=some, now=case.now + ONE_DAY).clock.cycles
        ]
        for some in (events, moved)
    )
    assert later == early
