"""The model of one standard: what its files' lives tell, whether that is worth showing, and what it says now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from services.compliance.attainment.attainment import Attainment
from services.compliance.forecast.backtest import (
    BUSINESS_DAYS,
    BackTest,
    PastMonth,
    back_test,
    hazards_of,
)
from services.compliance.forecast.hazard import ArrivalRate, Hazards, arrival_rate, hazards, outlook
from services.compliance.forecast.lives import CountedDays, Life
from services.compliance.forecast.reach import Staircase
from services.compliance.forecast.risk import RiskHistory, risk_history
from services.compliance.periods import last_months
from shared.domain.calendars import ONE_DAY, BusinessCalendar, CoverageError

TRIAL_MONTHS: Final = 24
"""Months that the forecast is tried on."""
_CERTAIN: Final = 10


class ChanceInTen(NamedTuple):
    """A chance in whole tenths, 0 and 10 being nearly none and nearly all; and 8 cases in 10 of the attainment."""

    tenths: int
    low: float
    high: float

    @property
    def word(self) -> str:
        """The chance as a word."""
        if self.tenths in (0, _CERTAIN):
            return "very_likely" if self.tenths else "very_unlikely"
        if self.tenths > 6:
            return "likely"
        return "even" if self.tenths > 3 else "unlikely"


class ForecastModel(NamedTuple):
    """Of a standard, as of a morning; ``hazards`` is None where nothing was in hand of late."""

    built_on: date
    target: Fraction
    days: CountedDays
    hazards: Hazards | None
    arrivals: ArrivalRate
    back_test: BackTest
    risks: RiskHistory

    def chance(self, stairs: Staircase) -> ChanceInTen | None:
        """Of reaching the target of a month as it stands.

        None unless the back-test allows to say so, and where nothing is left to say.
        """
        if self.hazards is None or not self.back_test.has_skill or stairs.is_impossible:
            return None
        if not stairs.open and stairs.may_come is not None:
            return None
        morning, last = stairs.today.toordinal(), stairs.period.last.toordinal()
        said = outlook(
            Attainment(stairs.on_time + stairs.late, stairs.on_time, stairs.late),
            {self.left(day, stairs.today): files for day, files in stairs.open_by_day},
            self.hazards,
            stairs.target,
            self.arrivals.until(last, self.days, morning),
        )
        if said is None:
            return None
        spread = self.back_test.dispersion
        return ChanceInTen(round(10 * said.chance(stairs.target, spread)), *said.interval(spread))

    def left(self, due_on: date, today: date) -> int:
        """The counted days left of a file that is due on a day, today included."""
        return self.days.number(due_on.toordinal()) - self.days.number(today.toordinal() - 1)

    def late_chance(self, due_on: date, today: date) -> float | None:
        """How likely a file in time becomes late; None unless the last 60 days allow to say so."""
        return self.late_share(due_on, today) if self.risks.has_skill else None

    def late_share(self, due_on: date, today: date) -> float | None:
        """The same, whatever its record; None where nothing was in hand of late."""
        if self.hazards is None:
            return None
        on_time, late = self.hazards.of(self.left(due_on, today))
        return late / (on_time + late) if on_time + late else 1.0


def build_model(
    lives: Sequence[Life],
    days: CountedDays,
    calendar: BusinessCalendar,
    today: date,
    target: Fraction,
    withdrawn: int,
) -> ForecastModel:
    """From the lives known on a day, by the day received; ``withdrawn`` as :func:`hazards` takes it."""
    morning = today.toordinal()
    received = min((one.received for one in lives), default=morning)
    months = [month for month in trial_months(calendar, today) if received < month.first]
    past = [month for month in months if month.last < morning]
    known = hazards_of(lives, days, months)
    return ForecastModel(
        today,
        target,
        days,
        hazards(lives, days, morning, withdrawn),
        arrival_rate(lives, days, morning),
        back_test(lives, days, target, past, known),
        risk_history(lives, days, months, morning, known),
    )


def trial_months(calendar: BusinessCalendar, today: date) -> Sequence[PastMonth]:
    """The months before today's, and it, with the mornings of their trials."""
    months = []
    for month in last_months(today, TRIAL_MONTHS + 1):
        try:
            mornings = [calendar.advance(month.first - ONE_DAY, day) for day in BUSINESS_DAYS]
        except CoverageError:
            continue
        months.append(
            PastMonth(
                month.first.toordinal(),
                month.last.toordinal(),
                [day.toordinal() for day in mornings if day <= month.last],
            )
        )
    return months
