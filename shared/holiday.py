"""Which days are holidays, and by which law: rules of a catalogue turned into dates.

Pure. A rule names a day of the ``holidays`` package or a fixed date, its legal basis, and where it moves when it falls on a
weekend. The package's own "observed" days are never taken: they add days that no law gives and drop two that the law gives
(rule 12). A holiday the package knows and the catalogue does not is an error, so that a change in the package is noticed
instead of changing a count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

import holidays

from shared.calendar import ONE_DAY, Holiday

Move = Literal["stays", "before", "after"]
_SATURDAY, _SUNDAY = 5, 6


class HolidayRule(NamedTuple):
    """One holiday of each year: by its name in the package, or by month and day."""

    holiday: Holiday
    package_name: str | None
    month_day: tuple[int, int] | None
    saturday: Move
    sunday: Move


class PackageSource(NamedTuple):
    """What the ``holidays`` package is asked for; names are its French ones."""

    country: str
    subdivision: str | None
    categories: Sequence[str]


class HolidayError(ValueError):
    """The rules and the package disagree about which holidays exist."""


def holidays_by_law(
    rules: Sequence[HolidayRule], source: PackageSource | None, years: range
) -> dict[date, Holiday]:
    """Every holiday of the years, on the day the law puts it."""
    days: dict[date, Holiday] = {}
    named = _package_days(source, years) if source else {}
    unknown = {name for _, name in named} - {rule.package_name for rule in rules}
    if unknown:
        raise HolidayError(
            f"the holidays package gives days that no rule names: {', '.join(sorted(unknown))}; "
            "give each a rule with its legal basis"
        )
    # A day of the year after or before may move into the coverage's first or last week.
    for year in range(years.start - 1, years.stop + 1):
        for rule in rules:
            for day in _dates(rule, named, year):
                moved = _moved(day, rule, days)
                if moved.year in years:
                    days[moved] = rule.holiday
    return days


def _package_days(source: PackageSource, years: range) -> dict[tuple[int, str], date]:
    found = holidays.country_holidays(
        source.country,
        subdiv=source.subdivision,
        years=range(years.start - 1, years.stop + 1),
        observed=False,
        language="fr",
        categories=tuple(source.categories),
    )
    return {(day.year, name): day for day, name in found.items()}


def _dates(rule: HolidayRule, named: dict[tuple[int, str], date], year: int) -> Iterator[date]:
    if rule.month_day is not None:
        yield date(year, *rule.month_day)
        return
    assert rule.package_name is not None
    try:
        yield named[year, rule.package_name]
    except KeyError:
        raise HolidayError(
            f"the holidays package has no day named {rule.package_name!r} in {year}"
        ) from None


def _moved(day: date, rule: HolidayRule, taken: dict[date, Holiday]) -> date:
    """Where a holiday is kept: moved only on a weekend or off a day already taken, and only if its rule says so."""
    move = {_SATURDAY: rule.saturday, _SUNDAY: rule.sunday}.get(day.weekday(), "stays")
    if day in taken and "after" in (rule.saturday, rule.sunday):
        move = "after"
    match move:
        case "stays":
            return day
        case "before":
            return _free_weekday(day, -ONE_DAY, taken)
        case "after":
            return _free_weekday(day, ONE_DAY, taken)


def _free_weekday(day: date, step: timedelta, taken: dict[date, Holiday]) -> date:
    while day.weekday() in (_SATURDAY, _SUNDAY) or day in taken:
        day += step
    return day
