"""The model of a standard: it speaks in tenths, and only where its trials allow it."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from services.compliance.attainment.attainment import Attainment
from services.compliance.forecast.backtest import BackTest
from services.compliance.forecast.hazard import ArrivalRate, Hazards
from services.compliance.forecast.lives import CountedDays, Life
from services.compliance.forecast.model import ChanceInTen, ForecastModel, build_model, trial_months
from services.compliance.forecast.reach import Staircase, staircase
from services.compliance.forecast.risk import RiskHistory
from services.compliance.periods import Period
from tests.builders import CATALOGUE
from tests.unit.compliance.forecast.test_backtest import trial

TODAY = date(2026, 11, 9)
DAYS = CountedDays(TODAY.toordinal() - 500, range(1_000))
TARGET = Fraction(4, 5)
SKILL = BackTest([trial(month, 0.82, 0.8 + month / 100) for month in range(6)])
MODEL = ForecastModel(
    TODAY,
    TARGET,
    DAYS,
    Hazards([0, 0.6, 0.9], [1, 0.4, 0.1], 100),
    ArrivalRate(0, 5),
    SKILL,
    RiskHistory({}, 0.2),
)


def month(on_time: int, late: int, due: dict[date, int]) -> Staircase:
    period = Period("2026-11", date(2026, 11, 1), date(2026, 11, 30))
    settled = Attainment(on_time + late, on_time, late)
    return staircase("courriel", None, period, TODAY, TARGET, settled, due)


def test_a_chance_is_said_in_tenths_with_what_holds_in_eight_cases_of_ten() -> None:
    sure = MODEL.chance(month(100, 0, {TODAY: 1}))
    assert sure is not None and (sure.tenths, sure.word) == (10, "very_likely")
    open_files = MODEL.chance(month(80, 20, {TODAY + timedelta(days=1): 10, TODAY: 10}))
    assert open_files is not None and 0 < open_files.tenths < 10
    assert open_files.low < 0.79 < open_files.high


@pytest.mark.parametrize(
    ("tenths", "word"),
    [(0, "very_unlikely"), (2, "unlikely"), (5, "even"), (7, "likely"), (10, "very_likely")],
)
def test_each_tenth_has_its_word(tenths: int, word: str) -> None:
    assert ChanceInTen(tenths, 0, 1).word == word


def test_nothing_is_said_where_the_trials_do_not_allow_it() -> None:
    stairs = month(100, 0, {TODAY: 1})
    assert MODEL._replace(back_test=BackTest(())).chance(stairs) is None
    assert MODEL._replace(hazards=None).chance(stairs) is None
    assert MODEL.chance(month(0, 0, {})) is None


def test_nothing_is_said_of_what_is_settled() -> None:
    assert MODEL.chance(month(1, 9, {TODAY: 1})) is None
    assert MODEL.chance(month(9, 1, {})) is None
    assert MODEL.chance(month(9, 1, {})._replace(may_come=3)) is None
    assert MODEL.chance(month(9, 1, {})._replace(may_come=None)) is not None


def test_the_risk_of_a_file_is_hidden_without_skill() -> None:
    assert MODEL.late_chance(TODAY, TODAY) == pytest.approx(0.4)
    assert MODEL.late_chance(TODAY + timedelta(days=1), TODAY) == pytest.approx(0.1)
    assert MODEL._replace(risks=RiskHistory({}, 0.0)).late_chance(TODAY, TODAY) is None


def test_the_months_tried_are_two_years_and_the_present_one() -> None:
    calendar = CATALOGUE.calendar()
    months = trial_months(calendar, TODAY)
    assert len(months) == 25
    assert date.fromordinal(months[-1].first) == date(2026, 11, 1)
    mornings = [date.fromordinal(morning) for morning in months[-1].mornings]
    assert mornings == [date(2026, 11, 6), date(2026, 11, 13), date(2026, 11, 20)]
    assert date.fromordinal(months[0].last) == date(2024, 11, 30)


def test_a_model_of_nothing_says_nothing() -> None:
    model = build_model([], DAYS, CATALOGUE.calendar(), TODAY, TARGET, 0)
    assert model.hazards is None
    assert model.chance(month(1, 1, {TODAY: 1})) is None
    assert model.late_chance(TODAY, TODAY) is None


def test_only_months_after_the_first_reception_are_tried() -> None:
    first = date(2026, 7, 15).toordinal()
    lives = [Life(first + n, first + n + 3, first + n + 5, on_time=n % 4 > 0) for n in range(110)]
    tested = build_model(lives, DAYS, CATALOGUE.calendar(), TODAY, TARGET, 0).back_test
    assert {date.fromordinal(one.month) for one in tested.trials} == {
        date(2026, 9, 1),
        date(2026, 10, 1),
    }
