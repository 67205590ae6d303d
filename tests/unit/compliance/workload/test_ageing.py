"""Ages: every file in hand is in one band, and the overdue are among them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.compliance.workload.ageing import AgeBand, age_bands

TODAY = date(2026, 11, 23)
RECEIVED = st.dictionaries(
    st.integers(0, 2_000).map(lambda ago: TODAY - timedelta(days=ago)),
    st.integers(1, 9),
    max_size=9,
)


def age(day: date) -> int:
    return (TODAY - day).days


def test_the_last_day_of_a_band_is_in_it() -> None:
    def ago(days: int) -> date:
        return TODAY - timedelta(days=days)

    bands = age_bands({ago(0): 1, ago(5): 2, ago(6): 4, ago(161): 8}, {ago(161): 3}, age)
    assert bands[:2] == [AgeBand(0, 5, 3, 0), AgeBand(6, 10, 4, 0)]
    assert bands[-1] == AgeBand(161, None, 5, 3)
    assert bands[-1].files == 8


@given(RECEIVED, st.integers(0, 9))
def test_nothing_is_lost_between_bands(received: dict[date, int], late: int) -> None:
    overdue = {day: min(late, files) for day, files in received.items()}
    bands = age_bands(received, overdue, age)
    assert sum(band.files for band in bands) == sum(received.values())
    assert sum(band.overdue for band in bands) == sum(overdue.values())
    assert all(
        one.last is not None and one.last + 1 == other.first for one, other in pairwise(bands)
    )
