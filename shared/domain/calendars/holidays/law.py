"""Holidays and the laws that make them: the rules of a calendar turned into dates.

Pure. A holiday that the ``holidays`` package has and the catalogue has not is an error, so that a
change of the package cannot change a count unnoticed; so is a rule without a day, and a day with
two rules (``faults``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from typing import NamedTuple

from shared.domain.calendars.calendar import ONE_DAY, HalfDay, Holiday
from shared.domain.calendars.holidays.faults import (
    HolidayError,
    date_faults,
    package_faults,
    unknown_source,
)
from shared.domain.calendars.holidays.package import PackageDays, PackageSource, UnknownSourceError
from shared.domain.calendars.holidays.rules import HolidayRule, Move, free_weekday
from shared.text import Text


class HalfDayRule(NamedTuple):
    """Days on which everything closes early: those of a rule, or the eve of each holiday."""

    rule: HolidayRule
    closes: time
    before_holidays: bool = False


class _NamedDay(NamedTuple):
    """A holiday on the day its rule names, before it moves."""

    day: date
    rule: int
    move: Move


def holidays_by_law(
    rules: Sequence[HolidayRule], sources: Sequence[PackageSource], years: range
) -> dict[date, Holiday]:
    """Every holiday of the years, on the day the law puts it; raises :class:`HolidayError`.

    Holidays that stay on their day come first, so that none moves onto them; the others move in the
    order of the year.
    """
    # A day of the year after or before may move into the coverage's first or last week.
    around = range(years.start - 1, years.stop + 1)
    packages = _packages(sources, around)
    every = [*rules, *_unnamed_rules(rules, packages)]
    faults = [
        *package_faults(rules, packages, years),
        *date_faults(every, packages, years, written=len(rules)),
    ]
    if faults:
        raise HolidayError(faults)
    named = sorted(
        _NamedDay(day, number, rule.move(day))
        for number, rule in enumerate(every)
        for day in rule.dates(packages, around)
    )
    return {
        day: _together([every[number].holiday for number in sorted(numbers)])
        for day, numbers in sorted(_after_moves(named).items())
        if day.year in years
    }


def _after_moves(named: Sequence[_NamedDay]) -> Mapping[date, Sequence[int]]:
    """The rules of each day off."""
    days: dict[date, list[int]] = defaultdict(list)
    for day, rule, move in named:
        if move == "stays":
            days[day].append(rule)
    for day, rule, move in named:
        if move != "stays":
            days[free_weekday(day, move, days)] = [rule]
    return days


def _packages(sources: Sequence[PackageSource], years: range) -> Sequence[PackageDays]:
    packages, faults = [], []
    for source in sources:
        try:
            packages.append(PackageDays(source, years))
        except UnknownSourceError:
            faults.append(unknown_source(source))
    if faults:
        raise HolidayError(faults)
    return packages


def _unnamed_rules(
    rules: Sequence[HolidayRule], packages: Sequence[PackageDays]
) -> Iterator[HolidayRule]:
    """A rule for each name that none of these names, where the law of such is given."""
    written = [rule.package_name for rule in rules if rule.package_name is not None]
    for package in packages:
        law = package.source.unnamed
        if law is not None:
            for name in package.left_by(written):
                yield HolidayRule(Holiday(package.text(name), law), package_name=name)


def half_days(
    rules: Sequence[HalfDayRule], off: Mapping[date, Holiday], years: range
) -> dict[date, HalfDay]:
    """The days that close early, each at the earliest time that a rule gives it; no holiday is one.

    The eve of a holiday is known only within the years.
    """
    days: dict[date, list[HalfDay]] = defaultdict(list)
    for rule, closes, before_holidays in rules:
        eves = [day - ONE_DAY for day in off if day.year in rule.years] if before_holidays else ()
        for day in [*eves, *rule.dates((), years)]:
            move = rule.move(day)
            on = day if move == "stays" else free_weekday(day, move, off)
            if on not in off and on.year in years:
                days[on].append(HalfDay(*rule.holiday, closes))
    return {
        day: HalfDay(*_together([Holiday(one.name, one.law) for one in same_day]), min(closing))
        for day, same_day in sorted(days.items())
        for closing in [[one.closes for one in same_day]]
    }


def _together(same_day: Sequence[Holiday]) -> Holiday:
    """The holidays that fall on one day, under all their names and laws."""
    if len(same_day) == 1:
        return same_day[0]
    names, laws = (list(dict.fromkeys(texts)) for texts in zip(*same_day, strict=True))
    return Holiday(_listed(names), _listed(laws))


def _listed(texts: Sequence[Text]) -> Text:
    return Text("\u00a0; ".join(one.fr for one in texts), "; ".join(one.en for one in texts))
