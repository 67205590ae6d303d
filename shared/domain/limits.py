"""Limits: one pair of classes for each kind (business days, months, minutes of opening time).

Pure. A kind is what a catalogue writes (:class:`CatalogueLimit`: unit, words, faults, countable
range, ledger) and the same limit on a calendar, for the cycles received on one day
(:class:`Limit`: count, due, following, preceding, allowed). A new kind is a new pair and its line
in ``AnyLimit``; nothing outside matches on kinds. Rules 2, 3, 4, 10, 11 of docs/counting-rules.md.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar

from pydantic import BeforeValidator, Discriminator, Field, Tag
from typing_extensions import override

from shared.domain import ledger_days
from shared.domain.calendars import ONE_DAY, BusinessCalendar, CalendarData, StrictModel
from shared.domain.cycles import Cycle
from shared.domain.ledger_days import Entry
from shared.domain.strict_yaml import UnusableValueError, cited
from shared.text import Language, Text, formats

Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Count = Annotated[int, Field(ge=1, le=10_000)]

DayUnit = Literal["business_days", "civil_days"]
LimitUnit = Literal["business_days", "civil_days", "seconds"]

P = TypeVar("P", bound=date)
_MICROSECONDS = 1_000_000
_LONGEST_MONTH_DAYS = 31
_MEAN_MONTH_DAYS = 365.25 / 12
_MARGIN_DAYS = 2  # day 0 may be the next business day, and a file is late on the one after its last


class Limit(Protocol[P]):
    """A limit on a calendar, for the cycles received on one day.

    A point is a local date where days are counted, and an instant where opening time is.
    """

    def origin(self, received_at: datetime) -> P:
        """Where counting starts: what lies before it is neither counted nor waited."""

    def point(self, instant: datetime, /) -> P:
        """The point of an instant."""

    def count(self, after: P, through: P, /) -> int:
        """What counts between two points, the second included."""

    def wait(self, after: P, through: P) -> int:
        """How long a wait between two points is."""

    def instant(self, point: P, /) -> datetime:
        """When a point begins."""

    def day(self, point: P) -> date:
        """The local date of a point."""

    def due(self, start: P, counted: int, waited: int) -> P:
        """The last point on time of a file in hand since ``start`` with some of its limit left."""

    def following(self, point: P) -> P:
        """The first point after this one that counts."""

    def preceding(self, due: P, remaining: int) -> P:
        """The point at which so much remains until a deadline."""

    def allowed(self, waited: int) -> int:
        """How much may be counted on time."""


class CatalogueLimit(StrictModel, ABC):
    """A limit as a catalogue writes it."""

    unit: ClassVar[LimitUnit]
    per_unit: ClassVar[int] = 1
    """How much of what is counted makes one unit."""

    @property
    def counts_days(self) -> bool:
        """Whether dates are precise enough: where opening time is counted, times of day matter."""
        return self.unit != "seconds"

    @property
    @abstractmethod
    def length(self) -> float:
        """The limit in its unit; the mean where it depends on the reception."""

    @property
    def fixed_days(self) -> int | None:
        """How many days remain of it on day 0, where that is the same for every file."""
        return None

    @abstractmethod
    def in_words(self, spoken: Language) -> str:
        """``30 jours ouvrables``, ``1 month``."""

    @abstractmethod
    def on(self, calendar: BusinessCalendar, day_zero: date) -> Limit[Any]:
        """The limit of the cycles whose day 0 this is."""

    def days_between(self, calendar: BusinessCalendar, after: date, through: date) -> int:
        """The days d with ``after < d <= through`` in which people count towards its deadline."""
        return calendar.count(after, through)

    @abstractmethod
    def last_reception(self, calendar: BusinessCalendar) -> date:
        """A day from which the whole limit, and a day more, fit; raises ``CoverageError``."""

    @abstractmethod
    def ledger(
        self, cycle: Cycle, calendar: BusinessCalendar, day_zero: date, end: datetime
    ) -> Iterator[Entry]:
        """Every civil day of a cycle, from the reception to ``end``."""

    def faults(
        self, calendars: Mapping[str, CalendarData], chosen: str
    ) -> Iterator[tuple[Sequence[str], Text]]:
        """What the calendars lack: key and message; ``chosen`` is the standard's calendar."""
        return iter(())

    def in_units(self, counted: int) -> float:
        """A count in the unit; whole where it is whole."""
        return counted


