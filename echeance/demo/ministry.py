"""The demo's ministry: an endless stream of the events its systems would publish, from a seed.

Pure: no clock, one generator, so a seed gives the same bytes. Two years of past and the live
traffic are one stream in the order of *arrival*, cut at ``now``: live traffic decides the files
open then. Events arrive late, twice, out of order, or wrong and corrected, mostly in a few bad
weeks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import NamedTuple

import msgspec

from echeance.demo.doubtful import Trick
from echeance.demo.intake import Desk, desks
from echeance.demo.lives import Fact, WeightedWords
from echeance.demo.profiles import UNITS, Profile
from shared.domain import (
    EVENT_TYPES,
    Catalogue,
    Decided,
    DocumentsRequested,
    Received,
    Transferred,
    Voided,
    Withdrawn,
    stored_name,
)
from shared.domain.calendars import ONE_DAY, BusinessCalendar

PAST_DAYS = 730
_BAD_WEEK, _WEEKS = 30, 32
"""Of each 32 weeks, the 31st is a bad one for the systems upstream."""

_TRANSFERRED_WITHIN = (0.1, 0.6)
"""Which part of a file's life has gone by when another unit takes it."""

_ENDS = (Decided, Withdrawn)
_STORED_NAMES = {event_type: stored_name(event_type) for event_type in EVENT_TYPES}
_encode = msgspec.json.Encoder().encode


class Arrival(NamedTuple):
    """A structured CloudEvent in JSON, and the instant, in UTC, at which it reaches the system."""

    recorded_at: datetime
    raw: bytes


class Mishaps(NamedTuple):
    """How often an event is late, repeated, corrected or nonsensical."""

    late: float
    resent: float
    corrected: float
    senseless: float


_USUAL = Mishaps(late=0.004, resent=0.004, corrected=0.006, senseless=0.002)
_BAD = Mishaps(late=0.45, resent=0.05, corrected=0.12, senseless=0.01)
_NOTICED_AFTER_DAYS = (2, 25)
"""Business days until a wrong date of decision is noticed: often in the next month."""


