"""A calendar as a catalogue writes it; ``build_calendar`` computes the table from it once.

Pure. Zone, working weekdays, holidays with their laws, opening hours and coverage are data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Annotated, ClassVar, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from shared.domain.calendars.calendar import BusinessCalendar, Holiday
from shared.domain.calendars.holidays import HolidayRule, Move, PackageSource, holidays_by_law
from shared.domain.calendars.opening_hours import OpeningInterval, WeekOfHours
from shared.domain.strict_yaml import DATE, UnusableValueError, cited
from shared.text import Text, apostrophes, french

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(([01]\d|2[0-3]):([0-5]\d)|24:00)")
_MIDNIGHT = "24:00"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnusableValueError(
            f"{cited(name)} n’est pas un fuseau horaire, tel que America/Toronto",
            f"{name!r} is not a time zone, such as America/Toronto",
        ) from None
    return name


def _interval(text: str) -> str:
    if _INTERVAL.fullmatch(text) is None:
        raise UnusableValueError(
            'écrivez des heures d’ouverture comme "08:00-16:30" ; minuit s’écrit 24:00',
            'write opening hours as "08:00-16:30"; midnight closes as 24:00',
        )
    if text[:5] == text[6:]:
        raise UnusableValueError(
            'ces heures ouvrent et ferment au même moment\u00a0; une journée entière s’écrit "00:00-24:00"',
            'these hours open and close at the same time; a whole day is "00:00-24:00"',
        )
    return text


def _month_day(text: str) -> str:
    try:
        date.fromisoformat(f"2001-{text}")
    except ValueError:
        raise UnusableValueError(
            'écrivez un jour de chaque année comme "12-24" (mois-jour)',
            'write a day of every year as "12-24" (month-day)',
        ) from None
    return text


def _day(text: object) -> object:
    """A date, as YAML reads it or as text; no instant, and no number (pydantic reads seconds)."""
    if isinstance(text, str):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UnusableValueError(*DATE) from None
    if text is None or (isinstance(text, date) and not isinstance(text, datetime)):
        return text
    raise UnusableValueError(*DATE)


Day = Annotated[date, BeforeValidator(_day)]
"""A date and nothing else."""

Zone = Annotated[str, AfterValidator(_known_zone)]
"""A name of the tz database."""


class StrictModel(BaseModel):
    """A frozen model of what people write in YAML; unknown keys are refused.

    ``moved_keys`` are keys of earlier versions, each with what to write instead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    moved_keys: ClassVar[Mapping[str, Text]] = {}


def _set(words: str) -> str:
    return apostrophes(french(words))


class Languages(NamedTuple):
    """The languages that every text of a catalogue is written in, as validation context."""

    codes: Sequence[str]