class _DayLimit:
    """What business days and months share: points are local dates, and waits are civil days."""

    def __init__(self, calendar: BusinessCalendar, origin: date) -> None:
        self._calendar = calendar
        self._origin = origin
        self.point = calendar.local_day
        self.instant = calendar.midnight

    def origin(self, received_at: datetime) -> date:
        return self._origin

    def wait(self, after: date, through: date) -> int:
        return (through - after).days

    def day(self, point: date) -> date:
        return point


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
    def fixed_days(self) -> int:
        return self.business_days

    @override
    def in_words(self, spoken: Language) -> str:
        return days_in_words(self.business_days, self.unit, spoken)

    @override
    def on(self, calendar: BusinessCalendar, day_zero: date) -> BusinessDayLimit:
        return BusinessDayLimit(self, calendar, day_zero)

    @override
    def last_reception(self, calendar: BusinessCalendar) -> date:
        return calendar.retreat(calendar.last, self.business_days + _MARGIN_DAYS)

    @override
    def ledger(
        self, cycle: Cycle, calendar: BusinessCalendar, day_zero: date, end: datetime
    ) -> Iterator[Entry]:
        return ledger_days.by_day(cycle, calendar, day_zero, end, ledger_days.business_day)


class BusinessDayLimit(_DayLimit):
    """Rules 2, 3 and 11."""

    def __init__(self, limit: BusinessDays, calendar: BusinessCalendar, origin: date) -> None:
        super().__init__(calendar, origin)
        self.count = calendar.count
        self._allowed = limit.business_days

    def due(self, start: date, counted: int, waited: int) -> date:
        return self._calendar.advance(start, self._allowed - counted)

    def following(self, point: date) -> date:
        return self._calendar.advance(point, 1)

    def preceding(self, due: date, remaining: int) -> date:
        return self._calendar.retreat(due, remaining)

    def allowed(self, waited: int) -> int:
        return self._allowed


class Months(CatalogueLimit):
    """Civil months; ``roll_forward`` carries a deadline on a day off to the next business day (art. 83 C.C.P.)."""

    unit = "civil_days"

    months: Annotated[int, Field(ge=1, le=120)]
    roll_forward: bool = False

    @property
    @override
    def length(self) -> float:
        return self.months * _MEAN_MONTH_DAYS

    @override
    def in_words(self, spoken: Language) -> str:
        return formats.quantity(self.months, _MONTH, spoken)

    @override
    def on(self, calendar: BusinessCalendar, day_zero: date) -> MonthLimit:
        return MonthLimit(self, calendar, day_zero)

    @override
    def days_between(self, calendar: BusinessCalendar, after: date, through: date) -> int:
        return (through - after).days

    @override
    def last_reception(self, calendar: BusinessCalendar) -> date:
        longest = timedelta(days=_LONGEST_MONTH_DAYS * (self.months + 1))
        return calendar.retreat(calendar.last - longest, _MARGIN_DAYS)

    @override
    def ledger(
        self, cycle: Cycle, calendar: BusinessCalendar, day_zero: date, end: datetime
    ) -> Iterator[Entry]:
        return ledger_days.by_day(cycle, calendar, day_zero, end, ledger_days.civil_day)


class MonthLimit(_DayLimit):
    """Rule 4: the same day number some months later, plus the civil days waited until then."""

    def __init__(self, limit: Months, calendar: BusinessCalendar, origin: date) -> None:
        super().__init__(calendar, origin)
        self._base = months_after(origin, limit.months)
        self._roll_forward = limit.roll_forward
        self.count = self.wait

    def due(self, start: date, counted: int, waited: int) -> date:
        due = self._base + timedelta(days=waited)
        return self._calendar.business_day_from(due) if self._roll_forward else due

    def following(self, point: date) -> date:
        return point + ONE_DAY

    def preceding(self, due: date, remaining: int) -> date:
        return due - timedelta(days=remaining)

    def allowed(self, waited: int) -> int:
        return (self.due(self._origin, 0, waited) - self._origin).days - waited


def months_after(day: date, months: int) -> date:
    """The same day number so many months later, or the last day of that month if it has none.

    2023-08-31 + 6 = 2024-02-29;  2022-08-29 + 6 = 2023-02-28
    """
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


