"""Movements: what was open at the end of any span follows from what is open now."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.compliance.workload.movement import (
    DayCounts,
    Movement,
    months_until,
    movements,
    weeks_until,
)

TODAY = date(2026, 11, 23)
DAYS = st.integers(0, 120).map(lambda ago: TODAY - timedelta(days=ago))
LIVES = st.lists(st.tuples(DAYS, st.none() | DAYS, st.booleans()), max_size=30)


def test_months_and_weeks_end_with_todays() -> None:
    assert months_until(TODAY, 2) == [
        (date(2026, 10, 1), date(2026, 10, 31)),
        (date(2026, 11, 1), date(2026, 11, 30)),
    ]
    assert months_until(date(2026, 1, 5), 2)[0] == (date(2025, 12, 1), date(2025, 12, 31))
    assert weeks_until(date(2026, 11, 29), 2) == [
        (date(2026, 11, 16), date(2026, 11, 22)),
        (date(2026, 11, 23), date(2026, 11, 29)),
    ]


def test_a_stock_is_counted_back_from_now() -> None:
    october, november = months_until(TODAY, 2)
    counts = DayCounts({october[0]: 9, november[0]: 2}, {november[0]: 4}, {october[0]: 1})
    assert movements([october, november], counts, 12) == [
        Movement(*october, 9, 0, 1, 14),
        Movement(*november, 2, 4, 0, 12),
    ]


@given(LIVES, st.sampled_from((months_until, weeks_until)))
def test_a_stock_is_what_had_come_and_not_gone(
    lives: list[tuple[date, date | None, bool]], spans_until: object
) -> None:
    assert callable(spans_until)
    ended = [(max(begun, end), gone) for begun, end, gone in lives if end is not None]
    received = [begun for begun, _, _ in lives]
    counts = DayCounts(
        {day: received.count(day) for day in received},
        {day: sum(one == (day, False) for one in ended) for day, _ in ended},
        {day: sum(one == (day, True) for one in ended) for day, _ in ended},
    )
    for one in movements(spans_until(TODAY, 5), counts, len(lives) - len(ended)):
        come = sum(day <= one.last for day in received)
        assert one.stock == come - sum(day <= one.last for day, _ in ended)
