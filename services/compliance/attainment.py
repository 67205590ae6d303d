"""Attainment: how often a commitment was kept, in a period, on one of two bases.

Pure. ``decided`` counts the cycles decided in the period and is the published figure; ``due`` counts those whose deadline lies in
the period and before today, decided or overdue, so that a file left undecided cannot flatter it (§5 of docs/counting-rules.md).
A period in which nothing was measured has no attainment: neither 0 nor 100 %.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from services.compliance.contributions import MEASURED_LATE
from services.compliance.memberships import MeasuredBasis

PERIODS = ("month", "quarter", "fiscal-year", "rolling-30", "rolling-90")

_MONTH = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"([12]\d{3})-Q([1-4])")
_FISCAL_YEAR = re.compile(r"([12]\d{3})-([12]\d{3})")
_ROLLING = re.compile(r"rolling-(30|90)(?:-to-([12]\d{3}-\d{2}-\d{2}))?")
FISCAL_MONTH = 4
"""In which a fiscal year begins, on the 1st."""


class PeriodError(ValueError):
    """A period was written in no form known here."""


class Period(NamedTuple):
    """Days from ``first`` to ``last``, both included, under the name they were asked by."""

    name: str
    first: date
    last: date


ALL_YEARS = Period("all", date.min, date.max)
"""Whatever is counted; its days are no days to show."""


class Budget(NamedTuple):
    """How many files may be late without missing the target, and how many are: ``committed`` includes those that will be."""

    allowed: int
    used: int
    committed: int

    @property
    def left(self) -> int:
        return self.allowed - self.committed


class Attainment(NamedTuple):
    """Whole files; ``ratio`` is exact, None when nothing was measured."""

    measured: int
    on_time: int
    late: int

    @property
    def ratio(self) -> Fraction | None:
        return Fraction(self.on_time, self.measured) if self.measured else None

    def late_allowed(self, target: Fraction) -> int:
        """How many of the measured files may be late without missing the target."""
        return self.measured * (target.denominator - target.numerator) // target.denominator


def period(written: str, today: date) -> Period:
    """A period by name: ``2026-11``, ``2026-Q4``, ``2026-2027`` (from 1 April), ``rolling-30-to-2026-10-31``, or the current one by its kind."""
    if found := _MONTH.fullmatch(written):
        return _month(int(found[1]), int(found[2]))
    if found := _QUARTER.fullmatch(written):
        return _quarter(int(found[1]), int(found[2]))
    if (found := _FISCAL_YEAR.fullmatch(written)) and int(found[2]) == int(found[1]) + 1:
        return fiscal_year(int(found[1]))
    if written == "month":
        return _month(today.year, today.month)
    if written == "quarter":
        return _quarter(today.year, (today.month + 2) // 3)
    if written == "fiscal-year":
        return fiscal_year(today.year - (today.month < FISCAL_MONTH))
    if found := _ROLLING.fullmatch(written):
        with suppress(ValueError):
            last = date.fromisoformat(found[2]) if found[2] else today
            return Period(written, last - timedelta(days=int(found[1]) - 1), last)
    raise PeriodError(
        f"{written!r} is not a period: write 2026-11, 2026-Q4, 2026-2027, rolling-30-to-2026-10-31, or one of {', '.join(PERIODS)}"
    )


def fiscal_year(beginning: int) -> Period:
    """1 April of a year to 31 March of the next."""
    first = date(beginning, FISCAL_MONTH, 1)
    return Period(f"{beginning}-{beginning + 1}", first, date(beginning + 1, 3, 31))


def _month(year: int, month: int) -> Period:
    last = date(year, month, monthrange(year, month)[1])
    return Period(f"{year}-{month:02}", date(year, month, 1), last)


def _quarter(year: int, quarter: int) -> Period:
    last_month = quarter * 3
    last = date(year, last_month, monthrange(year, last_month)[1])
    return Period(f"{year}-Q{quarter}", date(year, last_month - 2, 1), last)


def measured_days(asked: Period, basis: MeasuredBasis, today: date) -> Period:
    """The days of a period that count on a basis: on ``due``, only those before today."""
    match basis:
        case "decided":
            return asked
        case "due":
            return asked._replace(last=min(asked.last, today - timedelta(days=1)))


def is_over(asked: Period, today: date) -> bool:
    """Whether no more can be decided in a period."""
    return asked.last < today


def attainment(outcomes: Mapping[str, int]) -> Attainment:
    """From files by outcome."""
    on_time = outcomes.get("on_time", 0)
    late = sum([outcomes.get(outcome, 0) for outcome in MEASURED_LATE])
    return Attainment(on_time + late, on_time, late)
