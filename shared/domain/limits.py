"""Limits: one pair of classes for each kind (business days, civil days and months, opening time).

Pure. A kind is what a catalogue writes (:class:`CatalogueLimit`: unit, words, faults, countable
range, ledger) and the same limit on a calendar, for the cycles received on one day
(``counted_limits``: count, due, following, preceding, allowed). A new kind is a new pair and its
line in ``AnyLimit``; nothing outside matches on kinds. Rules 2, 3, 4, 10, 11 of docs/counting-rules.md.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import override

from shared.domain import ledger_days
from shared.domain.calendars import (
    ALWAYS,
    LONGEST_MONTH_DAYS,
    MICROSECONDS,
    BusinessCalendar,
    BusinessDayLimit,
    CalendarData,
    CivilDayLimit,
    CivilSpan,
    Limit,
    LimitAmount,
    OpeningTimeLimit,
    StrictModel,
    in_seconds,
)
from shared.domain.cycles import Cycle
from shared.domain.ledger_days import CountedPart, Entry
from shared.domain.strict_yaml import WHOLE, UnusableValueError, cited, listed, not_among
from shared.text import Language, Text, formats

_WORD = re.compile(r"^[a-z0-9][a-z0-9-]{0,63}$")
Word = Annotated[str, Field(pattern=_WORD.pattern)]
Count = Annotated[int, WHOLE, Field(ge=1, le=10_000)]
WeekCount = Annotated[int, WHOLE, Field(ge=1, le=1_000)]
MonthCount = Annotated[int, WHOLE, Field(ge=1, le=120)]
SecondCount = Annotated[int, WHOLE, Field(ge=1, le=100_000)]

DayUnit = Literal["business_days", "civil_days"]
LimitUnit = Literal["business_days", "civil_days", "seconds"]
ThresholdUnit = Literal["business_days", "civil_days", "minutes", "seconds"]

_MEAN_MONTH_DAYS = 365.25 / 12
_WEEK_DAYS = 7
_MARGIN_DAYS = 2  # day 0 may be the next business day, and a file is late on the one after its last


_KINDS = ("business_days", "civil_days", "weeks", "months", "seconds", "minutes", "hours")


def _exactly_one(fr: str, en: str) -> tuple[str, str]:
    listed = ", ".join(_KINDS[:-1])
    return (
        f"{fr} est exactement un de {listed} et {_KINDS[-1]}, telle que {{business_days: 20}}",
        f"{en} is exactly one of {listed} and {_KINDS[-1]}, such as {{business_days: 20}}",
    )


class Length(StrictModel):
    """So much time, of exactly one kind."""

    business_days: Count | None = None
    civil_days: Count | None = None
    weeks: WeekCount | None = None
    months: MonthCount | None = None
    seconds: SecondCount | None = None
    minutes: Count | None = None
    hours: Count | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in _KINDS) != 1:
            raise UnusableValueError(*_exactly_one("une durée", "a length"))
        return self

    @property
    def unit(self) -> LimitUnit:
        """In what it is counted."""
        if self.business_days is not None:
            return "business_days"
        days = (self.civil_days, self.weeks, self.months)
        return "civil_days" if any(kind is not None for kind in days) else "seconds"

    @property
    def span(self) -> CivilSpan:
        """Its months and civil days."""
        return CivilSpan(self.months or 0, (self.civil_days or 0) + _WEEK_DAYS * (self.weeks or 0))

    @property
    def whole_seconds(self) -> int:
        return (self.seconds or 0) + 60 * (self.minutes or 0) + 3_600 * (self.hours or 0)

    def in_words(self, spoken: Language) -> str:
        """``30 jours ouvrables``, ``2 weeks``."""
        [(kind, amount)] = [
            (kind, getattr(self, kind)) for kind in _KINDS if getattr(self, kind) is not None
        ]
        return formats.quantity(amount, _WORDS[kind], spoken)

    def last_day(self, calendar: BusinessCalendar, day: date) -> date:
        """The last day of a wait of this length that began on a day; raises ``CoverageError``."""
        if self.business_days is not None:
            return calendar.advance(day, self.business_days)
        return self.span.after(day)


class CatalogueLimit(StrictModel, ABC):
    """A limit as a catalogue writes it."""

    unit: ClassVar[LimitUnit]
    per_unit: ClassVar[int] = 1
    """How much of what is counted makes one unit."""

    @property
    def inside(self) -> str | None:
        """The name of the opening hours that it counts inside, where it does."""
        return None

    @property
    def counts_days(self) -> bool:
        """Whether dates are precise enough: where opening time is counted, times of day matter."""
        return self.unit != "seconds"

    @property
    @abstractmethod
    def length(self) -> float:
        """The limit in its unit; the mean where it depends on the reception."""

    @property
    def threshold_unit(self) -> ThresholdUnit:
        """In what thresholds are written."""
        return "business_days" if self.unit == "business_days" else "civil_days"

    @property
    def per_threshold(self) -> int:
        """How much of what is counted makes one unit of a threshold."""
        return 1

    @property
    def whole_in_thresholds(self) -> int | None:
        """The whole limit in the unit of thresholds, where it is the same for every file."""
        return None

    @abstractmethod
    def in_words(self, spoken: Language) -> str:
        """``30 jours ouvrables``, ``1 month``."""

    @abstractmethod
    def on(self, calendar: BusinessCalendar, day_zero: date) -> Limit:
        """The limit of the cycles whose day 0 this is."""

    @property
    def day_unit(self) -> DayUnit:
        """The days in which people count towards its deadline."""
        return "business_days" if self.unit == "business_days" else "civil_days"

    def days_between(self, calendar: BusinessCalendar, after: date, through: date) -> int:
        """The days d with ``after < d <= through``, in its ``day_unit``."""
        if self.day_unit == "civil_days":
            return (through - after).days
        return calendar.count(after, through)

    @abstractmethod
    def last_reception(self, calendar: BusinessCalendar) -> date:
        """A day from which the whole limit, and a day more, fit; raises ``CoverageError``."""

    @abstractmethod
    def ledger(
        self, cycle: Cycle, calendar: BusinessCalendar, end: datetime, counted: CountedPart
    ) -> Iterator[Entry]:
        """Every civil day of a cycle, from the reception to ``end``."""

    def faults(
        self, calendars: Mapping[str, CalendarData], chosen: str
    ) -> Iterator[tuple[Sequence[str], Text]]:
        """What the calendars lack: key and message; ``chosen`` is the standard's calendar."""
        return iter(())

    def in_units(self, counted: int) -> LimitAmount:
        """A count in the unit; whole where it is whole."""
        return counted


