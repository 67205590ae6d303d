"""A cycle lived through, moment by moment: what days on a wall calendar and a stopwatch have in common.

Whoever holds the file is told what happens as it happens, and what is asked of the future is tried out on a copy.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import copy
from datetime import date, datetime
from typing import Any, Self

from tests.unit.domain.oracle_calendar import last_day, local_day, midnight
from tests.unit.domain.oracle_facts import Asked, Passage, Promise, Span, Step, Told, Worth


class Walk(ABC):
    """``since`` is when the file last changed hands or was extended in hand; ``owed`` what is owed now."""

    counted_from: datetime

    def __init__(self, received_at: datetime, promise: Promise, calendar: str) -> None:
        self.promise = promise
        self.calendar = calendar
        self.received_at = self.since = received_at
        self.owed: tuple[Any, ...] = ()
        self.late_at: datetime | None = None
        self.extensions: list[tuple[str, datetime, date | None, float | None]] = []
        self.refused: list[tuple[str, str, str]] = []
        self.counted_when_asked: list[Any] = []
        self.left_when_asked: list[tuple[Any, datetime | None]] = []
        self.restarts: list[tuple[Asked, datetime]] = []
        self.begin(received_at)

    def copy(self) -> Self:
        """Another one, to try out what is to come."""
        other = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, list | dict):
                setattr(other, name, value.copy())
        return other

    @abstractmethod
    def begin(self, at: datetime) -> None:
        """The count begins, or begins again."""

    @abstractmethod
    def turn_to(self, instant: datetime) -> None:
        """Time passes."""

    @abstractmethod
    def change_hands(self, step: Step) -> None:
        """Something was asked or answered."""

    def settle(self, at: datetime) -> None:
        """The file changed hands, was extended in hand, or ended."""
        self.since = at

    @abstractmethod
    def extend(self, worth: Worth, until: date | None, at: datetime) -> tuple[bool, float | None]:
        """Whether the limit became longer, and what it is where a date was given."""

    @abstractmethod
    def used_up(self) -> bool:
        """Whether nothing was left of the limit when the answer began to be awaited."""

    @abstractmethod
    def due_in_hand(self) -> date:
        """The last day on time of a file in hand from now on."""

    @abstractmethod
    def due_standing_still(self) -> date:
        """The deadline of a file that waits with its limit used up."""

    @abstractmethod
    def late_in_hand(self) -> datetime:
        """When a file in hand from now on will be late."""

    @abstractmethod
    def stage_in_hand(self, now: datetime) -> tuple[str, datetime]:
        """The stage of a file in hand, and when it began."""

    @abstractmethod
    def counts(self) -> dict[str, Any]:
        """``counted``, ``waited``, ``settled`` and ``remaining``."""

    def tell(self, step: Step) -> None:
        """Something happened."""
        held = not self.owed
        if step.extended is not None:
            self.lengthen(step.extended)
            return
        if step.asked is not None:
            left: Any = self.counts()["remaining"] if held else None
            late_at = self.late_in_hand() if held and self.late_at is None else None
            self.left_when_asked.append((left, late_at))
        self.owed = step.owed
        self.change_hands(step)
        restarts = any(asked.kind.clock == "restarts" for asked in step.answered)
        if restarts and self.late_at is None and not step.lapsed:
            self.restarts.append(
                (next(one for one in step.answered if one.kind.clock == "restarts"), step.at)
            )
            self.begin_again(step.at)
        if step.asked is not None:
            self.counted_when_asked.append(self.counts()["counted"])
        if held == bool(step.owed):
            self.settle(step.at)

    def begin_again(self, at: datetime) -> None:
        self.begin(at)
        granted, self.extensions = self.extensions, []
        for word, made_at, until, _ in granted:
            self.grant(word, made_at, until, at)

    def lengthen(self, event: Told) -> None:
        worth = self.promise.extensions.get(event.extension or "")
        made = sum(word == event.extension for word, *_ in self.extensions)
        reason = None
        if worth is None or worth.given != (event.until is not None):
            reason = "extends_nothing"
        elif self.late_at is not None:
            reason = "extended_when_late"
        elif worth.at_most is not None and made >= worth.at_most:
            reason = "extended_too_often"
        elif not self.grant(event.extension or "", event.at, event.until, event.at):
            reason = "extends_nothing"
        elif not self.owed:
            self.settle(event.at)
        if reason:
            self.refused.append((event.source, event.id, reason))

    def grant(self, word: str, made_at: datetime, until: date | None, at: datetime) -> bool:
        longer, allowed = self.extend(self.promise.extensions[word], until, at)
        if longer:
            self.extensions.append((word, made_at, until, allowed))
        return longer

    def if_answered(self, at: datetime) -> Self:
        """The same file, had everything that is owed come at this instant."""
        other = self.copy()
        if other.owed:
            other.tell(Step(at, (), answered=other.owed))
        return other

    def if_resumed(self, at: datetime) -> Self:
        """The same, but the count does not begin again."""
        other = self.copy()
        if other.owed:
            step = Step(at, (), answered=other.owed)
            other.owed = ()
            other.change_hands(step)
        return other

    def answer(self, passage: Passage, as_of: datetime) -> dict[str, Any]:
        """What is true of the cycle at its end, or now."""
        ended, late, waiting = passage.ended, self.late_at is not None, bool(self.owed)
        now = ended.at if ended else as_of
        due: date | None = None
        earliest: date | None = None
        if late or not waiting:
            due = self.due_in_hand()
        elif ended:
            due = self.if_answered(now).due_in_hand()
        elif self.used_up():
            due = self.due_standing_still()
        else:
            earliest = self.if_answered(now).due_in_hand()
        breaches_at = self.late_at
        if not (late or waiting or ended):
            breaches_at = self.late_in_hand()
        stage: str | None = None
        stage_since: datetime | None = None
        if ended:
            self.settle(ended.at)
        elif late:
            stage, stage_since = "overdue", self.late_at
        elif not waiting:
            stage, stage_since = self.stage_in_hand(now)
        elif self.promise.remind_after is not None:
            long_from = waited_long(self.calendar, self.since, self.promise.remind_after)
            if long_from <= now:
                stage, stage_since = "waiting_long", long_from
        return self.counts() | {
            "since": self.since,
            "due_on": due,
            "earliest_due_on": earliest,
            "breaches_at": breaches_at,
            "stage": stage,
            "stage_since": stage_since,
            "counted_from": None if self.counted_from == self.received_at else self.counted_from,
            "extensions": tuple(self.extensions),
        }


def waited_long(calendar: str, since: datetime, after: Span) -> datetime:
    """00:00 of the day with which a wait has lasted so long."""
    day = local_day(since)
    return midnight(last_day(calendar, day, after.business_days, after.civil_days, after.months))
