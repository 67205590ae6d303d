"""The oracle's wall calendar: limits in days, weeks and months, counted by turning the days over one by one.

On each page stands what was counted and waited through that day. When something happens the pages since the last wait began are
written anew, by what is known of it then.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Self

from typing_extensions import override

from tests.unit.domain.oracle_calendar import (
    ONE_DAY,
    is_business_day,
    last_day,
    local_day,
    midnight,
    opening_day,
)
from tests.unit.domain.oracle_facts import Asked, Promise, Step, Worth
from tests.unit.domain.oracle_walk import Walk

Page = tuple[int, int]
"""Counted and waited through a day."""


@dataclass
class Wait:
    """From the first request to the last answer."""

    since: datetime
    once_late: bool
    asked: list[Asked] = field(default_factory=list)
    answered: list[tuple[Asked, datetime, bool]] = field(default_factory=list)
    until: datetime | None = None

    def copy(self) -> Wait:
        other = copy(self)
        other.asked, other.answered = [*self.asked], [*self.answered]
        return other

    def takes(self, day: date) -> bool:
        """Whether a day does not count because of this wait."""
        return self.first() <= day and (self.until is None or day <= self.last(self.until))

    def first(self) -> date:
        """The day after the first request, or that day, where one made on it takes it."""
        day = local_day(self.since)
        takes_it = [
            one
            for one in self.asked
            if local_day(one.at) == day
            and one.kind.counts in ("in_hand_at_end", "in_hand_all_day")
            and not self.once_late
        ]
        return day if takes_it else day + ONE_DAY

    def last(self, until: datetime) -> date:
        """The day of the answer, or the one before, where all that came on it leave it; a lapse ends before."""
        day = local_day(until)
        for one, at, lapsed in self.answered:
            leaves_it = one.kind.counts in ("in_hand_at_end", "in_hand_at_any_time")
            if local_day(at) == day and not (lapsed or (leaves_it and not self.once_late)):
                return day
        return day - ONE_DAY


class Wall(Walk):
    """A calendar on a wall, open at ``today``; day 0 of the count is ``origin``."""

    def __init__(self, received_at: datetime, promise: Promise, calendar: str) -> None:
        self.waits: list[Wait] = []
        self.waited_when_late: int | None = None
        super().__init__(received_at, promise, calendar)

    @override
    def copy(self) -> Self:
        other = super().copy()
        other.waits = [wait.copy() for wait in self.waits]
        return other

    @override
    def begin(self, at: datetime) -> None:
        promise = self.promise
        self.counted_from = at
        self.origin = day_zero(promise, self.calendar, at)
        self.today = self.origin
        self.pages: dict[date, Page] = {self.origin: (0, 0)}
        self.waited_when_taken_up = 0
        self.business = promise.days is not None
        self.months, self.days = promise.months or 0, promise.days or promise.civil_days or 0

    def write(self, day: date) -> None:
        counted, waited = self.pages[day - ONE_DAY]
        if any(wait.takes(day) for wait in self.waits):
            waited += 1
        elif not self.business or is_business_day(self.calendar, day):
            counted += 1
        self.pages[day] = counted, waited

    @override
    def turn_to(self, instant: datetime) -> None:
        while self.today < local_day(instant):
            self.turn()

    def turn(self) -> None:
        self.today += ONE_DAY
        self.write(self.today)
        self.look(midnight(self.today))

    def look(self, at: datetime) -> None:
        """A day that counts makes a file late, if it is one too many; then that is so for ever."""
        page, before = self.pages[self.today], self.pages.get(self.today - ONE_DAY)
        if self.late_at is not None or self.owed or before is None or page[0] == before[0]:
            return
        late = page[0] > self.days if self.business else self.today > self.civil_due(page[1])
        if late:
            self.late_at = at
            self.waited_when_late = page[1]

    @override
    def change_hands(self, step: Step) -> None:
        if step.asked is not None:
            if not self.waits or self.waits[-1].until is not None:
                self.waits.append(Wait(step.at, self.late_at is not None))
            self.waits[-1].asked.append(step.asked)
        self.waits[-1].answered += [(one, step.at, step.lapsed) for one in step.answered]
        if not step.owed:
            self.waits[-1].until = step.at
        day = max(local_day(self.waits[-1].since), self.origin + ONE_DAY)
        while day <= self.today:
            self.write(day)
            day += ONE_DAY
        restarts = any(one.kind.clock == "restarts" for one in step.answered) and not step.lapsed
        if not step.owed and not (restarts and self.late_at is None):
            self.look(step.at)
            if self.late_at is None:
                self.waited_when_taken_up = self.pages[self.today][1]

    @override
    def extend(self, worth: Worth, until: date | None, at: datetime) -> tuple[bool, float | None]:
        if until is None:
            self.months, self.days = self.months + worth.months, self.days + worth.days
            return True, None
        now = self.if_resumed(at)
        if self.business:
            amount = now.counted_by(until)
            if amount <= self.days:
                return False, None
        else:
            waited = now.pages[now.today][1]
            if until <= now.civil_due(waited):
                return False, None
            amount = (until - self.origin).days - waited
        self.months, self.days = 0, amount
        return True, amount

    def counted_by(self, day: date) -> int:
        """How much is counted by a day, past or to come, in hand from today on."""
        if day <= self.today:
            return self.pages[max(day, self.origin)][0]
        ahead = [self.today + timedelta(days=n + 1) for n in range((day - self.today).days)]
        return self.pages[self.today][0] + sum(is_business_day(self.calendar, one) for one in ahead)

    def civil_due(self, waited: int) -> date:
        due = last_day(self.calendar, self.origin, 0, self.days, self.months)
        due += timedelta(days=waited)
        rolling = self.promise.rolls_on or (self.calendar if self.promise.roll_forward else None)
        while rolling is not None and not is_business_day(rolling, due):
            due += ONE_DAY
        return due

    def allowed(self, waited: int) -> int:
        if self.business:
            return self.days
        return (self.civil_due(waited) - self.origin).days - waited

    @override
    def used_up(self) -> bool:
        return self.pages[self.today][0] >= self.allowed(self.waited_when_taken_up)

    @override
    def due_in_hand(self) -> date:
        if not self.business:
            waited = self.pages[self.today][1]
            return self.civil_due(
                waited if self.waited_when_late is None else self.waited_when_late
            )
        ahead = self.copy()
        while ahead.pages[ahead.today][0] < ahead.days:
            ahead.turn()
        return next(day for day in sorted(ahead.pages) if ahead.pages[day][0] >= ahead.days)

    @override
    def due_standing_still(self) -> date:
        return self.due_in_hand() if self.business else self.civil_due(self.waited_when_taken_up)

    @override
    def late_in_hand(self) -> datetime:
        ahead = self.copy()
        while ahead.late_at is None:
            ahead.turn()
        return ahead.late_at

    @override
    def stage_in_hand(self, now: datetime) -> tuple[str, datetime]:
        stage, since = "on_track", self.since
        promise, due = self.promise, None if self.business else self.due_in_hand()
        for name, threshold in (("at_risk", promise.at_risk), ("critical", promise.critical)):
            first = day = max(local_day(self.since), self.origin)
            while threshold is not None and day <= self.today:
                left = self.days - self.pages[day][0] if due is None else (due - day).days
                if left <= threshold:
                    stage, since = name, self.since if day == first else midnight(day)
                    break
                day += ONE_DAY
        return stage, since

    @override
    def counts(self) -> dict[str, Any]:
        counted, waited = self.pages[self.today]
        held_back = waited if self.waited_when_late is None else self.waited_when_late
        return {
            "counted": counted,
            "waited": waited,
            "settled": self.pages[max(local_day(self.since), self.origin)],
            "remaining": self.allowed(held_back) - counted,
        }


def day_zero(promise: Promise, calendar: str, at: datetime) -> date:
    """Rule 11: the day of the reception, or the next one that the convention in use allows."""
    if promise.received_outside is not None:
        return opening_day(calendar, promise.received_outside, at)
    day = local_day(at)
    while promise.next_business_day and not is_business_day(calendar, day):
        day += ONE_DAY
    return day
