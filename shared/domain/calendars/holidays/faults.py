"""What is wrong with the holidays of a calendar, at the key to correct.

Pure. A day without a rule, a rule without a day, a day with two rules, a day outside the years. Two
feasts of the package may meet on a day, and one of them a day of every year: that is a coincidence,
and no fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

import holidays

from shared.domain.calendars.holidays.package import PackageDays, PackageSource
from shared.domain.calendars.holidays.recurring_days import EveryYear
from shared.domain.calendars.holidays.rules import EVERY, HolidayRule
from shared.domain.strict_yaml import cited
from shared.text import Text


class HolidayFault(NamedTuple):
    """A fault of the rules, at a key of the calendar."""

    at: tuple[str | int, ...]
    text: Text


class HolidayError(ValueError):
    """Rules without a day, two for one day, or fewer than the package has; ``faults`` has them all."""

    def __init__(self, faults: Sequence[HolidayFault]) -> None:
        super().__init__("; ".join(fault.text.en for fault in faults))
        self.faults = tuple(faults)


def unknown_source(source: PackageSource) -> HolidayFault:
    """What of a source the package does not know, and what it knows instead."""
    known = holidays.list_supported_countries(include_aliases=True)
    if source.country not in known:
        return HolidayFault(
            (*source.at, "country"),
            Text(
                f"le paquet holidays ne connaît pas le pays {cited(source.country)}\u00a0: écrivez son code, tel que CA ou FR",
                f"the holidays package does not know the country {source.country!r}: write its code, such as CA or FR",
            ),
        )
    subdivisions = ", ".join(known[source.country])
    if source.subdivision is not None and source.subdivision not in known[source.country]:
        return HolidayFault(
            (*source.at, "subdivision"),
            Text(
                f"le paquet holidays ne connaît pas la subdivision {cited(source.subdivision)} de {source.country}\u00a0; il a\u00a0: {subdivisions or 'aucune'}",
                f"the holidays package does not know the subdivision {source.subdivision!r} of {source.country}; it has: {subdivisions or 'none'}",
            ),
        )
    categories = ", ".join(holidays.country_holidays(source.country).supported_categories)
    return HolidayFault(
        (*source.at, "categories"),
        Text(
            f"le paquet holidays n’a pas toutes ces catégories pour {source.country}\u00a0; il a\u00a0: {categories}",
            f"the holidays package has not all these categories for {source.country}; it has: {categories}",
        ),
    )


def package_faults(
    rules: Sequence[HolidayRule], packages: Sequence[PackageDays], years: range
) -> Iterator[HolidayFault]:
    """Names of the packages without a rule; rules, and names to ignore, without a name of the packages."""
    written = [rule.package_name for rule in rules if rule.package_name is not None]
    for package in packages:
        source = package.source
        left = [name for name in package.left_by(written) if package.has(name, years)]
        if left and source.unnamed is None:
            yield HolidayFault(source.at, _without_a_rule(left))
        for index, name in enumerate(source.ignore):
            if not package.has(name, years):
                text = _no_such_name(name, [package], years)
                yield HolidayFault((*source.at, "ignore", index), text)
    for number, rule in enumerate(rules):
        if rule.package_name is not None and not rule.dates(packages, years):
            text = _nothing_by_name(rule, rule.package_name, packages, years)
            yield HolidayFault(("holidays", number, "package_name"), text)


def _without_a_rule(names: Sequence[str]) -> Text:
    listed = ", ".join(names)
    return Text(
        f"le paquet holidays donne des jours qu’aucune règle ne nomme\u00a0: {listed}\u00a0; donnez à chacun une règle et son fondement, ou à tous par unnamed, ou écrivez-les sous ignore",
        f"the holidays package gives days that no rule names: {listed}; give each a rule with its legal basis, or all by unnamed, or write them under ignore",
    )


def _nothing_by_name(
    rule: HolidayRule, name: str, packages: Sequence[PackageDays], years: range
) -> Text:
    if not packages:
        return Text(
            "ce calendrier n’a pas de holidays_package où chercher ce nom",
            "this calendar has no holidays_package to look this name up in",
        )
    if rule._replace(years=EVERY).dates(packages, years):
        return without_a_day(years)
    if any(package.ignores(name) for package in packages):
        return Text(
            "ignore écarte ce nom\u00a0: retirez-le de là, ou cette règle",
            "ignore leaves this name out: remove it there, or remove this rule",
        )
    return _no_such_name(name, packages, years)


def _no_such_name(name: str, packages: Sequence[PackageDays], years: range) -> Text:
    known = {one for package in packages for one in package.days if package.has(one, years)}
    listed = ", ".join(sorted(known))
    span = f"{years.start}-{years.stop - 1}"
    return Text(
        f"le paquet holidays n’a aucun jour nommé {cited(name)} de {span}\u00a0; il a\u00a0: {listed}",
        f"the holidays package has no day named {name!r} in {span}; it has: {listed}",
    )


def without_a_day(years: range) -> Text:
    """A rule whose years are not those of the calendar."""
    span = f"{years.start}-{years.stop - 1}"
    return Text(
        f"cette règle ne donne aucun jour dans les années du calendrier, {span}\u00a0: corrigez from et to",
        f"this rule gives no day in the years of the calendar, {span}: correct from and to",
    )


def date_faults(
    rules: Sequence[HolidayRule], packages: Sequence[PackageDays], years: range, *, written: int
) -> Iterator[HolidayFault]:
    """Days outside the years, and days that another rule gives; the first ``written`` rules are the
    catalogue's, the others those of the names without one.
    """
    dates = [set(rule.dates(packages, years)) for rule in rules]
    for number, rule in enumerate(rules[:written]):
        if rule.days:
            yield from _literal_faults(rules, dates, number, years, written)
            continue
        if not dates[number] and rule.package_name is None:
            yield HolidayFault(("holidays", number, rule.key), without_a_day(years))
        for other in [*range(number), *range(written, len(rules))]:
            if common := _common(rule, rules[other], dates[number], dates[other]):
                text = _given_twice(_shown(rule, min(common)), _name(other, written))
                yield HolidayFault(("holidays", number, rule.key), text)
                break


def _literal_faults(
    rules: Sequence[HolidayRule],
    dates: Sequence[set[date]],
    number: int,
    years: range,
    written: int,
) -> Iterator[HolidayFault]:
    rule = rules[number]
    for index, day in enumerate(rule.days):
        at = ("holidays", number, "days", index)
        if day.year not in years:
            yield HolidayFault(at, outside(day, years))
        elif day.year not in rule.years:
            yield HolidayFault(
                at,
                Text(
                    f"le {day} est hors des années que disent from et to",
                    f"{day} is outside the years that from and to say",
                ),
            )
        elif day in rule.days[:index]:
            yield HolidayFault(
                at, Text(f"le {day} figure déjà dans cette liste", f"{day} is in this list already")
            )
        else:
            for other, given in enumerate(dates):
                later = bool(rules[other].days) and other > number
                also = rule.also or rules[other].also
                if day in given and other != number and not later and not also:
                    yield HolidayFault(at, _given_twice(f"{day}", _name(other, written)))
                    break


def outside(day: date, years: range) -> Text:
    """A day outside the coverage."""
    span = f"{years.start}-{years.stop - 1}"
    return Text(
        f"le {day} est hors des années du calendrier, {span}",
        f"{day} is outside the years of the calendar, {span}",
    )


def _common(one: HolidayRule, other: HolidayRule, days: set[date], others: set[date]) -> set[date]:
    """The days that two rules give, where they are for one holiday and neither says ``also``."""
    if one.also or other.also or other.days:
        return set()
    both = days & others
    if one.package_name and other.package_name:
        return both if one.package_name == other.package_name else set()
    if isinstance(one.recurring, EveryYear) and isinstance(other.recurring, EveryYear):
        return both
    within = {day for day in days if day.year in other.years}
    return both if both == within == {day for day in others if day.year in one.years} else set()


def _shown(rule: HolidayRule, day: date) -> str:
    if isinstance(rule.recurring, EveryYear):
        return f"{day:%m-%d}"
    return rule.package_name or f"{day}"


def _name(rule: int, written: int) -> str:
    return f"holidays.{rule}" if rule < written else "holidays_package"


def _given_twice(written: str, rule: str) -> Text:
    return Text(
        f"{rule} donne déjà {written}\u00a0: un jour n’a qu’une règle, à moins que la seconde ne dise also: true",
        f"{rule} already gives {written}: a day has one rule, unless the second says also: true",
    )