class BusinessDays(CatalogueLimit):
    """So many days of the calendar."""

    moved_keys: ClassVar[Mapping[str, Text]] = {
        "roll_forward": Text(
            "une limite en jours ouvrables tombe toujours un jour ouvrable\u00a0: retirez roll_forward",
            "a limit in business days always lands on a business day: remove roll_forward",
        )
    }
    unit = "business_days"

    business_days: Count

    @property
    @override
    def length(self) -> int:
        return self.business_days

    @property
    @override
    def whole_in_thresholds(self) -> int:
        return self.business_days

    @override
    def in_words(self, spoken: Language) -> str:
        return days_in_words(self.business_days, self.unit, spoken)

    @override
    def on(self, calendar: BusinessCalendar, day_zero: date) -> BusinessDayLimit:
        return BusinessDayLimit(self.business_days, calendar, day_zero.toordinal())

    @override
    def last_reception(self, calendar: BusinessCalendar) -> date:
        return calendar.retreat(calendar.last, self.business_days + _MARGIN_DAYS)

    @override
    def ledger(
        self, cycle: Cycle, calendar: BusinessCalendar, end: datetime, counted: CountedPart
    ) -> Iterator[Entry]:
        return ledger_days.by_day(cycle, calendar, end, ledger_days.business_day, counted)


