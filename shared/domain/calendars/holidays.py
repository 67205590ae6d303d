"""Holidays and the laws that make them: rules of a catalogue turned into dates.

Pure. A rule names a day of the ``holidays`` package or a fixed date, its legal basis, and where it
moves when it falls on a weekend. The package's "observed" days are never used: they add days that
no law makes, and drop two that the law does (rule 12). A holiday that the package has and the
catalogue has not is an error, so that a change of the package cannot change a count unnoticed; so
is a rule without a day, and a day with two rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

import holidays

from shared.domain.calendars.calendar import ONE_DAY, Holiday
from shared.domain.strict_yaml import cited
from shared.text import Text

Move = Literal["stays", "before", "after"]
_SATURDAY, _SUNDAY = 5, 6
_NAMES = "; "
"""The package's separator between the names of two holidays on one day."""


class HolidayRule(NamedTuple):
    """One holiday: by its name in the package, by month and day, or day by day."""

    holiday: Holiday
    package_name: str | None
    month_day: tuple[int, int] | None
    saturday: Move
    sunday: Move
    days: Sequence[date] = ()


class PackageSource(NamedTuple):
    """Arguments of the ``holidays`` package; names are in French, or else in English."""

    country: str
    subdivision: str | None
    categories: Sequence[str]


class HolidayFault(NamedTuple):
    """A fault of the rules, at a key of the calendar."""

    at: tuple[str | int, ...]
    text: Text


class HolidayError(ValueError):
    """Rules without a day, two for one day, or too few for the package; all in ``faults``."""

    def __init__(self, faults: Sequence[HolidayFault]) -> None:
        super().__init__("; ".join(fault.text.en for fault in faults))
        self.faults = tuple(faults)


class _RuleDay(NamedTuple):
    """A holiday on the day its rule names, before it moves."""

    day: date
    rule: int
    move: Move


def holidays_by_law(
    rules: Sequence[HolidayRule], source: PackageSource | None, years: range
) -> dict[date, Holiday]:
    """Every holiday of the years, on the day the law puts it; raises :class:`HolidayError`.

    Holidays that stay on their day come first, so that none moves onto them; the others move in the
    order of the year.
    """
    named = _package_days(source, years) if source else {}
    faults = [*_package_faults(rules, source, named, years), *_date_faults(rules, named, years)]
    if faults:
        raise HolidayError(faults)
    # A day of the year after or before may move into the coverage's first or last week.
    rule_days = sorted(
        _RuleDay(day, number, _move(day, rule))
        for number, rule in enumerate(rules)
        for day in _dates(rule, named, range(years.start - 1, years.stop + 1))
    )
    days: dict[date, list[int]] = defaultdict(list)
    for day, number, move in rule_days:
        if move == "stays":
            days[day].append(number)
    for day, number, move in rule_days:
        if move != "stays":
            days[_free_weekday(day, ONE_DAY if move == "after" else -ONE_DAY, days)] = [number]
    return {
        day: _together([rules[number].holiday for number in sorted(numbers)])
        for day, numbers in sorted(days.items())
        if day.year in years
    }


def _package_days(source: PackageSource, years: range) -> Mapping[str, Sequence[date]]:
    """The days of each name: none in a year, or several; and a day may have several names."""
    try:
        names_of_days = holidays.country_holidays(
            source.country,
            subdiv=source.subdivision,
            years=range(years.start - 1, years.stop + 1),
            observed=False,
            language="fr",
            categories=tuple(source.categories),
        )
    except (NotImplementedError, ValueError):
        raise HolidayError([_unknown_source(source)]) from None
    days: dict[str, list[date]] = defaultdict(list)
    for day, names in sorted(names_of_days.items()):
        for name in names.split(_NAMES):
            days[name].append(day)
    return days


def _unknown_source(source: PackageSource) -> HolidayFault:
    """What of a source the package does not know, and what it knows instead."""
    known = holidays.list_supported_countries(include_aliases=True)
    if source.country not in known:
        text = Text(
            f"le paquet holidays ne connaît pas le pays {cited(source.country)}\u00a0: écrivez son code, tel que CA ou FR",
            f"the holidays package does not know the country {source.country!r}: write its code, such as CA or FR",
        )
        return HolidayFault(("holidays_package", "country"), text)
    subdivisions = ", ".join(known[source.country])
    if source.subdivision is not None and source.subdivision not in known[source.country]:
        text = Text(
            f"le paquet holidays ne connaît pas la subdivision {cited(source.subdivision)} de {source.country}\u00a0; il a\u00a0: {subdivisions or 'aucune'}",
            f"the holidays package does not know the subdivision {source.subdivision!r} of {source.country}; it has: {subdivisions or 'none'}",
        )
        return HolidayFault(("holidays_package", "subdivision"), text)
    categories = ", ".join(holidays.country_holidays(source.country).supported_categories)
    text = Text(
        f"le paquet holidays n’a pas toutes ces catégories pour {source.country}\u00a0; il a\u00a0: {categories}",
        f"the holidays package has not all these categories for {source.country}; it has: {categories}",
    )
    return HolidayFault(("holidays_package", "categories"), text)


