"""The wider law over random catalogues and files: product against oracle, and the product against itself.

``python -m tests.unit.domain.search`` tries many more by hand.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.domain import delay, remaining
from shared.domain.countable import CountableRange
from tests.unit.domain import wide
from tests.unit.domain.strategies import MICROSECOND
from tests.unit.domain.wide import File

_FEW = 40
"""Each catalogue takes longer to read than a file to count."""
# Of fewer than 24 bits: beyond, Hypothesis prefers small integers.
files = st.builds(wide.file, st.integers(0, _FEW - 1), st.integers(0, 8), st.integers(0, 2**22))


def many(times: int) -> settings:
    """More examples than the profile's, for a law that needs them."""
    return settings(max_examples=settings().max_examples * times)


@given(files)
@many(20)
def test_every_clock_and_every_ledger_is_what_a_day_by_day_count_gives(file: File) -> None:
    wide.assert_agreement(file)


@given(files)
@many(4)
def test_product_and_oracle_agree_at_the_very_edges_of_every_crossing(file: File) -> None:
    for _ in range(4):
        crosses_at = file.reading.clock.crosses_at
        if crosses_at is None:
            break
        wide.assert_agreement(file.at(crosses_at - MICROSECOND))
        file = file.at(crosses_at)
        wide.assert_agreement(file)


@given(files)
@many(4)
def test_only_events_and_crossings_change_a_file(file: File) -> None:
    clock = file.reading.clock
    assert clock.crosses_at is None or clock.crosses_at > file.now
    if clock.crossed_at == delay.NEVER:
        return
    assert clock.crossed_at <= file.now
    then = file.at(clock.crossed_at).reading.clock
    assert [one.state for one in then.cycles] == [one.state for one in clock.cycles]
    if clock.crosses_at is not None:
        assert file.at(clock.crosses_at).reading.clock.crossed_at == clock.crosses_at


@given(files)
@many(4)
def test_what_remains_is_computed_alike_from_the_snapshot(file: File) -> None:
    for reading in file.reading.of_standards:
        for cycle in reading.clock.cycles:
            state = cycle.state
            terms = reading.standard.terms_of(state)
            if getattr(terms.limit, "roll_forward", False) and state.on_time is False:
                continue
            left = remaining.remaining_at(state, reading.standard, reading.calendar, file.now)
            assert round(left.amount, 6) == round(cycle.remaining, 6)


@given(files)
@many(4)
def test_a_cycle_is_late_once_it_counts_more_than_is_allowed(file: File) -> None:
    for reading in file.reading.of_standards:
        for cycle in reading.clock.cycles:
            state = cycle.state
            if not getattr(reading.standard.terms_of(state).limit, "roll_forward", False):
                assert (state.on_time is False) == (cycle.counted > cycle.limit)
            if state.on_time is False:
                assert state.breaches_at is not None
                assert state.breaches_at <= file.now


@given(files)
@many(4)
def test_what_the_stops_removed_is_what_a_cycle_counts_less_than_its_gross(file: File) -> None:
    for reading in file.reading.of_standards:
        for cycle in reading.clock.cycles:
            state = cycle.state
            assert (state.gross is None) == (state.ended_on is None)
            assert all(stop.removed >= 0 for stop in state.stops)
            if state.gross is not None:
                removed = sum(stop.removed for stop in state.stops)
                assert round(state.gross - removed, 6) == state.counted


@given(files, st.sampled_from(["first", "last"]), st.integers(-3, 60), st.integers(0, 40))
@many(2)
def test_what_the_countable_range_covers_is_counted(
    file: File, end: str, days: int, after: int
) -> None:
    sure = file.wide.catalogue.countable_range
    file = _moved_to(file, end, days, sure)
    history = [event for event in file.history if sure.covers([event], sure.first)]
    now = min(sure.last, file.now + timedelta(days=after))
    assume(history)
    assert sure.covers(history, now)
    reading = file.calculator.read(history, now)
    for one in reading.of_standards:
        file.calculator.ledgers(history, one)


def _moved_to(file: File, end: str, days: int, sure: CountableRange) -> File:
    """The file some days from an end of the range."""
    by = sure.first - file.events[0].at + timedelta(days=days)
    if end == "last":
        by = sure.last - file.now - timedelta(days=days)
    events = [wide.moved(told, by) for told in file.events]
    return file._replace(events=events, now=file.now + by)