def _hours_name(value: object) -> object:
    if isinstance(value, str) and _WORD.fullmatch(value):
        return value
    raise UnusableValueError(
        "nommez des heures écrites sous opening_hours du calendrier, ou écrivez always",
        "name hours that are written under opening_hours of the calendar, or write always",
    )


HoursName = Annotated[str, BeforeValidator(_hours_name)]
"""Opening hours of a calendar, or ``always``."""


def _true_or_calendar(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, str) and _WORD.fullmatch(value)):
        return value
    raise UnusableValueError(
        "écrivez true, pour le calendrier de l’engagement, ou le nom d’un autre calendrier",
        "write true, for the standard's own calendar, or the name of another calendar",
    )


class _CivilLimit(CatalogueLimit):
    """A limit in which every day counts.

    ``roll_forward`` carries a deadline on a day off to the next business day, of the standard's
    calendar or of the one it names (art. 83 C.C.P.).
    """

    unit = "civil_days"

    roll_forward: Annotated[bool | Word, BeforeValidator(_true_or_calendar)] = False

    @property
    @abstractmethod
    def span(self) -> CivilSpan:
        """The months and days from day 0 to the deadline."""

    @override
    def on(self, calendar: BusinessCalendar, day_zero: date) -> CivilDayLimit:
        rolling = self._rolling(calendar)
        return CivilDayLimit(self.span, rolling, calendar, day_zero.toordinal())

    def _rolling(self, calendar: BusinessCalendar) -> BusinessCalendar | None:
        """The calendar whose business days a deadline falls on; None where it falls on any day."""
        if isinstance(self.roll_forward, str):
            return calendar.named(self.roll_forward)
        return calendar if self.roll_forward else None

    @override
    def last_reception(self, calendar: BusinessCalendar) -> date:
        longest = timedelta(days=LONGEST_MONTH_DAYS * (self.span.months + 1) + self.span.days)
        rolling = self._rolling(calendar) or calendar
        last = min(calendar.last, rolling.last) - longest
        return min(one.retreat(last, _MARGIN_DAYS) for one in (calendar, rolling))

    @override
    def ledger(
        self, cycle: Cycle, calendar: BusinessCalendar, end: datetime, counted: CountedPart
    ) -> Iterator[Entry]:
        return ledger_days.by_day(cycle, calendar, end, ledger_days.civil_day, counted)

    @override
    def faults(
        self, calendars: Mapping[str, CalendarData], chosen: str
    ) -> Iterator[tuple[Sequence[str], Text]]:
        rolling = self.roll_forward
        if isinstance(rolling, str) and rolling not in calendars:
            yield (("roll_forward",), not_among(rolling, "calendars", ["true", *calendars]))


class CivilDays(_CivilLimit):
    """So many days, whatever days they are."""

    civil_days: Count

    @property
    @override
    def length(self) -> int:
        return self.civil_days

    @property
    @override
    def whole_in_thresholds(self) -> int:
        return self.civil_days

    @property
    @override
    def span(self) -> CivilSpan:
        return CivilSpan(0, self.civil_days)

    @override
    def in_words(self, spoken: Language) -> str:
        return days_in_words(self.civil_days, self.unit, spoken)


class Weeks(_CivilLimit):
    """So many times seven days."""

    weeks: WeekCount

    @property
    @override
    def length(self) -> int:
        return self.weeks * _WEEK_DAYS

    @property
    @override
    def whole_in_thresholds(self) -> int:
        return self.length

    @property
    @override
    def span(self) -> CivilSpan:
        return CivilSpan(0, self.length)

    @override
    def in_words(self, spoken: Language) -> str:
        return formats.quantity(self.weeks, _WEEK, spoken)


class Months(_CivilLimit):
    """Civil months: the same day number."""

    months: MonthCount

    @property
    @override
    def length(self) -> float:
        return self.months * _MEAN_MONTH_DAYS

    @property
    @override
    def span(self) -> CivilSpan:
        return CivilSpan(self.months, 0)

    @override
    def in_words(self, spoken: Language) -> str:
        return formats.quantity(self.months, _MONTH, spoken)


