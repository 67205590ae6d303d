"""The oracle's stopwatch: limits in minutes, counted one open minute after the other, exact to the microsecond."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tests.unit.domain.oracle_calendar import ONE_DAY, local_day, opening_minutes
from tests.unit.domain.oracle_facts import Passage, Promise

ONE_MINUTE = timedelta(minutes=1)
ONE_MICROSECOND = timedelta(microseconds=1)
NOTHING = timedelta(0)


@dataclass
class Stopwatch:
    """Opening time passed in the Ministry's hands, and in the client's; when the limit was reached, and passed."""

    promise: Promise
    calendar: str
    counted: timedelta = NOTHING
    waited: timedelta = NOTHING
    reached_at: datetime | None = None
    late_at: datetime | None = None

    def run(self, start: datetime, stop: datetime, *, held: bool) -> None:
        assert self.promise.minutes is not None
        limit = timedelta(minutes=self.promise.minutes)
        for begins, lasts in self._open(start, stop):
            if not held:
                self.waited += lasts
                continue
            if self.late_at is not None:
                self.counted += lasts
                continue
            left = max(limit - self.counted, NOTHING)
            if self.reached_at is None and lasts >= left:
                self.reached_at = begins + left
            if lasts > left:
                self.late_at = begins + left + ONE_MICROSECOND
            self.counted += lasts

    def run_until_late(self, start: datetime) -> None:
        day_end = start
        while self.late_at is None:
            start, day_end = day_end, day_end + ONE_DAY
            self.run(start, day_end, held=True)

    def _open(self, start: datetime, stop: datetime) -> Iterator[tuple[datetime, timedelta]]:
        day, last = local_day(start), local_day(stop)
        while day <= last:
            for minute in opening_minutes(self.calendar, self.promise.hours, day):
                if start <= minute <= stop - ONE_MINUTE:
                    yield minute, ONE_MINUTE
                    continue
                begins, ends = max(minute, start), min(minute + ONE_MINUTE, stop)
                if begins < ends:
                    yield begins, ends - begins
            day += ONE_DAY


def stopwatch(passage: Passage, promise: Promise, calendar: str, end: datetime) -> Stopwatch:
    """A cycle's stopwatch as of an instant."""
    watch = Stopwatch(promise, calendar)
    ends = [*(began for began, _ in passage.holds[1:]), end]
    for (began, outstanding), until in zip(passage.holds, ends, strict=True):
        watch.run(began, min(until, end), held=not outstanding)
    return watch


def count_minutes(
    passage: Passage, promise: Promise, as_of: datetime, calendar: str
) -> dict[str, Any]:
    """What the stopwatch says of one cycle."""
    end = passage.ended.at if passage.ended else as_of
    watch = stopwatch(passage, promise, calendar, end)
    settled = stopwatch(passage, promise, calendar, passage.changed_hands_at())
    ahead = replace(watch)
    ahead.run_until_late(end)
    assert ahead.reached_at is not None
    waiting, ended, late = bool(passage.outstanding), passage.ended is not None, bool(watch.late_at)
    due, earliest = local_day(ahead.reached_at), None
    no_deadline = waiting and not ended and watch.reached_at is None
    stage, since = None, None
    if not ended and late:
        stage, since = "overdue", watch.late_at
    elif not ended and not waiting:
        stage, since = "on_track", passage.taken_up_at()
    if no_deadline:
        earliest = due
    return {
        "counted": watch.counted.total_seconds(),
        "waited": watch.waited.total_seconds(),
        "settled": (settled.counted.total_seconds(), settled.waited.total_seconds()),
        "due_on": None if no_deadline else due,
        "earliest_due_on": earliest,
        "breaches_at": ahead.late_at if late or not (waiting or ended) else None,
        "late": late,
        "stage": stage,
        "stage_since": since,
        "remaining": (timedelta(minutes=promise.minutes or 0) - watch.counted).total_seconds(),
    }
