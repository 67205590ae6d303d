"""Times that were written with different precision take the natural order of events, and no day changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from echeance.importer.event_order import TimeSpan, instants

DAY = datetime(2025, 4, 28, tzinfo=UTC)
RECEIVED, REQUESTED, ANSWERED, DECIDED = range(4)
WIDTHS = [timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)]


def span(minutes: int, width: timedelta, rank: int) -> TimeSpan:
    """A time as written: the beginning of the span of its precision."""
    begins = DAY + (timedelta(minutes=minutes) // width) * width
    return TimeSpan(begins, begins + width, rank)


def day(rank: int) -> TimeSpan:
    return span(0, WIDTHS[0], rank)


def at(hours: int, rank: int) -> TimeSpan:
    return span(60 * hours, WIDTHS[2], rank)


spans = st.builds(span, st.integers(0, 3 * 24 * 60 - 1), st.sampled_from(WIDTHS), st.integers(0, 6))


def test_a_decision_of_the_day_comes_after_the_reception_of_ten_o_clock() -> None:
    received, decided = instants([at(10, RECEIVED), day(DECIDED)])
    assert decided == received == DAY + timedelta(hours=10)  # at one instant, the natural order


def test_a_request_of_the_day_stands_between_what_is_told_to_the_minute() -> None:
    found = instants([at(10, RECEIVED), at(15, ANSWERED), day(REQUESTED)])
    assert found[2] == DAY + timedelta(hours=10)


def test_the_seconds_of_a_minute_are_open_too() -> None:
    precise = TimeSpan(
        DAY + timedelta(hours=10, seconds=30), DAY + timedelta(hours=10, seconds=31), RECEIVED
    )
    assert instants([at(10, DECIDED), precise])[0] == precise.begins


def test_a_true_midnight_stays_where_it_is() -> None:
    midnight = TimeSpan(DAY, DAY + timedelta(seconds=1), DECIDED)
    assert instants([midnight, at(10, RECEIVED)])[0] == DAY


def test_what_was_known_before_counts_as_told_precisely() -> None:
    assert instants([day(DECIDED)], [(DAY + timedelta(hours=9), RECEIVED)]) == [
        DAY + timedelta(hours=9)
    ]


@given(st.lists(spans, max_size=12), st.randoms())
def test_the_order_of_rows_never_matters(rows: list[TimeSpan], random: Random) -> None:
    shuffled = list(range(len(rows)))
    random.shuffle(shuffled)
    found = instants([rows[index] for index in shuffled])
    assert [found[shuffled.index(index)] for index in range(len(rows))] == instants(rows)


@given(st.lists(spans, max_size=12))
def test_every_instant_lies_in_the_span_that_was_written(rows: list[TimeSpan]) -> None:
    for row, instant in zip(rows, instants(rows), strict=True):
        assert row.begins <= instant < row.ends


@given(st.lists(spans, max_size=12))
def test_no_coarser_time_comes_before_a_finer_one_of_its_span_that_precedes_it(
    rows: list[TimeSpan],
) -> None:
    found = instants(rows)
    for coarse, placed in zip(rows, found, strict=True):
        for fine, instant in zip(rows, found, strict=True):
            narrower = fine.ends - fine.begins < coarse.ends - coarse.begins
            if narrower and coarse.begins <= instant < coarse.ends and fine.rank < coarse.rank:
                assert instant <= placed


@given(st.lists(spans, max_size=12), st.sampled_from(WIDTHS))
def test_nothing_moves_where_all_is_equally_precise(rows: list[TimeSpan], width: timedelta) -> None:
    same = [row for row in rows if row.ends - row.begins == width]
    assert instants(same) == [row.begins for row in same]
