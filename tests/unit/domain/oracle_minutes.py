"""The oracle's stopwatch: limits in opening time, one opening after the other, exact to the microsecond."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from typing_extensions import override

from tests.unit.domain.oracle_calendar import ONE_DAY, local_day, midnight, opening_spans
from tests.unit.domain.oracle_facts import Step, Worth
from tests.unit.domain.oracle_walk import Walk

ONE_MICROSECOND = timedelta(microseconds=1)
NOTHING = timedelta(0)


class Stopwatch(Walk):
    """Opening time passed in the Ministry's hands, and in the client's; when the limit was reached, and passed."""

    @override
    def begin(self, at: datetime) -> None:
        promise = self.promise
        self.counted_from = self.now = at
        self.limit = timedelta(minutes=promise.minutes or 0, seconds=promise.seconds or 0)
        self.counted = self.waited = NOTHING
        self.settled = NOTHING, NOTHING
        self.reached_at: datetime | None = None

    @override
    def turn_to(self, instant: datetime) -> None:
        for begins, lasts in self.open(self.now, instant):
            if self.owed:
                self.waited += lasts
                continue
            left = self.limit - self.counted
            if self.reached_at is None and lasts >= left:
                self.reached_at = begins + left
            if self.late_at is None and lasts > left:
                self.late_at = begins + left + ONE_MICROSECOND
            self.counted += lasts
        self.now = max(self.now, instant)

    def open(self, start: datetime, stop: datetime) -> Iterator[tuple[datetime, timedelta]]:
        day, last = local_day(start) - ONE_DAY, local_day(stop)
        while day <= last:
            for opens, closes in opening_spans(self.calendar, self.promise.hours, day):
                begins, ends = max(opens, start), min(closes, stop)
                if begins < ends:
                    yield begins, ends - begins
            day += ONE_DAY

    @override
    def change_hands(self, step: Step) -> None:
        """Nothing but who has the file changes."""

    @override
    def settle(self, at: datetime) -> None:
        super().settle(at)
        self.settled = self.counted, self.waited

    @override
    def extend(self, worth: Worth, until: date | None, at: datetime) -> tuple[bool, float | None]:
        limit, allowed = self.limit + timedelta(seconds=worth.seconds), None
        if until is not None:
            # The end of that day is the last instant of it.
            end = midnight(until + ONE_DAY) - ONE_MICROSECOND
            limit = self.counted + sum((lasts for _, lasts in self.open(at, end)), NOTHING)
            allowed = limit.total_seconds()
            if limit <= self.limit:
                return False, None
        self.limit = limit
        self.reached_at = None
        return True, allowed

    @override
    def used_up(self) -> bool:
        return self.counted >= self.limit

    def ahead(self) -> Stopwatch:
        """In hand from now on, until it is late."""
        other = self.copy()
        other.owed = ()
        while other.late_at is None:
            other.turn_to(other.now + ONE_DAY)
        return other

    @override
    def due_in_hand(self) -> date:
        reached_at = self.reached_at or self.ahead().reached_at
        assert reached_at is not None
        return local_day(reached_at)

    @override
    def due_standing_still(self) -> date:
        return self.due_in_hand()

    @override
    def late_in_hand(self) -> datetime:
        late_at = self.ahead().late_at
        assert late_at is not None
        return late_at

    @override
    def stage_in_hand(self, now: datetime) -> tuple[str, datetime]:
        stage, since, promise = "on_track", self.since, self.promise
        per = timedelta(seconds=1) if promise.seconds is not None else timedelta(minutes=1)
        for name, threshold in (("at_risk", promise.at_risk), ("critical", promise.critical)):
            if threshold is None:
                continue
            left = self.limit - self.settled[0] - threshold * per
            if left <= NOTHING:
                stage, since = name, self.since
                continue
            for begins, lasts in self.open(self.since, now):
                if lasts >= left:
                    stage, since = name, begins + left
                    break
                left -= lasts
        return stage, since

    @override
    def counts(self) -> dict[str, Any]:
        return {
            "counted": self.counted.total_seconds(),
            "waited": self.waited.total_seconds(),
            "settled": (self.settled[0].total_seconds(), self.settled[1].total_seconds()),
            "remaining": (self.limit - self.counted).total_seconds(),
        }
