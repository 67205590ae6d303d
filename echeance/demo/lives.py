"""The life of one file of the demo's ministry, from its reception to the end of its last cycle.

Pure: every draw comes from a generator passed in. Delays are drawn in the unit of the limit and
laid on the calendar; nothing is counted here, so that the demo cannot share a mistake with the law.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from math import log
from random import Random
from typing import NamedTuple

from echeance.demo.profiles import Profile, Weights
from shared.domain import (
    CatalogueLimit,
    Decided,
    DocumentsReceived,
    DocumentsRequested,
    Published,
    Reopened,
    Withdrawn,
)
from shared.domain.calendars import BusinessCalendar

_MICROSECONDS = 1_000_000
_SLOWEST = 3.0
_LOG_ANSWER_DAYS = log(9)
_LONGEST_ANSWER_DAYS = 70
_NEVER_ANSWERS = 0.05
_REMINDED_AFTER_DAYS = 30
_GIVEN_UP_AFTER_DAYS = (56, 75)
"""Days after the last request at which a file without an answer is closed: none waits over 90."""
_LONG_WAIT = timedelta(days=5)
_REMINDER = "-rappel"
_PICKED_UP_SECONDS = (3, 15)
_LONGEST_CALL_SECONDS = 1_500


class Fact(NamedTuple):
    """An event before it is published: when it happened, what, and its data."""

    time: datetime
    kind: type[Published]
    data: Mapping[str, object]


def _is_reminder(data: Mapping[str, object]) -> bool:
    return str(data["request_id"]).endswith(_REMINDER)


class WeightedWords:
    """Words drawn by their weights."""

    def __init__(self, weights: Weights) -> None:
        self._words = tuple(weights)
        self._cumulative = tuple(accumulate(weights.values()))

    def draw(self, random: Random) -> str:
        """One of the words."""
        if len(self._words) == 1:
            return self._words[0]
        return random.choices(self._words, cum_weights=self._cumulative)[0]


def office_hour(random: Random) -> timedelta:
    """A moment from 8:30 to 16:30, since midnight."""
    return timedelta(seconds=30_600 + int(28_800 * random.random()))


def client_hour(random: Random) -> timedelta:
    """Mostly 8:00 to 20:00, sometimes at night; within the shortest day, of 23 hours."""
    if random.random() < 0.8:
        return timedelta(seconds=28_800 + int(43_200 * random.random()))
    return timedelta(seconds=int(82_800 * random.random()))


class Treatment:
    """How the files of one commitment are dealt with."""

    def __init__(
        self, profile: Profile, limit: CatalogueLimit, calendar: BusinessCalendar, random: Random
    ) -> None:
        self._profile = profile
        self._limit = limit
        self._calendar = calendar
        self._random = random
        self._outcome = WeightedWords(profile.outcomes)
        self._requests = tuple(accumulate(profile.requests))

    def follow(self, facts: list[Fact], pace: float) -> None:
        """Add what follows a reception; ``pace`` is the median delay as a fraction of the limit."""
        if self._limit.counts_days:
            self._cycles(facts, self._limit.length, pace)
        else:
            facts.append(self._call(facts[0].time, self._limit.length * pace))

    def _delay(self, pace: float) -> float:
        return min(_SLOWEST, self._random.lognormvariate(log(pace), self._profile.spread))

    def _call(self, received_at: datetime, mean_seconds: float) -> Fact:
        """Answered at once or from the queue, or abandoned by a caller who has waited long enough.

        Who is in the queue when the centre closes is still answered: staff stays those few minutes.
        """
        random, habits = self._random, self._profile.calls
        assert habits is not None, "a limit in minutes is one of calls"
        seconds = random.uniform(*_PICKED_UP_SECONDS)
        if random.random() < habits.queued:
            seconds += min(_LONGEST_CALL_SECONDS, random.expovariate(1 / mean_seconds))
        patience = random.lognormvariate(log(habits.patience_seconds), habits.patience_spread)
        ended_at = received_at + timedelta(seconds=1 + int(min(seconds, patience)))
        if patience < seconds:
            return Fact(ended_at, Withdrawn, {})
        return Fact(ended_at, Decided, {"outcome": self._outcome.draw(random)})

    def _cycles(self, facts: list[Fact], limit_days: float, pace: float) -> None:
        """A first cycle, and those that follow while the file is reopened."""
        self._cycle(facts, round(limit_days * self._delay(pace)))
        reopening = self._profile.reopening
        while reopening is not None and facts[-1].data.get("outcome") in reopening.outcomes:
            if self._random.random() >= reopening.share:
                return
            after = facts[-1].time + timedelta(days=self._random.randint(*reopening.after_days))
            facts.append(Fact(self._after_work(after, 0), Reopened, {"reason": reopening.reason}))
            self._cycle(facts, round(limit_days * self._delay(pace)))

    def _cycle(self, facts: list[Fact], days: int) -> None:
        """One cycle of so many days in the Ministry's hands, interrupted by requests."""
        random = self._random
        leaves = random.random() < self._profile.withdrawn
        if leaves:
            days = int(days * random.random())
        in_hand_at, left = facts[-1].time, days
        for step in self._steps(days):
            in_hand_at, owed = self._request(facts, self._after_work(in_hand_at, step))
            if owed:
                self._give_up(facts, in_hand_at)
                return
            left -= step
        ended_at = self._after_work(in_hand_at, left)
        if leaves:
            facts.append(Fact(ended_at, Withdrawn, {}))
        else:
            facts.append(Fact(ended_at, Decided, {"outcome": self._outcome.draw(random)}))

    def _steps(self, days: int) -> list[int]:
        """The days in hand before each request for documents."""
        if len(self._requests) == 1:
            return []
        drawn = self._random.random()
        count = sum(drawn >= cumulative for cumulative in self._requests[:-1])
        reached = sorted(int(days * self._random.random()) for _ in range(count))
        return [later - earlier for earlier, later in pairwise([0, *reached])]

    def _request(self, facts: list[Fact], asked_at: datetime) -> tuple[datetime, bool]:
        """Request documents, at times twice; returns the instant, and whether no answer comes."""
        answered_at = self._ask(facts, asked_at)
        if answered_at and answered_at - asked_at > _LONG_WAIT and self._random.random() < 0.3:
            asked_at = self._after_work(asked_at, 1)
            second = self._ask(facts, asked_at)
            answered_at = second and max(answered_at, second)
        return (asked_at, True) if answered_at is None else (answered_at, False)

    def _ask(self, facts: list[Fact], asked_at: datetime) -> datetime | None:
        """A request, a reminder after a long wait, and the answer if the client gives one."""
        random = self._random
        number = 1 + sum(
            fact.kind is DocumentsRequested and not _is_reminder(fact.data) for fact in facts
        )
        asked = [{"request_id": f"R{number}"}]
        facts.append(Fact(asked_at, DocumentsRequested, asked[0]))
        never = random.random() < _NEVER_ANSWERS
        days = min(_LONGEST_ANSWER_DAYS, int(random.lognormvariate(_LOG_ANSWER_DAYS, 0.8)))
        if never or days > _REMINDED_AFTER_DAYS + 5:
            reminded_at = self._after_work(asked_at + timedelta(days=_REMINDED_AFTER_DAYS), 0)
            asked.append({"request_id": f"R{number}{_REMINDER}"})
            facts.append(Fact(reminded_at, DocumentsRequested, asked[1]))
        if never:
            return None
        answered_at = asked_at + timedelta(minutes=90)
        if days:
            answered_on = self._calendar.local_day(asked_at) + timedelta(days=days)
            answered_at = self._calendar.midnight(answered_on) + client_hour(random)
        facts += [Fact(answered_at, DocumentsReceived, data) for data in asked]
        return answered_at

    def _give_up(self, facts: list[Fact], asked_at: datetime) -> None:
        """The client never answers: the file is rejected, or taken for withdrawn."""
        random = self._random
        waited = timedelta(days=random.randint(*_GIVEN_UP_AFTER_DAYS))
        ended_at = self._after_work(asked_at + waited, 0)
        if random.random() < 0.6 and "rejected" in self._profile.outcomes:
            facts.append(Fact(ended_at, Decided, {"outcome": "rejected"}))
        else:
            facts.append(Fact(ended_at, Withdrawn, {}))

    def _after_work(self, after: datetime, days: int) -> datetime:
        """An office hour after so many days in hand: civil days for a limit in months."""
        calendar = self._calendar
        day = calendar.local_day(after)
        if self._limit.unit == "civil_days":
            reached = calendar.business_day_from(day + timedelta(days=days))
        else:
            reached = calendar.advance(day, days) if days else calendar.business_day_from(day)
        at = calendar.midnight(reached) + office_hour(self._random)
        if at > after:
            return at
        return calendar.midnight(calendar.advance(reached, 1)) + office_hour(self._random)
