"""What is sure can be counted; and it matters nowhere how the log is cut into batches."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock.evaluator import Evaluator
from services.clock.histories import of_events
from services.clock.tables import clock_files
from shared.domain import cycles
from shared.domain.events import Event
from tests.builders import CATALOGUE, answered, decided, received, requested, revised, voided
from tests.services.world import world

SURE = CATALOGUE.countable_range
EVALUATOR = Evaluator(CATALOGUE)
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
    EVALUATOR.clock(cycles.history(events), now)


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


@pytest.mark.parametrize("batch_records", [1, 10])
async def test_an_uncountable_event_is_refused_even_if_it_was_taken_back_in_the_same_batch(
    batch_records: int, tmp_path: Path
) -> None:
    reception = received("A", "2005-03-02", named="too-early")
    async with world(tmp_path, "2025-05-05", batch_records=batch_records) as known:
        await known.live(
            reception,
            voided("A", "2025-05-01", "too-early"),
            received("A", "2025-05-02"),
        )
        assert [letter.reason for letter in await known.dead_letters()] == ["outside_coverage"]
        (row,) = await rows(known)
        expected = of_events([voided("A", "2025-05-01", "too-early"), received("A", "2025-05-02")])
        assert row.history == expected.stored


async def rows(known: Any) -> Any:
    async with known.embedded.database.reading() as connection:
        return (await connection.execute(clock_files.select())).all()
