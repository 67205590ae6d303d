"""The intake of a desk of the demo's ministry: volume, hours, attributes and pace.

Pure: every draw comes from a generator passed in. Seasons, weekends and holidays change the intake;
calls come in only while the contact centre is open.
"""

from __future__ import annotations

from datetime import date, datetime
from random import Random

from echeance.demo.doubtful import DoubtfulDesk
from echeance.demo.lives import Fact, Treatment, WeightedWords, client_hour, office_hour
from echeance.demo.profiles import PROFILES, UNITS, Profile
from shared.domain import Catalogue, CatalogueLimit, Minutes, Received
from shared.domain.calendars import ONE_DAY, BusinessCalendar

_DEGRADES_OVER_DAYS = 150
_WEEKDAYS = (1.2, 1.05, 0.95, 1.0, 0.85, 0.4, 0.35)
_DAY_OFF = 0.35
_YEAR_END = 0.4
_MICROSECONDS = 1_000_000
_BUSIEST_HOUR = 1.5


class Desk:
    """The desk of one commitment; its pace has degraded most on ``degraded_on`` and stays so."""

    def __init__(
        self,
        standard: str,
        profile: Profile,
        limit: CatalogueLimit,
        calendar: BusinessCalendar,
        random: Random,
        *,
        degraded_on: date,
    ) -> None:
        self.profile = profile
        self.doubtful = DoubtfulDesk(standard, profile, limit, calendar)
        self._standard = standard
        self._limit = limit
        self._calendar = calendar
        self._random = random
        self._degraded_on = degraded_on
        self._treatment = Treatment(profile, limit, calendar, random)
        self._attributes = {
            name: WeightedWords(words) for name, words in profile.attributes.items()
        }

    def volume(self, day: date) -> float:
        """How busy the intake is on a civil day, beside an ordinary one."""
        weekday = _WEEKDAYS[day.weekday()]
        if not self._calendar.is_business_day(day):
            weekday = min(weekday, _DAY_OFF) if self.profile.channel == "online" else 0.0
        year_end = (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 2)
        return self.profile.months[day.month - 1] * weekday * (_YEAR_END if year_end else 1.0)

    def life(self, day: date, unit: str) -> list[Fact]:
        """The whole life of a file received on a civil day; its reception comes first."""
        attributes = {name: words.draw(self._random) for name, words in self._attributes.items()}
        data = {"standard": self._standard, "unit": unit, "attributes": attributes}
        received_at = self._reception(day)
        facts = [Fact(received_at, Received, data)]
        self._treatment.follow(facts, self._pace(day, unit) * self._busy(received_at))
        return facts

    def _reception(self, day: date) -> datetime:
        midnight = self._calendar.midnight(day)
        if isinstance(self._limit, Minutes):
            return self._ring(self._limit.opening_hours, midnight, day)
        if self.profile.channel == "online":
            return midnight + client_hour(self._random)
        return midnight + office_hour(self._random)

    def _ring(self, hours: str, midnight: datetime, day: date) -> datetime:
        """A whole second inside the opening hours of a day, more often where the hour is busy."""
        random, calendar = self._random, self._calendar
        closes = calendar.midnight(day + ONE_DAY)
        open_seconds = calendar.open_microseconds(hours, midnight, closes) // _MICROSECONDS
        while True:
            elapsed_seconds = 1 + int(open_seconds * random.random())
            rings_at = calendar.advance_open(hours, midnight, elapsed_seconds * _MICROSECONDS)
            if random.random() * _BUSIEST_HOUR < self._busy(rings_at):
                return rings_at

    def _busy(self, instant: datetime) -> float:
        """The load of the contact centre at an instant, relative to its mean; 1 at other desks."""
        calls = self.profile.calls
        if calls is None:
            return 1.0
        return calls.hours.get(instant.astimezone(self._calendar.zone).hour, 1.0)

    def _pace(self, day: date, unit: str) -> float:
        """A unit's median delay that day as a fraction of the limit; longer in busy seasons."""
        profile = self.profile
        season = 0.85 + 0.15 * profile.months[day.month - 1]
        left = (self._degraded_on - day).days / _DEGRADES_OVER_DAYS
        degraded = 1 + profile.degradation * min(1.0, max(0.0, 1 - left))
        return profile.pace * season * degraded * profile.slow_units.get(unit, 1.0)


def desks(
    catalogue: Catalogue, calendar: BusinessCalendar, random: Random, *, degraded_on: date
) -> list[Desk]:
    """A desk for each profile; ``ValueError`` names the words that the catalogue lacks."""
    missing = _missing_words(catalogue)
    if missing:
        words = ", ".join(sorted(missing))
        raise ValueError(f"the catalogue {catalogue.catalogue!r} lacks words of the demo: {words}")
    return [
        Desk(
            standard,
            profile,
            catalogue.standards[standard].current.limit,
            calendar,
            random,
            degraded_on=degraded_on,
        )
        for standard, profile in PROFILES.items()
    ]


def _missing_words(catalogue: Catalogue) -> set[str]:
    missing = set(PROFILES) - set(catalogue.standards) | set(UNITS) - set(catalogue.units)
    for profile in PROFILES.values():
        missing |= set(profile.outcomes) - set(catalogue.outcomes)
        if profile.reopening is not None:
            missing |= {profile.reopening.reason} - set(catalogue.reasons)
        for name, words in profile.attributes.items():
            missing |= set(words) - set(catalogue.attributes.get(name, ()))
    return missing