class Minutes(CatalogueLimit):
    """Real time inside the named opening hours."""

    unit = "seconds"
    per_unit = _MICROSECONDS

    minutes: Count
    opening_hours: Word

    @property
    @override
    def length(self) -> int:
        return self.minutes * 60

    @override
    def in_words(self, spoken: Language) -> str:
        return formats.quantity(self.minutes, _MINUTE, spoken)

    @override
    def in_units(self, counted: int) -> float:
        seconds, rest = divmod(counted, _MICROSECONDS)
        return counted / _MICROSECONDS if rest else seconds

    @override
    def on(self, calendar: BusinessCalendar, day_zero: date) -> MinuteLimit:
        return MinuteLimit(self, calendar)

    @override
    def last_reception(self, calendar: BusinessCalendar) -> date:
        days, end = calendar.days(), calendar.midnight(calendar.last)

        def open_until_end(day: date) -> int:
            return calendar.open_microseconds(self.opening_hours, calendar.midnight(day), end)

        index = bisect_left(
            days, -self.length * _MICROSECONDS, key=lambda day: -open_until_end(day)
        )
        return days[max(0, index - 1)]

    @override
    def ledger(
        self, cycle: Cycle, calendar: BusinessCalendar, day_zero: date, end: datetime
    ) -> Iterator[Entry]:
        return ledger_days.by_opening_time(cycle, calendar, self.opening_hours, end)

    @override
    def faults(
        self, calendars: Mapping[str, CalendarData], chosen: str
    ) -> Iterator[tuple[Sequence[str], Text]]:
        hours = self.opening_hours
        for identifier, calendar in calendars.items():
            if hours not in calendar.opening_hours:
                message = Text(
                    f"le calendrier {cited(identifier)} n’a pas d’heures d’ouverture nommées {cited(hours)}",
                    f"the calendar {identifier!r} has no opening hours named {hours!r}",
                )
                yield ("opening_hours",), message
        week = calendars[chosen].opening_hours.get(hours) if chosen in calendars else None
        if week is not None and not any(week.values()):
            message = Text(
                f"les heures {cited(hours)} du calendrier {cited(chosen)} n’ouvrent jamais",
                f"the hours {hours!r} of the calendar {chosen!r} never open",
            )
            yield ("opening_hours",), message


class MinuteLimit:
    """Rule 10: real elapsed time inside the opening hours, counted in microseconds."""

    def __init__(self, limit: Minutes, calendar: BusinessCalendar) -> None:
        self._allowed = limit.minutes * 60 * _MICROSECONDS
        self._calendar = calendar
        self._hours = limit.opening_hours

    def origin(self, received_at: datetime) -> datetime:
        return received_at

    def point(self, instant: datetime) -> datetime:
        return instant

    def count(self, after: datetime, through: datetime) -> int:
        return self._calendar.open_microseconds(self._hours, after, through)

    def wait(self, after: datetime, through: datetime) -> int:
        return self.count(after, through)

    def instant(self, point: datetime) -> datetime:
        return point

    def day(self, point: datetime) -> date:
        return self._calendar.local_day(point)

    def due(self, start: datetime, counted: int, waited: int) -> datetime:
        return self._calendar.advance_open(self._hours, start, self._allowed - counted)

    def following(self, point: datetime) -> datetime:
        return self._calendar.advance_open(self._hours, point, 1)

    def preceding(self, due: datetime, remaining: int) -> datetime:
        raise AssertionError("a limit in minutes has no thresholds: its catalogue refuses them")

    def allowed(self, waited: int) -> int:
        return self._allowed


_KINDS = ("business_days", "months", "minutes")


def _one_kind(value: object) -> object:
    """A limit of exactly one kind, so that an error speaks of that kind alone."""
    kinds = [kind for kind in _KINDS if kind in value] if isinstance(value, Mapping) else ()
    if len(kinds) != 1 and not isinstance(value, CatalogueLimit):
        raise UnusableValueError(
            "une limite est exactement un de business_days, months et minutes",
            "a limit is exactly one of business_days, months and minutes",
        )
    return value


def _limit_kind(value: object) -> str:
    names = value if isinstance(value, Mapping) else dir(value)
    return next(f"<{kind}>" for kind in _KINDS if kind in names)


AnyLimit = Annotated[
    Annotated[BusinessDays, Tag("<business_days>")]
    | Annotated[Months, Tag("<months>")]
    | Annotated[Minutes, Tag("<minutes>")],
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
_MONTH = Text("{n} mois", "{n} month"), Text("{n} mois", "{n} months")
_MINUTE = Text("{n} minute", "{n} minute"), Text("{n} minutes", "{n} minutes")


def days_in_words(days: int, unit: DayUnit, spoken: Language) -> str:
    """``1 jour ouvrable``, ``1,200 civil days``."""
    return formats.quantity(days, _DAYS[unit], spoken)