class Ministry:
    """About ``files`` files in the two years before ``now``, and as many a day afterwards.

    Raises ``ValueError`` when the catalogue lacks a word of the profiles: the demo speaks of
    ``mifi-2021-10``.
    """

    def __init__(
        self,
        seed: int,
        catalogue: Catalogue,
        calendar: BusinessCalendar,
        now: datetime,
        *,
        files: int = 24_000,
    ) -> None:
        self._random = Random(seed)
        self._transfers = Random(f"{seed}/transfers")  # so that the rest does not depend on them
        self._doubts = Random(f"{seed}/doubts")
        self.tricks: dict[str, Trick] = {}
        """What was done to files that would have been late, by file: what the measures should find."""
        self._calendar = calendar
        self._now = now
        today = calendar.local_day(now)
        self._first = self._next_day = today - timedelta(days=PAST_DAYS)
        self._unit = WeightedWords(UNITS)
        self._desks: list[tuple[Desk, float]] = []
        for desk in desks(catalogue, calendar, self._random, degraded_on=today):
            busy = sum(desk.volume(self._first + timedelta(days=n)) for n in range(PAST_DAYS))
            self._desks.append((desk, files * desk.profile.share / busy))
        self._numbers: Counter[tuple[str, int]] = Counter()
        self._pending: list[Arrival] = []

    def past(self) -> Iterator[Arrival]:
        """What arrived by ``now``, in order."""
        while self._soonest() <= self._now:
            yield heappop(self._pending)

    def live(self) -> Iterator[Arrival]:
        """What arrives afterwards, in order and without end; exhaust :meth:`past` first.

        Raises ``CoverageError`` when the traffic reaches the end of the calendar.
        """
        while True:
            self._soonest()
            yield heappop(self._pending)

    def _soonest(self) -> datetime:
        """When the next arrival is, once no day can still bring an earlier one."""
        pending, midnight = self._pending, self._calendar.midnight
        while not (pending and pending[0].recorded_at < midnight(self._next_day)):
            self._open_day(self._next_day)
            self._next_day += ONE_DAY
        return pending[0].recorded_at

    def _open_day(self, day: date) -> None:
        """Draw the life of every file received on a day; nothing arrives before that day."""
        random = self._random
        mishaps = self._mishaps(day)
        for desk, rate in self._desks:
            expected = rate * desk.volume(day) * random.uniform(0.6, 1.4)
            files = range(int(expected + random.random()))
            lives = [desk.life(day, self._unit.draw(random)) for _ in files]
            for facts in sorted(lives, key=lambda facts: facts[0].time):
                if random.random() < mishaps.senseless:
                    facts.append(_senseless(facts[0], desk.profile, random))
                file_id = self._publish(desk.profile, day, facts)
                self._look_good(desk, file_id, facts)

    def _mishaps(self, day: date) -> Mishaps:
        week = (day - self._first).days // 7 % _WEEKS
        return _BAD if week == _BAD_WEEK else _USUAL

    def _file_id(self, prefix: str, year: int) -> str:
        self._numbers[prefix, year] += 1
        return f"{prefix}-{year}-{self._numbers[prefix, year]:06}"

    def _publish(self, profile: Profile, day: date, facts: list[Fact]) -> str:
        """Schedule a file's events, each soon after it happened unless something goes wrong.

        Returns the file's identifier.
        """
        file_id = self._file_id(profile.prefix, day.year)
        random, local_day = self._random, self._calendar.local_day
        held_up = timedelta()
        for index, fact in enumerate(facts, 1):
            mishaps = self._mishaps(local_day(fact.time))
            event = self._event(profile.source, file_id, f"{file_id}/{index}", fact)
            lag = timedelta(seconds=int(random.expovariate(1 / 20)))
            recorded_at = max(fact.time, facts[0].time) + lag
            if index == 1 or profile.channel != "call":  # a call is reported whole
                late = random.random() < mishaps.late
                held_up = timedelta(hours=random.randint(20, 200) if late else 0)
            recorded_at += held_up
            self._send(recorded_at, event)
            if random.random() < mishaps.resent:
                self._send(recorded_at + timedelta(minutes=random.randint(1, 900)), event)
            if fact is facts[-1] and fact.kind is Decided and random.random() < mishaps.corrected:
                self._correct(profile, file_id, index, fact, recorded_at)
        if self._transfers.random() < profile.transferred:
            self._transfer(profile.source, file_id, facts)
        return file_id

    def _look_good(self, desk: Desk, file_id: str, facts: Sequence[Fact]) -> None:
        """A unit brings a late file back within its limit."""
        doubt = desk.doubtful.doubt(facts, self._doubts)
        if doubt is None:
            return
        self.tricks[file_id] = doubt.trick
        for number, (fact, recorded_at) in enumerate(doubt.facts, 1):
            event = self._event(desk.profile.source, file_id, f"{file_id}/D{number}", fact)
            self._send((recorded_at or fact.time).astimezone(UTC), event)

    def _transfer(self, source: str, file_id: str, facts: list[Fact]) -> None:
        """A unit with less to do takes a file, while it is dealt with for the first time."""
        random, received = self._transfers, facts[0]
        lasted = next(fact.time for fact in facts if fact.kind in _ENDS) - received.time
        at = received.time + lasted * random.uniform(*_TRANSFERRED_WITHIN)
        here = received.data["unit"]
        there = random.choice([unit for unit in UNITS if unit != here])
        fact = Fact(at.replace(microsecond=0), Transferred, {"unit": there})
        if fact.time > received.time:
            self._send(fact.time, self._event(source, file_id, f"{file_id}/T", fact))

    def _correct(
        self, profile: Profile, file_id: str, index: int, wrong: Fact, recorded_at: datetime
    ) -> None:
        """Void a decision with a wrong date some days later, and publish the right one."""
        calendar = self._calendar
        decided_on = calendar.advance(calendar.local_day(wrong.time), 1)
        decided_at = calendar.midnight(decided_on) + timedelta(hours=10)
        if profile.channel == "call":
            decided_at = wrong.time + timedelta(minutes=1)
        right = Fact(decided_at, Decided, wrong.data)
        after_days = self._random.randint(*_NOTICED_AFTER_DAYS)
        noticed_on = calendar.advance(calendar.local_day(recorded_at), after_days)
        noticed_at = calendar.midnight(noticed_on) + timedelta(hours=9, minutes=30)
        void = Fact(noticed_at, Voided, {"event_id": f"{file_id}/{index}"})
        for number, fact in enumerate((void, right), index + 1):
            event = self._event(profile.source, file_id, f"{file_id}/{number}", fact)
            self._send(noticed_at + timedelta(seconds=number), event)

    def _event(self, source: str, file_id: str, event_id: str, fact: Fact) -> bytes:
        return _encode(
            {
                "specversion": "1.0",
                "id": event_id,
                "source": source,
                "type": _STORED_NAMES[fact.kind],
                "subject": file_id,
                "time": fact.time.astimezone(self._calendar.zone).isoformat(),
                "datacontenttype": "application/json",
                "data": fact.data,
            }
        )

    def _send(self, recorded_at: datetime, raw: bytes) -> None:
        heappush(self._pending, Arrival(recorded_at, raw))


def _senseless(received: Fact, profile: Profile, random: Random) -> Fact:
    """An event that becomes an anomaly: a second reception, or a request before the first."""
    if profile.channel == "call":  # the switchboard reports the call a second time
        return Fact(received.time + timedelta(seconds=2), Received, received.data)
    if random.random() < 0.5:
        return Fact(received.time + timedelta(hours=random.randint(1, 90)), Received, received.data)
    earlier = received.time - timedelta(hours=random.randint(2, 60))
    return Fact(earlier, DocumentsRequested, {"request_id": "R0"})
