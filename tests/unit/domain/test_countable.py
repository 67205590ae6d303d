"""What lies in the countable range of a catalogue can be counted, whatever else happens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain import cycles, delay
from shared.domain.events import Event, Received
from tests.builders import CATALOGUE, answered, decided, received, requested, revised

SURE = CATALOGUE.countable_range
SPAN = int((SURE.last - SURE.first).total_seconds())


def moments() -> st.SearchStrategy[datetime]:
    """Any sure moment; often the first or the last."""
    near_an_end = st.sampled_from([SURE.first, SURE.last])
    return near_an_end | st.integers(0, SPAN).map(lambda s: SURE.first + timedelta(seconds=s))


@st.composite
def sure_files(draw: st.DrawFn) -> list[Event]:
    standard = draw(st.sampled_from(sorted(CATALOGUE.standards)))
    events = [received("A", draw(moments()).isoformat(), standard=standard)]
    for number, at in enumerate(draw(st.lists(moments(), max_size=4))):
        if draw(st.booleans()):
            kind = draw(st.sampled_from([requested, answered]))
            events.append(kind("A", at.isoformat(), named=f"e-{number}"))
        else:
            events.append(decided("A", at.isoformat(), named=f"e-{number}"))
    return events


@given(sure_files(), moments())
def test_a_file_of_sure_events_can_be_counted_at_any_sure_moment(
    events: list[Event], now: datetime
) -> None:
    assert SURE.covers(events, now)
    assert isinstance(events[0], Received)
    standard = CATALOGUE.standards[events[0].data.standard]
    delay.evaluate(cycles.history(events), standard, CATALOGUE.calendar_of(standard), now)


def test_the_calendar_s_last_years_are_not_sure_but_those_before_are() -> None:
    assert (SURE.first.date(), SURE.last.date()) == (date(2010, 3, 15), date(2050, 5, 25))
    assert not SURE.covers([received("A", "2050-06-01")], datetime(2026, 1, 1, tzinfo=UTC))
    assert not SURE.covers([received("A", "2010-01-04")], datetime(2026, 1, 1, tzinfo=UTC))


def test_an_unknown_standard_is_not_sure() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert not SURE.covers([received("A", "2025-01-06", standard="gone")], now)
    assert SURE.covers([received("A", "2025-01-06"), requested("A", "2025-01-07")], now)


def test_nothing_is_sure_where_a_limit_is_longer_than_the_calendar() -> None:
    long = ("limit: {business_days: 20}", "limit: {business_days: 10000}")
    past = [received("A", "2010-06-01")]
    assert revised(2, long).countable_range.covers(past, past[0].time)
    short = revised(2, long, ("last_year: 2050", "last_year: 2040")).countable_range
    assert not short.covers(past, past[0].time)
