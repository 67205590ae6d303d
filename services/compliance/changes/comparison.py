"""A period beside the one before it and the same a year earlier: which days, and what differs.

Pure. While a period goes on, the others are compared to the same point: as many business days of
the catalogue's calendar as have begun in it so far (on the basis ``due``, until yesterday), and all
of a period that has fewer. Rolling days are as many in each. What got worse comes first: by the late
files beyond what the target allows, so that a percentage of three files never leads the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from operator import attrgetter
from typing import NamedTuple

from services.compliance.attainment.attainment import Attainment, measured_days
from services.compliance.periods import Period, is_over, period_before, year_earlier
from services.compliance.projection.corrections import MeasuredBasis
from services.compliance.variation.chance import ChanceVerdict, chance_of
from shared.domain import DayUnit
from shared.domain.calendars import ONE_DAY, BusinessCalendar


class ComparedDays(NamedTuple):
    """A period, and the last of its days that are compared; before its first where none is."""

    period: Period
    last: date

    @property
    def days(self) -> Period:
        return self.period._replace(last=self.last)


class ComparedPeriods(NamedTuple):
    """``year_ago`` is None where it is the period before.

    ``elapsed`` days of ``unit`` of a period that goes on; None where whole periods are compared.
    """

    current: ComparedDays
    before: ComparedDays
    year_ago: ComparedDays | None
    elapsed: int | None = None
    unit: DayUnit = "business_days"

    @property
    def each(self) -> Sequence[ComparedDays]:
        """The current one first."""
        return [one for one in (self.current, self.before, self.year_ago) if one is not None]


def compared_periods(
    period: Period, basis: MeasuredBasis, today: date, calendar: BusinessCalendar
) -> ComparedPeriods:
    """The periods to compare, those before one that goes on up to the same point.

    On Monday 23 November 2026: the 16 business days since the 1st, beside those up to 23 October.
    """
    before, year_ago = period_before(period), year_earlier(period)
    earlier = [before] if year_ago == before else [before, year_ago]
    if is_over(period, today) or period.name.startswith("rolling-"):
        return _compared([(one, one.last) for one in (period, *earlier)])
    last = max(min(measured_days(period, basis, today).last, today), period.first - ONE_DAY)
    if all(calendar.first < one.first for one in (period, *earlier)):
        elapsed = calendar.count(period.first - ONE_DAY, last) if last >= period.first else 0
        days = [(one, _after(one, elapsed, calendar)) for one in earlier]
        return _compared([(period, last), *days])._replace(elapsed=elapsed)
    elapsed = (last - period.first).days + 1
    days = [(one, min(one.last, one.first + timedelta(days=elapsed - 1))) for one in earlier]
    return _compared([(period, last), *days])._replace(elapsed=elapsed, unit="civil_days")


def _compared(days: Sequence[tuple[Period, date]]) -> ComparedPeriods:
    current, before, *others = [ComparedDays(*one) for one in days]
    return ComparedPeriods(current, before, others[0] if others else None)


def _after(period: Period, elapsed: int, calendar: BusinessCalendar) -> date:
    """The day on which so many business days of a period have begun."""
    eve = period.first - ONE_DAY
    return min(period.last, calendar.advance(eve, elapsed)) if elapsed else eve


class PeriodSide(NamedTuple):
    """What a standard and unit came to in one period, beside the target of its terms.

    ``corrections`` are answers about its days that changed after their month had closed.
    """

    attainment: Attainment
    target: Fraction
    corrections: int = 0

    @property
    def late_above(self) -> int:
        """Late files beyond what the target allows of those measured."""
        return max(0, self.attainment.late - self.attainment.late_allowed(self.target))


class Shift(NamedTuple):
    """From an earlier period to the current one: percentage points (None where nothing was measured
    in one), late files beyond the allowance, and what chance makes of it.
    """

    points: Fraction | None
    late_above: int
    chance: ChanceVerdict | None


def shift(earlier: PeriodSide, current: PeriodSide) -> Shift:
    """What became of one side."""
    ratio, earlier_ratio = current.attainment.ratio, earlier.attainment.ratio
    points = None if ratio is None or earlier_ratio is None else 100 * (ratio - earlier_ratio)
    return Shift(
        points,
        current.late_above - earlier.late_above,
        chance_of(current.attainment, earlier.attainment),
    )


class ComparedRow(NamedTuple):
    """One standard and unit (None for all). ``new_terms``: those of the current period are others."""

    standard: str
    unit: str | None
    current: PeriodSide
    before: PeriodSide
    year_ago: PeriodSide | None
    since_before: Shift
    since_year_ago: Shift | None
    new_terms: bool = False

    @property
    def badness(self) -> tuple[int, Fraction, str, str]:
        """What sorts rows, the one that got worse the most first."""
        points, above = self.since_before.points, self.since_before.late_above
        return -above, Fraction(0) if points is None else points, self.standard, self.unit or ""


def compared_row(
    standard: str,
    unit: str | None,
    current: PeriodSide,
    before: PeriodSide,
    year_ago: PeriodSide | None,
    *,
    new_terms: bool = False,
) -> ComparedRow:
    """A row with what became of both earlier sides."""
    since_year_ago = None if year_ago is None else shift(year_ago, current)
    return ComparedRow(
        standard, unit, current, before, year_ago, shift(before, current), since_year_ago, new_terms
    )


class Comparison(NamedTuple):
    """Standards, what got worse first; the units of each follow it in the same order."""

    periods: ComparedPeriods
    basis: MeasuredBasis
    rows: Sequence[ComparedRow]

    @property
    def standards(self) -> Sequence[ComparedRow]:
        return [row for row in self.rows if row.unit is None]

    def units_of(self, standard: str) -> Sequence[ComparedRow]:
        return [row for row in self.rows if row.standard == standard and row.unit is not None]


def in_order(rows: Sequence[ComparedRow]) -> Sequence[ComparedRow]:
    """Each standard before its units; both what got worse first."""
    ranks = {row.standard: row.badness for row in rows if row.unit is None}
    return sorted(rows, key=lambda row: (ranks[row.standard], row.unit is not None, row.badness))


def worst_shifts(comparison: Comparison, most: int) -> Sequence[ComparedRow]:
    """Where it got worse: the units (the standards where none is compared), the worst first.

    Those with more late files beyond the allowance than before; then those whose attainment fell by
    more than chance explains.
    """
    each = [row for row in comparison.rows if row.unit is not None] or comparison.standards
    worse = [row for row in each if _is_worse(row.since_before)]
    return sorted(worse, key=attrgetter("badness"))[:most]


def _is_worse(change: Shift) -> bool:
    if change.late_above > 0:
        return True
    fell = change.points is not None and change.points < 0
    return fell and change.late_above == 0 and change.chance != "explained"