def _dates(rule: HolidayRule, named: Mapping[str, Sequence[date]], years: range) -> Sequence[date]:
    """The days a rule names, before any moves."""
    if rule.month_day is not None:
        return [date(year, *rule.month_day) for year in years]
    if rule.package_name is not None:
        return [day for day in named.get(rule.package_name, ()) if day.year in years]
    return rule.days


def _move(day: date, rule: HolidayRule) -> Move:
    moves: Mapping[int, Move] = {_SATURDAY: rule.saturday, _SUNDAY: rule.sunday}
    return moves.get(day.weekday(), "stays")


def _free_weekday(day: date, step: timedelta, taken: Collection[date]) -> date:
    while day.weekday() in (_SATURDAY, _SUNDAY) or day in taken:
        day += step
    return day


def _together(same_day: Sequence[Holiday]) -> Holiday:
    """The holidays that fall on one day, under all their names and laws."""
    if len(same_day) == 1:
        return same_day[0]
    names, laws = (list(dict.fromkeys(texts)) for texts in zip(*same_day, strict=True))
    return Holiday(_listed(names), _listed(laws))


def _listed(texts: Sequence[Text]) -> Text:
    return Text("\u00a0; ".join(one.fr for one in texts), "; ".join(one.en for one in texts))


def _package_faults(
    rules: Sequence[HolidayRule],
    source: PackageSource | None,
    named: Mapping[str, Sequence[date]],
    years: range,
) -> Iterator[HolidayFault]:
    """Names of the package without a rule, and rules without a name of the package."""
    names = {name for name, days in named.items() if any(day.year in years for day in days)}
    unknown = sorted(names - {rule.package_name for rule in rules})
    if unknown:
        listed = ", ".join(unknown)
        text = Text(
            f"le paquet holidays donne des jours qu’aucune règle ne nomme\u00a0: {listed}\u00a0; donnez à chacun une règle et son fondement",
            f"the holidays package gives days that no rule names: {listed}; give each a rule with its legal basis",
        )
        yield HolidayFault(("holidays_package",), text)
    for number, rule in enumerate(rules):
        if rule.package_name is None or rule.package_name in names:
            continue
        at = ("holidays", number, "package_name")
        if source is None:
            text = Text(
                "ce calendrier n’a pas de holidays_package où chercher ce nom",
                "this calendar has no holidays_package to look this name up in",
            )
            yield HolidayFault(at, text)
            continue
        span = f"{years.start}-{years.stop - 1}"
        text = Text(
            f"le paquet holidays n’a aucun jour nommé {cited(rule.package_name)} de {span}\u00a0; il a\u00a0: {', '.join(sorted(names))}",
            f"the holidays package has no day named {rule.package_name!r} in {span}; it has: {', '.join(sorted(names))}",
        )
        yield HolidayFault(at, text)


def _date_faults(
    rules: Sequence[HolidayRule], named: Mapping[str, Sequence[date]], years: range
) -> Iterator[HolidayFault]:
    """Days outside the years of the calendar, and rules for what another rule gives already.

    Feasts of the package that meet on one day, one of them on that day every year, are no fault.
    """
    dates = [_dates(rule, named, years) for rule in rules]
    for number, rule in enumerate(rules):
        for index, day in enumerate(rule.days):
            at = ("holidays", number, "days", index)
            if day.year not in years:
                span = f"{years.start}-{years.stop - 1}"
                text = Text(
                    f"le {day} est hors des années du calendrier, {span}",
                    f"{day} is outside the years of the calendar, {span}",
                )
                yield HolidayFault(at, text)
            elif day in rule.days[:index]:
                yield HolidayFault(at, _duplicate_day(f"{day}", number))
            else:
                for other, other_dates in enumerate(dates):
                    if (
                        other != number
                        and day in other_dates
                        and not (rules[other].days and other > number)
                    ):
                        yield HolidayFault(at, _duplicate_day(f"{day}", other))
                        break
        for other in range(number):
            if not rule.days and _same(rule, rules[other], dates[number], dates[other]):
                key = "package_name" if rule.package_name else "every_year"
                value = rule.package_name or "{:02}-{:02}".format(*rule.month_day or ())
                yield HolidayFault(("holidays", number, key), _duplicate_day(value, other))
                break


def _same(
    one: HolidayRule, other: HolidayRule, days: Sequence[date], others: Sequence[date]
) -> bool:
    """Whether two rules are for one holiday: of one name, or of the same days in every year."""
    if one.package_name and other.package_name:
        return one.package_name == other.package_name
    return not other.days and bool(days) and set(days) == set(others)


def _duplicate_day(text: str, rule: int) -> Text:
    return Text(
        f"holidays.{rule} donne déjà {text}\u00a0: un jour n’a qu’une règle",
        f"holidays.{rule} already gives {text}: a day has one rule",
    )