class _OpeningTimeLimit(CatalogueLimit):
    """Real time inside the named opening hours; ``always`` are all hours of all days."""

    unit = "seconds"
    per_unit = MICROSECONDS

    opening_hours: HoursName

    @model_validator(mode="before")
    @classmethod
    def _has_hours(cls, written: object) -> object:
        if isinstance(written, Mapping) and "opening_hours" not in written:
            raise UnusableValueError(
                "ajoutez opening_hours\u00a0: des heures du calendrier, ou always (jour et nuit, jours chômés compris)",
                "add opening_hours: hours of the calendar, or always (day and night, days off included)",
            )
        return written

    @property
    @override
    def inside(self) -> str:
        return self.opening_hours

    @property
    @override
    def length(self) -> int:
        return self.seconds_allowed

    @property
    @abstractmethod
    def seconds_allowed(self) -> int:
        """The limit in seconds."""

    @property
    @override
    def threshold_unit(self) -> ThresholdUnit:
        return "minutes"

    @property
    @override
    def per_threshold(self) -> int:
        return 60 * MICROSECONDS

    @property
    @override
    def whole_in_thresholds(self) -> int:
        return self.seconds_allowed * MICROSECONDS // self.per_threshold

    @override
    def in_units(self, counted: int) -> LimitAmount:
        return in_seconds(counted)

    @override
    def on(self, calendar: BusinessCalendar, day_zero: date) -> OpeningTimeLimit:
        allowed = self.seconds_allowed * MICROSECONDS
        return OpeningTimeLimit(allowed, self.opening_hours, calendar)

    @property
    @override
    def day_unit(self) -> DayUnit:
        return "civil_days" if self.opening_hours == ALWAYS else "business_days"

    @override
    def last_reception(self, calendar: BusinessCalendar) -> date:
        days, end = calendar.days(), calendar.midnight(calendar.last)

        def open_until_end(day: date) -> int:
            return calendar.open_microseconds(self.opening_hours, calendar.midnight(day), end)

        index = bisect_left(days, -self.length * MICROSECONDS, key=lambda day: -open_until_end(day))
        return days[max(0, index - 1)]

    @override
    def ledger(
        self, cycle: Cycle, calendar: BusinessCalendar, end: datetime, counted: CountedPart
    ) -> Iterator[Entry]:
        return ledger_days.by_opening_time(cycle, calendar, self.opening_hours, end, counted)

    @override
    def faults(
        self, calendars: Mapping[str, CalendarData], chosen: str
    ) -> Iterator[tuple[Sequence[str], Text]]:
        yield from hours_faults(self.opening_hours, calendars, chosen)


def hours_faults(
    hours: str, calendars: Mapping[str, CalendarData], chosen: str
) -> Iterator[tuple[Sequence[str], Text]]:
    """What is wrong with opening hours that a standard on the calendar ``chosen`` names."""
    if hours == ALWAYS or chosen not in calendars:
        return
    week = calendars[chosen].opening_hours.get(hours)
    if week is None:
        there = listed([*calendars[chosen].opening_hours, ALWAYS])
        message = Text(
            f"le calendrier {cited(chosen)} n’a pas d’heures d’ouverture {cited(hours)} (il a\u00a0: {there})",
            f"the calendar {chosen!r} has no opening hours {hours!r} (it has: {there})",
        )
        yield ("opening_hours",), message
    elif not any(week.values()) and not any(
        one.opening_hours == hours for one in calendars[chosen].extra_opening
    ):
        message = Text(
            f"les heures {cited(hours)} du calendrier {cited(chosen)} n’ouvrent jamais",
            f"the hours {hours!r} of the calendar {chosen!r} never open",
        )
        yield ("opening_hours",), message


