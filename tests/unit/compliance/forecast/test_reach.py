"""What it takes to reach a target: the fewest files, exactly."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance.attainment.attainment import Attainment
from services.compliance.forecast.reach import (
    Pace,
    Staircase,
    burn_down,
    by_week,
    staircase,
    to_decide,
)
from services.compliance.periods import Period


@pytest.mark.parametrize(
    ("on_time", "measured", "late", "target", "needed"),
    [
        (16, 21, 0, "4/5", 4),
        (16, 20, 0, "4/5", 0),
        (0, 0, 0, "4/5", 0),
        (0, 0, 1, "4/5", 4),
        (9, 10, 0, "1", None),
        (10, 10, 0, "1", 0),
        (10, 10, 1, "1", None),
        (8, 9, 1, "9/10", 10),
    ],
)
def test_what_it_takes_is_the_fewest_files(
    on_time: int, measured: int, late: int, target: str, needed: int | None
) -> None:
    decided = Attainment(measured, on_time, measured - on_time)
    assert to_decide(decided, Fraction(target), late=late) == needed
    if needed:
        whole = measured + late
        assert Fraction(on_time + needed, whole + needed) >= Fraction(target)
        assert Fraction(on_time + needed - 1, whole + needed - 1) < Fraction(target)


TODAY = date(2026, 11, 9)
NOVEMBER = Period("2026-11", date(2026, 11, 1), date(2026, 11, 30))
TARGETS = [Fraction(4, 5), Fraction(9, 10), Fraction(1, 2), Fraction(1), Fraction(7, 8)]


def of_november(
    on_time: int, late: int, open_due: dict[date, int], target: Fraction = TARGETS[0]
) -> Staircase:
    settled = Attainment(on_time + late, on_time, late)
    return staircase("courriel", None, NOVEMBER, TODAY, target, settled, open_due)


def test_a_staircase_says_how_many_by_which_day() -> None:
    due = {date(2026, 11, 10): 3, date(2026, 11, 16): 4, date(2026, 11, 30): 5}
    one = of_november(10, 3, due)
    assert (one.known, one.late_allowed, one.late_left, one.needed) == (25, 5, 2, 10)
    assert [step[1:] for step in one.steps] == [(3, 1), (7, 5), (12, 10)]


def test_a_file_due_before_today_and_not_late_is_to_be_decided_today() -> None:
    one = of_november(0, 0, {date(2026, 11, 6): 1, TODAY: 2, date(2026, 10, 30): 7})
    assert one.open_by_day == ((TODAY, 3),)


def test_what_is_due_in_another_period_is_left_out() -> None:
    assert of_november(1, 0, {date(2026, 12, 1): 9}).known == 1


def test_a_target_is_out_of_reach_unless_enough_files_may_still_come() -> None:
    one = of_november(2, 3, {date(2026, 11, 20): 4})
    assert (one.late_left, one.needed, one.needed_of_others) == (-2, 4, 6)
    assert one.is_impossible
    assert one._replace(may_come=5).is_impossible
    assert not one._replace(may_come=6).is_impossible
    assert not one._replace(may_come=None).is_impossible
    assert one._replace(may_come=None, target=Fraction(1)).is_impossible


@given(
    due=st.dictionaries(st.integers(0, 6), st.integers(1, 3), max_size=4),
    on_time=st.integers(0, 8),
    late=st.integers(0, 4),
    target=st.sampled_from(TARGETS),
)
@settings(max_examples=60, deadline=None)
def test_the_staircase_is_the_slowest_schedule_that_reaches_the_target(
    due: dict[int, int], on_time: int, late: int, target: Fraction
) -> None:
    """Every way to decide files or give them up, one by one: which decide the fewest by each day and still reach it."""
    days = {TODAY + timedelta(days=after): files for after, files in due.items()}
    one = of_november(on_time, late, days, target)
    files = [day for day, number in days.items() for _ in range(number)]
    reaching = [
        {
            day: sum(chosen for due_on, chosen in zip(files, way, strict=True) if due_on <= day)
            for day in days
        }
        for way in product((0, 1), repeat=len(files))
        if on_time + sum(way) >= target * (on_time + late + len(files))
    ]
    assert one.is_impossible is not bool(reaching)
    if reaching:
        slowest = {day: min(way[day] for way in reaching) for day in days}
        assert slowest == {step.day: step.needed for step in one.steps}


def test_the_late_budget_burns_down_to_what_is_left() -> None:
    one = of_november(10, 3, {date(2026, 11, 30): 12})
    lines = burn_down(one, {date(2026, 11, 3): 2, date(2026, 11, 6): 1})
    assert [line.left for line in lines] == [5, 5, 3, 3, 3, 2, 2, 2, 2]
    assert lines[-1].left == one.late_left
    assert lines[-1].day == TODAY


def test_a_pace_without_spread_is_sure() -> None:
    assert Pace((10,) * 20).within(5) == (50, 50)
    low, high = Pace((8, 12) * 10).within(5) or (0, 0)
    assert low < 50 < high
    assert Pace((10,) * 19).within(5) is None


def test_a_pace_is_never_below_nothing() -> None:
    assert (Pace((0,) * 19 + (40,)).within(1) or (1, 1))[0] == 0


def test_the_weeks_of_a_staircase_end_with_their_last_step() -> None:
    due = {date(2026, 11, day): 1 for day in (9, 11, 13, 16, 30)}
    assert [step.day.day for step in by_week(of_november(0, 0, due).steps)] == [13, 16, 30]