class BilingualText(StrictModel):
    """Words in French and English, both required.

    In a catalogue of other languages (:class:`Languages`) a text has those; where one of them is
    not French or English, its first language stands for the one that is missing.
    """

    fr: Annotated[str, Field(min_length=1), AfterValidator(_set)]
    en: Annotated[str, Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _in_languages(cls, written: object, info: ValidationInfo) -> object:
        languages = info.context
        if not isinstance(languages, Languages) or not isinstance(written, Mapping):
            return written
        for code in languages.codes:
            if code not in written:
                raise UnusableValueError(
                    f"ce texte manque en {code}\u00a0: écrivez {code}, ou retirez-le de languages",
                    f"this text is missing in {code}: write {code}, or remove it from languages",
                )
        for code in written:
            if code not in languages.codes:
                raise UnusableValueError(
                    f"{code} n’est pas une des languages du catalogue",
                    f"{code} is not one of the languages of the catalogue",
                    at=(str(code),),
                )
        first = written[languages.codes[0]]
        return {"fr": written.get("fr", first), "en": written.get("en", first)}

    def text(self) -> Text:
        return Text(self.fr, self.en)


class HolidayData(StrictModel):
    """One holiday: exactly one of ``package_name`` (its French name there), ``every_year`` or ``days``."""

    name: BilingualText
    law: BilingualText
    package_name: str | None = None
    every_year: Annotated[str, AfterValidator(_month_day)] | None = None
    days: Sequence[Day] = ()
    saturday: Move = "stays"
    sunday: Move = "stays"

    @model_validator(mode="after")
    def _one_way(self) -> HolidayData:
        if [bool(self.package_name), bool(self.every_year), bool(self.days)].count(True) != 1:
            raise UnusableValueError(
                "donnez exactement un de package_name, every_year et days",
                "give exactly one of package_name, every_year and days",
            )
        for key in ("saturday", "sunday"):
            if self.days and key in self.model_fields_set:
                raise UnusableValueError(
                    "les jours écrits un à un sous days ne se déplacent pas\u00a0: retirez cette clé, ou écrivez every_year",
                    "days written one by one do not move: remove this key, or write every_year",
                    at=(key,),
                )
        return self

    def holiday(self) -> Holiday:
        return Holiday(self.name.text(), self.law.text())

    def rule(self) -> HolidayRule:
        month_day = None
        if self.every_year is not None:
            month, day = self.every_year.split("-")
            month_day = int(month), int(day)
        return HolidayRule(
            self.holiday(), self.package_name, month_day, self.saturday, self.sunday, self.days
        )


class PackageData(StrictModel):
    """Arguments of the ``holidays`` package."""

    country: str
    subdivision: str | None = None
    categories: Sequence[str] = ("public",)


class Coverage(StrictModel):
    """The years a calendar knows, both included."""

    first_year: Annotated[int, Field(ge=1970, le=2100)]
    last_year: Annotated[int, Field(ge=1970, le=2100)]

    @model_validator(mode="after")
    def _in_order(self) -> Coverage:
        if self.last_year < self.first_year:
            raise UnusableValueError(
                "last_year ne peut pas précéder first_year",
                "last_year must not be before first_year",
                at=("last_year",),
            )
        return self


Intervals = Sequence[Annotated[str, AfterValidator(_interval)]]


class CalendarData(StrictModel):
    """A calendar as a catalogue writes it."""

    version: str
    name: BilingualText
    zone: Zone
    coverage: Coverage
    working_weekdays: Annotated[Sequence[Weekday], Field(min_length=1)]
    holidays_package: PackageData | None = None
    holidays: Sequence[HolidayData] = ()
    opening_hours: Mapping[str, Mapping[Weekday, Intervals]] = {}


def build_calendar(
    identifier: str, data: CalendarData, others: Mapping[str, BusinessCalendar]
) -> BusinessCalendar:
    """Build the table; raises ``HolidayError`` for rules without a day, or two with the same."""
    years = range(data.coverage.first_year, data.coverage.last_year + 1)
    package = data.holidays_package
    source = (
        PackageSource(package.country, package.subdivision, package.categories) if package else None
    )
    return BusinessCalendar(
        identifier=identifier,
        version=data.version,
        zone=data.zone,
        years=years,
        working_weekdays=[WEEKDAYS.index(name) for name in data.working_weekdays],
        holidays=holidays_by_law([holiday.rule() for holiday in data.holidays], source, years),
        opening_hours={name: _week(week) for name, week in data.opening_hours.items()},
        others=others,
    )


def _week(week: Mapping[Weekday, Intervals]) -> WeekOfHours:
    return {
        WEEKDAYS.index(name): [
            OpeningInterval(
                time.fromisoformat(text[:5]),
                time() if text[6:] == _MIDNIGHT else time.fromisoformat(text[6:]),
            )
            for text in sorted(intervals)
        ]
        for name, intervals in week.items()
    }


def overlapping_hours(week: Mapping[Weekday, Intervals]) -> Iterator[tuple[Weekday, int]]:
    """Opening hours that begin before others have closed, by weekday and index."""
    spans = sorted(
        (opens, opens + length, name, index)
        for name, intervals in week.items()
        for index, text in enumerate(intervals)
        for opens, length in [_minutes_of_week(name, text)]
    )
    closed = spans[-1][1] - _WEEK_MINUTES if spans else 0
    for opens, closes, name, index in spans:
        if opens < closed:
            yield name, index
        closed = max(closed, closes)


_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES


def _minutes_of_week(name: Weekday, text: str) -> tuple[int, int]:
    """When an interval opens, in minutes from Monday 00:00, and for how many minutes."""
    opens, closes = (int(wall[:2]) * 60 + int(wall[3:]) for wall in text.split("-"))
    length = closes - opens if closes > opens else closes - opens + _DAY_MINUTES
    return WEEKDAYS.index(name) * _DAY_MINUTES + opens, length
