"""The oracle's wall calendar: limits in days and in months, counted by turning the days over one by one."""

from __future__ import annotations

import calendar as month_lengths
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.unit.domain.oracle_calendar import ONE_DAY, is_business_day, local_day, midnight
from tests.unit.domain.oracle_facts import Passage, Promise


def months_later(day: date, months: int) -> date:
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, month_lengths.monthrange(year, month)[1]))


@dataclass
class Wall:
    """A wall calendar being turned over: what was counted and waited through ``day``."""

    passage: Passage
    promise: Promise
    calendar: str
    day: date
    counted: int = 0
    waited: int = 0
    moved_by: int = 0
    used_up_on: date | None = None
    late_on: date | None = None

    def __post_init__(self) -> None:
        # Day 0 of a file received on a day off, by the other convention in use, is the next business day.
        while self.promise.next_business_day and not is_business_day(self.calendar, self.day):
            self.day += ONE_DAY
        self.origin = self.day

    def months_due(self) -> date:
        assert self.promise.months is not None
        due = months_later(self.origin, self.promise.months) + timedelta(days=self.moved_by)
        while self.promise.roll_forward and not is_business_day(self.calendar, due):
            due += ONE_DAY
        return due

    def turn(self, *, held: bool) -> None:
        """One more day began."""
        self.day += ONE_DAY
        if not held:
            self.waited += 1
            if self.late_on is None:  # a deadline that has passed stands still (rule 4)
                self.moved_by += 1
            return
        if self.promise.months is not None:
            self.counted += 1
            late = self.day > self.months_due()
        elif is_business_day(self.calendar, self.day):
            self.counted += 1
            assert self.promise.days is not None
            if self.counted == self.promise.days:
                self.used_up_on = self.day
            late = self.counted > self.promise.days
        else:
            late = False
        if late and self.late_on is None:
            self.late_on = self.day

    def turn_to(self, last: date) -> None:
        while self.day < last:
            self.turn(held=self.passage.held_before(midnight(self.day + ONE_DAY)))

    def due_if_held(self) -> date:
        """The last day allowed if the Ministry holds the file from here on."""
        if self.promise.months is not None:
            return self.months_due()
        ahead = copy(self)
        while ahead.used_up_on is None:
            ahead.turn(held=True)
        return ahead.used_up_on

    def late_if_held(self) -> date:
        ahead = copy(self)
        while ahead.late_on is None:
            ahead.turn(held=True)
        return ahead.late_on

    def remaining(self) -> int:
        if self.promise.months is not None:
            # A late file is late by the days it was in hand since: those of the client are not added.
            return (self.months_due() - self.day).days + self.waited - self.moved_by
        assert self.promise.days is not None
        return self.promise.days - self.counted


def count_days(
    passage: Passage, promise: Promise, as_of: datetime, calendar: str
) -> dict[str, Any]:
    """What the calendar on the wall says of one cycle."""
    wall, taken_up, settled = (
        Wall(passage, promise, calendar, local_day(passage.received_at)) for _ in range(3)
    )
    wall.turn_to(local_day(passage.ended.at if passage.ended else as_of))
    taken_up.turn_to(local_day(passage.taken_up_at()))
    settled.turn_to(local_day(passage.changed_hands_at()))
    waiting, ended = bool(passage.outstanding), passage.ended is not None
    due: date | None = wall.due_if_held()
    earliest = None
    if waiting and not ended:
        due, earliest = due_while_waiting(wall, taken_up, settled)
    late = wall.late_on is not None
    breaches_at = midnight(wall.late_if_held()) if late or not (waiting or ended) else None
    stage, stage_since = None, None
    if late and not ended:
        stage, stage_since = "overdue", breaches_at
    elif not (waiting or ended):
        stage, stage_since = stage_in_hand(passage, promise, taken_up, wall.day)
    return {
        "counted": wall.counted,
        "waited": wall.waited,
        "settled": (settled.counted, settled.waited),
        "due_on": due,
        "earliest_due_on": earliest,
        "breaches_at": breaches_at,
        "late": late,
        "stage": stage,
        "stage_since": stage_since,
        "remaining": wall.remaining(),
    }


def due_while_waiting(wall: Wall, taken_up: Wall, settled: Wall) -> tuple[date | None, date | None]:
    """No deadline, because it moves; but once the last allowed day was counted it stays that day (rule 8)."""
    if wall.promise.months is None:
        due = wall.due_if_held()
        return (due, None) if wall.used_up_on else (None, due)
    due = taken_up.due_if_held()
    return (due, None) if due <= settled.day else (None, wall.due_if_held())


def stage_in_hand(
    passage: Passage, promise: Promise, taken_up: Wall, today: date
) -> tuple[str, datetime]:
    """The last stage whose threshold is reached, and 00:00 of the day that did it, or when the file came into hand."""
    stage, since = "on_track", passage.taken_up_at()
    for name, threshold in (("at_risk", promise.at_risk), ("critical", promise.critical)):
        if threshold is None:
            continue
        ahead = copy(taken_up)
        if ahead.remaining() <= threshold:
            stage, since = name, passage.taken_up_at()
            continue
        while ahead.day < today and ahead.remaining() > threshold:
            ahead.turn(held=True)
        if ahead.remaining() <= threshold:
            stage, since = name, midnight(ahead.day)
    return stage, since
