"""Periods by name: months, quarters, fiscal years, rolling days. Pure.

A fiscal year begins on the day that the catalogue says and has the name of both its years, as
``2026-2027``; one that begins on 1 January has the name of its year, ``2026``. Quarters are those of
the civil year.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple

PERIODS = ("month", "quarter", "fiscal-year", "rolling-30", "rolling-90")
_MONTH = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"([12]\d{3})-Q([1-4])")
_FISCAL_YEAR = re.compile(r"([12]\d{3})-([12]\d{3})")
_ROLLING = re.compile(r"rolling-(30|90)(?:-to-([12]\d{3}-\d{2}-\d{2}))?")
_YEAR = re.compile(r"[12]\d{3}")
_MONTHS_A_YEAR = 12

YearStart = tuple[int, int]
"""The month and day on which fiscal years begin."""

APRIL: YearStart = (4, 1)
_JANUARY: YearStart = (1, 1)


class PeriodError(ValueError):
    """A period was written in no form known here."""


class Period(NamedTuple):
    """Days from ``first`` to ``last``, both included, under the name they were asked by."""

    name: str
    first: date
    last: date


def parse_period(written: str, today: date, year_start: YearStart = APRIL) -> Period:
    """A period by its name (``2026-11``, ``2026-Q4``, ``2026-2027``), or the current of a kind."""
    if parts := _MONTH.fullmatch(written):
        return _month(int(parts[1]), int(parts[2]))
    if parts := _QUARTER.fullmatch(written):
        return _quarter(int(parts[1]), int(parts[2]))
    if year_start == _JANUARY:
        if _YEAR.fullmatch(written):
            return fiscal_year(int(written), year_start)
    elif (parts := _FISCAL_YEAR.fullmatch(written)) and int(parts[2]) == int(parts[1]) + 1:
        return fiscal_year(int(parts[1]), year_start)
    if written == "month":
        return _month(today.year, today.month)
    if written == "quarter":
        return _quarter(today.year, (today.month + 2) // 3)
    if written == "fiscal-year":
        return fiscal_year_of(today, year_start)
    if parts := _ROLLING.fullmatch(written):
        with suppress(ValueError):
            last = date.fromisoformat(parts[2]) if parts[2] else today
            return Period(written, last - timedelta(days=int(parts[1]) - 1), last)
    raise PeriodError(
        f"{written!r} is not a period: write 2026-11, 2026-Q4, {fiscal_year(2026, year_start).name}, "
        f"rolling-30-to-2026-10-31, or one of {', '.join(PERIODS)}"
    )


def fiscal_year(beginning: int, year_start: YearStart = APRIL) -> Period:
    """The one that begins in a year: 1 April of it to 31 March of the next."""
    last = date(beginning + 1, *year_start) - timedelta(days=1)
    name = f"{beginning}" if year_start == _JANUARY else f"{beginning}-{beginning + 1}"
    return Period(name, date(beginning, *year_start), last)


def fiscal_year_of(day: date, year_start: YearStart = APRIL) -> Period:
    """The one that a day is in."""
    return fiscal_year(day.year - ((day.month, day.day) < year_start), year_start)


def last_months(day: date, number: int) -> Sequence[Period]:
    """So many months, the last one that of a day."""
    last = day.year * _MONTHS_A_YEAR + day.month - 1
    return [
        _month(month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1)
        for month in range(last - number + 1, last + 1)
    ]


def period_like(period: Period, day: date) -> Period:
    """The period of the same kind that a day is in; of rolling days, those that end on it."""
    if parts := _ROLLING.fullmatch(period.name):
        return Period(f"rolling-{parts[1]}-to-{day}", day - timedelta(days=int(parts[1]) - 1), day)
    if _QUARTER.fullmatch(period.name):
        return _quarter(day.year, (day.month + 2) // 3)
    if _MONTH.fullmatch(period.name):
        return _month(day.year, day.month)
    return fiscal_year_of(day, (period.first.month, period.first.day))


def period_before(period: Period) -> Period:
    """The one of the same kind that ends on the day before."""
    return period_like(period, period.first - timedelta(days=1))


def year_earlier(period: Period) -> Period:
    """The same period a year before: of rolling days, those to the same date (28 for 29 February)."""
    day = period.last if _ROLLING.fullmatch(period.name) else period.first
    last = monthrange(day.year - 1, day.month)[1]
    return period_like(period, day.replace(year=day.year - 1, day=min(day.day, last)))


def _month(year: int, month: int) -> Period:
    last = date(year, month, monthrange(year, month)[1])
    return Period(f"{year}-{month:02}", date(year, month, 1), last)


def _quarter(year: int, quarter: int) -> Period:
    last_month = quarter * 3
    last = date(year, last_month, monthrange(year, last_month)[1])
    return Period(f"{year}-Q{quarter}", date(year, last_month - 2, 1), last)


def is_over(period: Period, today: date) -> bool:
    """Whether no more can be decided in a period."""
    return period.last < today
