"""Holidays, half days and extra working days as a catalogue writes them.

Pure. ``rule()`` and its like give what ``law`` computes with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import override

from shared.domain.calendars.calendar import Holiday
from shared.domain.calendars.holidays.law import HalfDayRule
from shared.domain.calendars.holidays.package import PackageSource
from shared.domain.calendars.holidays.recurring_days import (
    EasterDays,
    EveryYear,
    MonthDay,
    RecurringDays,
    Side,
    WeekdayNear,
    WeekdayOfMonth,
)
from shared.domain.calendars.holidays.rules import EVERY, HolidayRule, Move
from shared.domain.calendars.values import WEEKDAYS, BilingualText, Day, StrictModel, Weekday
from shared.domain.strict_yaml import UnusableValueError

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_MONTH_DAY = re.compile(r"\d\d-\d\d")
_NTH: Final = (1, 2, 3, 4, "last")
_SIDES: Final[Sequence[Side]] = ("before", "on_or_before", "after", "on_or_after")

_Year = Annotated[int, Field(ge=1900, le=2100)]
_DaysFromEaster = Annotated[int, Field(ge=-80, le=80)]


def _is_month_day(written: str) -> bool:
    try:
        date.fromisoformat(f"2001-{written}")
    except ValueError:
        return False
    return _MONTH_DAY.fullmatch(written) is not None


def _month_day(written: str) -> str:
    if not _is_month_day(written):
        raise UnusableValueError(
            'écrivez un jour de chaque année comme "05-25" (mois-jour)',
            'write a day of every year as "05-25" (month-day)',
        )
    return written


def _days_of_year(written: str) -> str:
    first, _, last = written.partition("/")
    if not _is_month_day(first) or not _is_month_day(last or first) or written.endswith("/"):
        raise UnusableValueError(
            'écrivez un jour de chaque année comme "12-24" (mois-jour), ou du premier au dernier comme "12-25/01-15"',
            'write a day of every year as "12-24" (month-day), or the first to the last as "12-25/01-15"',
        )
    return written


def _nth(written: object) -> object:
    if isinstance(written, bool) or written not in _NTH:
        raise UnusableValueError("écrivez 1, 2, 3, 4 ou last", "write 1, 2, 3, 4 or last")
    return written


def _closing(written: str) -> str:
    if _CLOCK.fullmatch(written) is None or written == "00:00":
        raise UnusableValueError(
            'écrivez l’heure de fermeture comme "12:00" ; un jour entier est une fête',
            'write the time of closing as "12:00"; a whole day is a holiday',
        )
    return written


def _pair(written: str) -> MonthDay:
    month, day = written.split("-")
    return int(month), int(day)


def _is_given(value: object) -> bool:
    """Whether a key says something; Easter Sunday is 0."""
    return value is not None and value is not False and value not in ((), [])


def _listed(ways: Sequence[str], last: str) -> str:
    return f"{', '.join(ways[:-1])} {last} {ways[-1]}"


class WeekdayData(StrictModel):
    """A weekday of every year: the nth of a month, or the one before or after a day."""

    day: Weekday
    nth: Annotated[Literal[1, 2, 3, 4, "last"], BeforeValidator(_nth)] | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    before: Annotated[str, AfterValidator(_month_day)] | None = None
    on_or_before: Annotated[str, AfterValidator(_month_day)] | None = None
    after: Annotated[str, AfterValidator(_month_day)] | None = None
    on_or_after: Annotated[str, AfterValidator(_month_day)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> WeekdayData:
        sides = [side for side in _SIDES if getattr(self, side) is not None]
        of_month = [self.nth, self.month].count(None)
        if (of_month, len(sides)) not in ((0, 0), (2, 1)):
            raise UnusableValueError(
                "donnez nth et month, ou bien exactement un de before, on_or_before, after et on_or_after",
                "give nth and month, or exactly one of before, on_or_before, after and on_or_after",
            )
        return self

    def recurring(self) -> RecurringDays:
        weekday = WEEKDAYS.index(self.day)
        if self.nth is not None and self.month is not None:
            return WeekdayOfMonth(weekday, self.nth, self.month)
        [(side, written)] = [(side, day) for side in _SIDES if (day := getattr(self, side))]
        return WeekdayNear(weekday, side, _pair(written))


class DatedData(StrictModel):
    """What a rule of days has: a name and a law, its days in exactly one way, its years, its moves."""

    ways: ClassVar[Sequence[str]] = ("every_year", "weekday", "easter", "orthodox_easter", "days")

    name: BilingualText
    law: BilingualText
    every_year: Annotated[str, AfterValidator(_days_of_year)] | None = None
    weekday: WeekdayData | None = None
    easter: _DaysFromEaster | None = None
    orthodox_easter: _DaysFromEaster | None = None
    days: Sequence[Day] = ()
    first_year: Annotated[_Year | None, Field(alias="from")] = None
    last_year: Annotated[_Year | None, Field(alias="to")] = None
    saturday: Move = "stays"
    sunday: Move = "stays"

    @model_validator(mode="after")
    def _one_way(self) -> DatedData:
        if sum(_is_given(getattr(self, way)) for way in self.ways) != 1:
            raise UnusableValueError(
                f"donnez exactement un de {_listed(self.ways, 'et')}",
                f"give exactly one of {_listed(self.ways, 'and')}",
            )
        return self

    @model_validator(mode="after")
    def _years_in_order(self) -> DatedData:
        if self.first_year and self.last_year and self.last_year < self.first_year:
            raise UnusableValueError(
                "to ne peut pas précéder from", "to must not be before from", at=("to",)
            )
        return self

    @model_validator(mode="after")
    def _one_day_moves(self) -> DatedData:
        for key in self.model_fields_set & {"saturday", "sunday"}:
            if self.days:
                raise UnusableValueError(
                    "les jours écrits un à un sous days ne se déplacent pas\u00a0: retirez cette clé, ou écrivez every_year",
                    "days written one by one do not move: remove this key, or write every_year",
                    at=(key,),
                )
            if "/" in (self.every_year or ""):
                raise UnusableValueError(
                    "les jours d’une période ne se déplacent pas\u00a0: retirez cette clé",
                    "the days of a period do not move: remove this key",
                    at=(key,),
                )
        return self

    def holiday(self) -> Holiday:
        return Holiday(self.name.text(), self.law.text())

    def rule(self) -> HolidayRule:
        return HolidayRule(
            self.holiday(),
            recurring=self._recurring(),
            days=self.days,
            saturday=self.saturday,
            sunday=self.sunday,
            years=range(self.first_year or EVERY.start, (self.last_year or EVERY.stop - 1) + 1),
        )

    def _recurring(self) -> RecurringDays | None:
        if self.every_year is not None:
            first, _, last = self.every_year.partition("/")
            return EveryYear(_pair(first), _pair(last or first))
        if self.easter is not None:
            return EasterDays(self.easter)
        if self.orthodox_easter is not None:
            return EasterDays(self.orthodox_easter, orthodox=True)
        return self.weekday.recurring() if self.weekday is not None else None


class HolidayData(DatedData):
    """One holiday, which may also be named as in the package."""

    ways = ("package_name", *DatedData.ways)

    package_name: str | None = None
    also: bool = False

    @override
    def rule(self) -> HolidayRule:
        return super().rule()._replace(package_name=self.package_name, also=self.also)


class HalfDayData(DatedData):
    """Days on which everything closes early: eves of the holidays, or days of their own."""

    ways = (*DatedData.ways, "before_holidays")

    closes: Annotated[str, AfterValidator(_closing)]
    before_holidays: bool = False

    @model_validator(mode="after")
    def _eves_stay(self) -> HalfDayData:
        for key in self.model_fields_set & {"saturday", "sunday"}:
            if self.before_holidays:
                raise UnusableValueError(
                    "la veille d’une fête ne se déplace pas\u00a0: retirez cette clé",
                    "the eve of a holiday does not move: remove this key",
                    at=(key,),
                )
        return self

    def half_day_rule(self) -> HalfDayRule:
        return HalfDayRule(self.rule(), time.fromisoformat(self.closes), self.before_holidays)


class ExtraWorkingDays(StrictModel):
    """Days that work although they are of a weekend, or holidays."""

    name: BilingualText
    law: BilingualText
    days: Annotated[Sequence[Day], Field(min_length=1)]

    def holiday(self) -> Holiday:
        return Holiday(self.name.text(), self.law.text())


class Unnamed(StrictModel):
    """The law of the days of the package that no rule names."""

    law: BilingualText


class PackageData(StrictModel):
    """Arguments of the ``holidays`` package, and what becomes of names without a rule."""

    country: str
    subdivision: str | None = None
    categories: Sequence[str] = ("public",)
    ignore: Sequence[str] = ()
    unnamed: Unnamed | None = None

    def source(self, at: Sequence[str | int]) -> PackageSource:
        return PackageSource(
            self.country,
            self.subdivision,
            self.categories,
            self.ignore,
            self.unnamed.law.text() if self.unnamed else None,
            tuple(at),
        )


def _kind_of_packages(written: object) -> str:
    return "[list]" if isinstance(written, list) else "[one]"


Packages = Annotated[
    Annotated[PackageData, Tag("[one]")]
    | Annotated[Sequence[PackageData], Field(min_length=1), Tag("[list]")],
    Discriminator(_kind_of_packages),
]
"""One source of the package, or several united."""
