"""A history kept beside its bytes is the same whatever came first, and its bytes are those of its events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.clock.histories import EMPTY_HISTORY, of_events, of_stored
from shared.domain.events import Event
from tests.unit.domain.strategies import cases


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Event]]:
    """A file's events in any order, in batches of one or more."""
    left = draw(st.permutations(draw(cases()).history))
    batches = []
    while left:
        size = draw(st.integers(1, len(left)))
        batches.append(left[:size])
        left = left[size:]
    return batches


@given(arrivals())
def test_a_history_that_grows_is_the_one_made_at_once(batches: list[list[Event]]) -> None:
    grown = EMPTY_HISTORY
    for batch in batches:
        grown = grown.with_new(batch)
    at_once = of_events(event for batch in batches for event in batch)
    assert (list(grown.events), grown.stored) == (list(at_once.events), at_once.stored)


@given(arrivals())
def test_a_history_read_back_grows_as_the_one_that_was_stored(batches: list[list[Event]]) -> None:
    grown = EMPTY_HISTORY
    for batch in batches:
        grown = of_stored(grown.stored).with_new(batch)
    at_once = of_events(event for batch in batches for event in batch)
    assert (list(grown.events), grown.stored) == (list(at_once.events), at_once.stored)
