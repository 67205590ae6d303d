"""The oracle's desk: the events of a file as one standard reads them, one after the other (rules 5, 14, 16 and 17)."""

from __future__ import annotations

from datetime import datetime

from tests.unit.domain.oracle_calendar import ONE_DAY, last_day, local_day, midnight
from tests.unit.domain.oracle_facts import Asked, Kind, Passage, Rules, Step, Told


class Desk:
    """Who has the file, and what is owed, as of the last event told."""

    def __init__(self, rules: Rules, calendar: str) -> None:
        self.rules = rules
        self.calendar = calendar
        self.opening: Told | None = None
        self.over = False
        self.reached: list[str | None] = []
        self.units: list[tuple[datetime, str]] = []
        self.passages: list[Passage] = []

    @property
    def unit(self) -> str | None:
        return self.units[-1][1] if self.units else None

    def unit_at(self, instant: datetime) -> str | None:
        had = [unit for since, unit in self.units if since <= instant]
        return had[-1] if had else None

    @property
    def running(self) -> Passage | None:
        return self.passages[-1] if self.passages and not self.passages[-1].ended else None

    def begin(self, event: Told) -> None:
        assert self.opening is not None
        self.passages.append(Passage(len(self.passages) + 1, event, self.opening.attributes))

    def let_lapse(self, instant: datetime) -> None:
        """Requests whose wait ended by itself by an instant, the first to do so first."""
        passage = self.running
        while passage is not None:
            ends = [asked.lapses_at for asked in passage.owed if asked.lapses_at is not None]
            if not ends or min(ends) > instant:
                return
            gone = tuple(asked for asked in passage.owed if asked.lapses_at == min(ends))
            left = tuple(asked for asked in passage.owed if asked not in gone)
            passage.steps.append(Step(min(ends), left, answered=gone, lapsed=True))

    def happen(self, event: Told) -> str | None:
        """An event; the reason where it changes nothing."""
        self.let_lapse(event.at)
        if self.opening is None:
            if event.type != "received":
                return "before_reception"
            self.opening = event
            self.units.append((event.at, event.unit))
            if self.rules.begins_with is None:
                self.begin(event)
            return None
        if event.type == "transferred":
            if event.unit == self.unit:
                return "already_there"
            self.units.append((event.at, event.unit))
            return None
        if self.over:
            if event.type != "reopened":
                return "after_end"
            self.over, self.reached = False, []
            if self.rules.begins_with is None:
                self.begin(event)
            return None
        if event.type in ("received", "reopened"):
            return "already_received" if event.type == "received" else "still_running"
        if event.type == "reached":
            return self.reach(event)
        passage = self.running
        if event.type in ("decided", "withdrawn"):
            self.over = True
            if passage is not None:
                passage.ended = event
            return None
        if passage is None:
            return None
        if event.type == "extended":
            passage.steps.append(Step(event.at, passage.owed, extended=event))
            return None
        return (
            ask(passage, event, self)
            if event.type == "documents_requested"
            else answer(passage, event)
        )

    def reach(self, event: Told) -> str | None:
        if event.milestone in self.reached:
            return "already_reached"
        self.reached.append(event.milestone)
        if event.milestone == self.rules.begins_with:
            self.begin(event)
        elif event.milestone == self.rules.ends_with and self.running is not None:
            self.running.ended = event
        return None


def ask(passage: Passage, event: Told, desk: Desk) -> str | None:
    if event.request_id in passage.running or event.request_id in [
        asked.request_id for asked in passage.owed
    ]:
        return "already_requested"
    kind = desk.rules.requests[event.kind] if event.kind is not None else Kind()
    made = [step.asked for step in passage.steps if step.asked and step.asked.kind is kind]
    if kind.at_most is not None and len(made) >= kind.at_most:
        return "too_many_requests"
    if kind.clock == "runs":
        passage.running.append(event.request_id)
        return None
    lapses_at, after = None, kind.lapses_after
    if after is not None:
        day = local_day(event.at)
        last = last_day(desk.calendar, day, after.business_days, after.civil_days, after.months)
        lapses_at = midnight(last + ONE_DAY)
    asked = Asked(event.request_id, event.at, kind, lapses_at, event.recorded, event.kind)
    passage.steps.append(Step(event.at, (*passage.owed, asked), asked=asked))
    return None


def answer(passage: Passage, event: Told) -> str | None:
    """An answer with an identifier is to that request, one without to all."""
    everything = event.request_id is None
    ran = [one for one in passage.running if everything or one == event.request_id]
    passage.running = [one for one in passage.running if one not in ran]
    given = tuple(
        asked for asked in passage.owed if everything or asked.request_id == event.request_id
    )
    if given:
        left = tuple(asked for asked in passage.owed if asked not in given)
        passage.steps.append(Step(event.at, left, answered=given))
        return None
    if ran:
        return None
    lapsed = [asked for step in passage.steps if step.lapsed for asked in step.answered]
    if any(everything or asked.request_id == event.request_id for asked in lapsed):
        return "already_lapsed"
    return "nothing_outstanding"
