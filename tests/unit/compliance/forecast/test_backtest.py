"""The back-test: it sees nothing of what came later, is right by hand, and opens where there is skill only."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from random import Random

import pytest

from bench import forecast as simulation
from services.compliance.attainment.attainment import Attainment
from services.compliance.forecast.backtest import (
    BackTest,
    MonthOnMorning,
    MorningOutlook,
    PastMonth,
    Trial,
    month_on_morning,
    outcome,
    outlook_on,
)
from services.compliance.forecast.hazard import hazards
from services.compliance.forecast.lives import CountedDays, Life, Pause

EVERY_DAY = CountedDays(0, range(2_000))
MONTH = PastMonth(500, 529, (506, 513, 520))
TARGET = Fraction(4, 5)
PROCESSES = {one.name: one for one in simulation.PROCESSES}

SETTLED_AND_OPEN = (
    Life(480, 502, 505, on_time=True, files=3),
    Life(480, 508, 505, on_time=False, files=2),
    Life(490, 515, 512, on_time=False, files=4),
    Life(495, 510, 525, on_time=True, files=5),
    Life(500, None, 540, on_time=False, files=6),
    Life(498, 520, 520, on_time=True, pauses=(Pause(504, 509, 5),), files=7),
)


def test_what_was_known_then_is_what_had_happened() -> None:
    assert month_on_morning(SETTLED_AND_OPEN, EVERY_DAY, 506, 500, 529) == MonthOnMorning(
        Attainment(5, 3, 2), {7: 4, 20: 5}
    )
    assert month_on_morning(SETTLED_AND_OPEN, EVERY_DAY, 513, 500, 529) == MonthOnMorning(
        Attainment(14, 8, 6), {8: 7}
    )


def test_what_came_is_what_was_due_in_the_month() -> None:
    assert outcome(SETTLED_AND_OPEN, 500, 529) == Attainment(21, 15, 6)


def test_nothing_that_happened_later_changes_what_would_have_been_said() -> None:
    """The days after the morning lived again otherwise: decided or not, stopped or not, more files or none."""
    lives, _ = simulation.simulated(PROCESSES["steady, 30 files a month"], 1, 12)
    month = simulation.calendar_months(12)[9]
    for morning in month.mornings:
        chance = Random(morning)
        otherwise = [
            _otherwise(life, morning, chance) if life.is_open(morning) else life
            for life in lives
            if life.received < morning
        ]
        assert otherwise != lives
        assert said(lives, morning, month) == said(otherwise, morning, month)


def said(lives: Sequence[Life], morning: int, month: PastMonth) -> MorningOutlook | None:
    known = hazards(lives, simulation.EVERY_DAY, morning)
    return outlook_on(lives, simulation.EVERY_DAY, morning, month, TARGET, known)


def _otherwise(life: Life, morning: int, chance: Random) -> Life:
    """The same until the morning; another end, after another stop maybe."""
    if life.left(morning, simulation.EVERY_DAY) <= 0:
        return life._replace(ended=chance.choice((None, morning + 5)), on_time=False)
    waited = chance.randrange(9)
    due = life.due + waited
    ended = morning + waited + chance.randrange(20)
    pause = (Pause(morning, morning + waited, waited),) if waited else ()
    return Life(life.received, ended, due, ended <= due, pause, life.files)


@pytest.mark.parametrize(
    ("process", "months", "opens"),
    [("seasons, 300 files a month", 12, True), ("calls, a level for each month", 12, False)],
)
def test_it_opens_where_there_is_skill_and_stays_closed_on_noise(
    process: str, months: int, opens: bool
) -> None:
    small = PROCESSES[process]._replace(files_a_day=4)
    tested, _ = simulation.trials_of(small, 2, months)
    assert tested.is_enough
    assert tested.has_skill is opens


def test_too_few_months_show_nothing() -> None:
    tested, _ = simulation.trials_of(PROCESSES["steady, 30 files a month"], 1, 8)
    assert not tested.is_enough
    assert not tested.has_skill


def test_nothing_tried_says_nothing() -> None:
    empty = BackTest(())
    assert (empty.months, empty.coverage, empty.dispersion, empty.has_skill) == (0, 0, 3, False)


def trial(month: int, expected: float, actual: float) -> Trial:
    """One whose rules are wrong by a tenth, and say a coin's chance."""
    answer = (expected, expected - 0.05, expected + 0.05, float(actual >= 0.8))
    rules = (actual + 0.1, actual - 0.1, 0.5, 0.5, 0.5)
    return Trial(month, month, 5, *answer, *rules, 0.05, actual, actual >= 0.8)


def test_the_scores_are_means_and_a_rule_is_beaten_by_more_than_one_standard_error() -> None:
    good = BackTest([trial(month, 0.82, 0.8 + month / 100) for month in range(6)])
    assert good.error_last_month.forecast == pytest.approx(0.015)
    assert good.error_last_month.rule == pytest.approx(0.1)
    assert (good.brier_base.forecast, good.brier_base.rule) == (0, 0.25)
    assert good.has_skill
    assert good.coverage == 1
    poor = BackTest([trial(month, 0.8 + 0.19 * (month % 2), 0.8) for month in range(6)])
    assert not poor.error_last_month.beats


def test_results_that_were_more_spread_widen_what_is_said() -> None:
    assert BackTest([trial(month, 0.6, 0.8) for month in range(4)]).dispersion == pytest.approx(8.2)
