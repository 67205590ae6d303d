"""Which delays a file is tallied under."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.compliance.projection.delay_tallies import (
    DelayKey,
    delay_cells,
    delay_keys,
    whole_amount,
)
from tests.builders import answered, decided, received, requested, snapshot, withdrawn

DECIDED_ON = date(2025, 5, 9).toordinal()
RECEIVED = received("A", "2025-04-28 10:00")
DECIDED = decided("A", "2025-05-09 10:00")
WAIT = requested("A", "2025-04-29 10:00"), answered("A", "2025-05-06 10:00")


def test_a_file_that_nothing_stopped_is_tallied_once_and_another_by_both_its_counts() -> None:
    place = "caq-etudes", DECIDED_ON, "montreal", "on_time"
    plain = snapshot(RECEIVED, DECIDED, now="2025-05-10")
    assert delay_keys(plain) == [(*place, "both", 9)]
    stopped = snapshot(RECEIVED, *WAIT, DECIDED, now="2025-05-10")
    assert delay_keys(stopped) == [(*place, "net", 4), (*place, "gross", 9)]


def test_a_wait_over_a_weekend_changes_no_count() -> None:
    weekend = requested("A", "2025-05-02 10:00"), answered("A", "2025-05-04 10:00")
    keys = delay_keys(snapshot(RECEIVED, *weekend, DECIDED, now="2025-05-10"))
    assert [key[-2:] for key in keys] == [("both", 9)]


def test_an_open_file_and_a_snapshot_that_says_less_have_no_delay() -> None:
    assert delay_keys(snapshot(RECEIVED, *WAIT, now="2025-05-10")) == []
    plain = snapshot(RECEIVED, DECIDED, now="2025-05-10")
    older = replace(plain, cycles=tuple(replace(one, gross=None) for one in plain.cycles))
    assert delay_keys(older) == []
    assert delay_keys(replace(plain, standard=None)) == []


def test_a_file_that_was_withdrawn_is_tallied_as_one_that_is_left_out() -> None:
    keys = delay_keys(snapshot(RECEIVED, withdrawn("A", "2025-05-09 10:00"), now="2025-05-10"))
    assert [key[3:] for key in keys] == [("left_out", "both", 9)]


def test_a_tally_is_kept_by_month_of_its_unit_and_of_all_and_by_fiscal_year_of_all() -> None:
    key: DelayKey = ("caq-etudes", DECIDED_ON, "montreal", "late", "both", 21)
    month, year = date(2025, 5, 1).toordinal(), date(2025, 4, 1).toordinal()
    assert delay_cells(Counter({key: 3})) == {
        ("month", "caq-etudes", "montreal", month, "late", "both", 21): 3,
        ("month", "caq-etudes", "*", month, "late", "both", 21): 3,
        ("year", "caq-etudes", "*", year, "late", "both", 21): 3,
    }
    assert not delay_cells(Counter({key: 0}))


@pytest.mark.parametrize(
    ("counted", "amount"),
    [(0, 0), (20, 20), (179.000001, 180), (180, 180), (180.000001, 181), (15_000, 15_000),
     (15_000.5, 15_060), (600_001, 601_200)],
)  # fmt: skip
def test_seconds_are_rounded_up(counted: float, amount: int) -> None:
    assert whole_amount(counted) == amount


@given(st.floats(0, 5e6), st.integers(1, 100_000))
def test_a_whole_limit_is_kept_by_the_count_if_it_is_by_the_amount(
    counted: float, limit: int
) -> None:
    amount = whole_amount(counted)
    assert counted <= amount
    if limit <= 15_000 or limit % 3_600 == 0:
        assert (counted <= limit) == (amount <= limit)
