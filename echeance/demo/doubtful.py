"""Stops that look good on paper: what some units of the demo's ministry do with files that run late.

Pure: every draw comes from a generator passed in. A file that would be decided late gets requests, or
a decision taken back, that bring it back within its limit; nothing else of its life changes. Which
files these are is known, so that the measures of the integrity of stops can be measured themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final, Literal, NamedTuple, get_args

from echeance.demo.lives import Fact, office_hour
from echeance.demo.profiles import Profile
from shared.domain import (
    CatalogueLimit,
    Decided,
    DocumentsReceived,
    DocumentsRequested,
    Received,
    Reopened,
)
from shared.domain.calendars import BusinessCalendar

Trick = Literal["near_limit", "overnight", "decided_waiting", "serial", "recorded_late", "reopened"]
"""By the rule that should find it."""
_TRICKS: Final[Sequence[Trick]] = get_args(Trick)

DOUBTFUL_UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "caq-etudes": {"laval": 0.6},
    "regroupement-familial": {"outaouais": 0.6},
    "evaluation-comparative": {"monteregie": 0.6},
}
"""The share of late files without requests that a unit brings back within the limit, by standard."""

_MOST_NIGHTS: Final = 5
_LATEST_DAYS: Final = 20
"""Civil days late at most: a client who is asked for longer would be reminded."""
_EVENING, _MORNING = time(16, 5), time(8, 35)
_MINUTES: Final = 20


class DoubtfulFact(NamedTuple):
    """An event more in the life of a file, and when it is recorded if not at once."""

    fact: Fact
    recorded_at: datetime | None = None


class Doubt(NamedTuple):
    """What is done to a file."""

    trick: Trick
    facts: Sequence[DoubtfulFact]


class DoubtfulDesk:
    """What one desk does with the late files of some of its units; ``share_of`` gives how often, by unit."""

    def __init__(
        self, standard: str, profile: Profile, limit: CatalogueLimit, calendar: BusinessCalendar
    ) -> None:
        self._shares = DOUBTFUL_UNITS.get(standard, {})
        self._reopening = profile.reopening
        self._limit_days = int(limit.length)
        self._calendar = calendar

    def doubt(self, facts: Sequence[Fact], random: Random) -> Doubt | None:
        """What is done to a file, from its whole life; None for most."""
        share = self._shares.get(str(facts[0].data.get("unit")), 0.0)
        if not share or [fact.kind for fact in facts] != [Received, Decided]:
            return None
        decided = facts[1]
        received_on, ends_on = (self._calendar.local_day(fact.time) for fact in facts)
        due_on = self._calendar.advance(received_on, self._limit_days)
        late_civil_days = (ends_on - due_on).days
        if not 0 < late_civil_days <= _LATEST_DAYS or random.random() >= share:
            return None
        trick = random.choice(_TRICKS)
        late_days = self._calendar.count(due_on, ends_on)
        if (trick == "overnight" and late_days > _MOST_NIGHTS) or (
            trick == "reopened" and self._reopening is None
        ):
            trick = "near_limit"
        added = list(self._facts(trick, received_on, due_on, decided, late_days, random))
        return Doubt(trick, added)

    def _facts(
        self,
        trick: Trick,
        received_on: date,
        due_on: date,
        decided: Fact,
        late_days: int,
        random: Random,
    ) -> Iterator[DoubtfulFact]:
        """What is added to a life; the decision stands where it was."""
        before_end = decided.time - timedelta(minutes=_MINUTES)
        match trick:
            case "near_limit":
                asked_on = self._calendar.retreat(due_on, random.randint(0, 1))
                yield from self._wait(1, self._in_office(asked_on, random), before_end)
            case "decided_waiting":
                asked_on = self._calendar.retreat(due_on, random.randint(3, 5))
                yield self._request(1, self._in_office(asked_on, random))
            case "recorded_late":
                asked_on = self._calendar.retreat(due_on, random.randint(4, 8))
                recorded_at = before_end - timedelta(minutes=_MINUTES)
                asked = self._request(1, self._in_office(asked_on, random))
                yield asked._replace(recorded_at=recorded_at)
                yield self._answer(1, before_end)
            case "serial":
                wait_days, day = -(-late_days // 3), self._calendar.advance(received_on, 3)
                for number in (1, 2, 3):
                    answered_on = self._calendar.advance(day, wait_days)
                    yield from self._wait(
                        number, self._in_office(day, random), self._at(answered_on, time(12))
                    )
                    day = self._calendar.advance(answered_on, 1)
            case "overnight":
                day = self._calendar.advance(received_on, random.randint(3, 6))
                for number in range(1, late_days + 1):
                    evening = self._at(day, _EVENING) + timedelta(
                        minutes=random.randrange(_MINUTES)
                    )
                    day = self._calendar.advance(day, 1)
                    morning = self._at(day, _MORNING) + timedelta(
                        minutes=random.randrange(_MINUTES)
                    )
                    yield from self._wait(number, evening, morning)
            case "reopened":
                assert self._reopening is not None
                first = self._in_office(due_on, random)
                yield DoubtfulFact(Fact(first, Decided, decided.data))
                again = self._in_office(self._calendar.advance(due_on, 1), random)
                reopened = Fact(
                    min(again, before_end), Reopened, {"reason": self._reopening.reason}
                )
                yield DoubtfulFact(reopened)

    def _wait(
        self, number: int, asked_at: datetime, answered_at: datetime
    ) -> Iterator[DoubtfulFact]:
        yield self._request(number, asked_at)
        yield self._answer(number, answered_at)

    def _request(self, number: int, at: datetime) -> DoubtfulFact:
        return DoubtfulFact(Fact(at, DocumentsRequested, {"request_id": f"D{number}"}))

    def _answer(self, number: int, at: datetime) -> DoubtfulFact:
        return DoubtfulFact(Fact(at, DocumentsReceived, {"request_id": f"D{number}"}))

    def _in_office(self, day: date, random: Random) -> datetime:
        return self._calendar.midnight(day) + office_hour(random)

    def _at(self, day: date, wall: time) -> datetime:
        """A local time of a day."""
        return datetime.combine(day, wall, self._calendar.zone)