class Seconds(_OpeningTimeLimit):
    """So many seconds of opening time; its thresholds are seconds too."""

    seconds: SecondCount

    @property
    @override
    def seconds_allowed(self) -> int:
        return self.seconds

    @property
    @override
    def threshold_unit(self) -> ThresholdUnit:
        return "seconds"

    @property
    @override
    def per_threshold(self) -> int:
        return MICROSECONDS

    @override
    def in_words(self, spoken: Language) -> str:
        return formats.quantity(self.seconds, _SECOND, spoken)


class Minutes(_OpeningTimeLimit):
    """So many minutes of opening time."""

    minutes: Count

    @property
    @override
    def seconds_allowed(self) -> int:
        return self.minutes * 60

    @override
    def in_words(self, spoken: Language) -> str:
        return formats.quantity(self.minutes, _MINUTE, spoken)


class Hours(_OpeningTimeLimit):
    """So many hours of opening time; its thresholds are minutes."""

    hours: Count

    @property
    @override
    def seconds_allowed(self) -> int:
        return self.hours * 3_600

    @override
    def in_words(self, spoken: Language) -> str:
        return formats.quantity(self.hours, _HOUR, spoken)


def _one_kind(value: object) -> object:
    """A limit of exactly one kind, so that an error speaks of that kind alone."""
    kinds = [kind for kind in _KINDS if kind in value] if isinstance(value, Mapping) else ()
    if len(kinds) != 1 and not isinstance(value, CatalogueLimit):
        raise UnusableValueError(*_exactly_one("une limite", "a limit"))
    return value


def _limit_kind(value: object) -> str:
    names = value if isinstance(value, Mapping) else dir(value)
    return next(f"<{kind}>" for kind in _KINDS if kind in names)


AnyLimit = Annotated[
    Annotated[BusinessDays, Tag("<business_days>")]
    | Annotated[CivilDays, Tag("<civil_days>")]
    | Annotated[Weeks, Tag("<weeks>")]
    | Annotated[Months, Tag("<months>")]
    | Annotated[Seconds, Tag("<seconds>")]
    | Annotated[Minutes, Tag("<minutes>")]
    | Annotated[Hours, Tag("<hours>")],
    Discriminator(_limit_kind),
    BeforeValidator(_one_kind),
]

_DAYS: Mapping[DayUnit, tuple[Text, Text]] = {
    "business_days": (
        Text("{n} jour ouvrable", "{n} business day"),
        Text("{n} jours ouvrables", "{n} business days"),
    ),
    "civil_days": (
        Text("{n} jour civil", "{n} civil day"),
        Text("{n} jours civils", "{n} civil days"),
    ),
}
_WEEK = Text("{n} semaine", "{n} week"), Text("{n} semaines", "{n} weeks")
_MONTH = Text("{n} mois", "{n} month"), Text("{n} mois", "{n} months")
_SECOND = Text("{n} seconde", "{n} second"), Text("{n} secondes", "{n} seconds")
_MINUTE = Text("{n} minute", "{n} minute"), Text("{n} minutes", "{n} minutes")
_HOUR = Text("{n} heure", "{n} hour"), Text("{n} heures", "{n} hours")

_WORDS: Mapping[str, tuple[Text, Text]] = {
    "business_days": _DAYS["business_days"],
    "civil_days": _DAYS["civil_days"],
    "weeks": _WEEK,
    "months": _MONTH,
    "seconds": _SECOND,
    "minutes": _MINUTE,
    "hours": _HOUR,
}
"""By kind of length."""


def days_in_words(days: float, unit: DayUnit, spoken: Language) -> str:
    """``1 jour ouvrable``, ``1,200 civil days``, ``4.3 business days``."""
    return formats.quantity(days, _DAYS[unit], spoken)


def in_threshold_words(amount: int, unit: ThresholdUnit, spoken: Language) -> str:
    """``5 jours ouvrables``, ``30 minutes``."""
    match unit:
        case "business_days" | "civil_days":
            return days_in_words(amount, unit, spoken)
        case "minutes":
            return formats.quantity(amount, _MINUTE, spoken)
        case "seconds":
            return formats.quantity(amount, _SECOND, spoken)
