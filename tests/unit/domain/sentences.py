"""Tests as sentences: the past, a moment, the facts (docs/counting-rules.md).

Dates and times are those of a clock on a wall in Montréal. A past event written as a date alone happened at 10:00; a moment
asked about, at noon.

>>> given(received("2025-04-28"), requested("2025-04-29"), answered("2025-05-05")).at("2025-05-06").counts(2)
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, NamedTuple

from shared.domain import cycles, delay, ledger, ownership
from shared.domain.calendars.calendar import BusinessCalendar
from shared.domain.commitments import Standard
from shared.domain.delay import CycleClock, FileClock
from shared.domain.ledger import CycleLedger, LedgerDay
from tests.unit.domain import standards
from tests.unit.domain.agreement import event_of
from tests.unit.domain.oracle import Promise, Told
from tests.unit.domain.oracle_calendar import MONTREAL

_numbers = count(1)


def moment(written: str, otherwise: str = "12:00") -> datetime:
    """An instant from wall-clock words; an offset, when given, is kept."""
    if len(written) == len("2025-04-28"):
        written = f"{written} {otherwise}"
    instant = datetime.fromisoformat(written)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=MONTREAL)
    return instant.astimezone(UTC)


def _told(type_: str, at: str, **facts: Any) -> Told:
    told = Told(type_, moment(at, "10:00"), f"e{next(_numbers):06}")
    return replace(told, **facts)


def received(at: str, **attributes: str) -> Told:
    return _told("received", at, attributes=attributes)


def requested(at: str, request_id: str | None = None, kind: str | None = None) -> Told:
    return _told("documents_requested", at, request_id=request_id, kind=kind)


def answered(at: str, request_id: str | None = None) -> Told:
    return _told("documents_received", at, request_id=request_id)


def decided(at: str, outcome: str = "accepted") -> Told:
    return _told("decided", at, outcome=outcome)


def withdrawn(at: str, reason: str | None = None) -> Told:
    return _told("withdrawn", at, reason=reason)


def extended(at: str, extension: str, until: str | None = None) -> Told:
    return _told("extended", at, extension=extension, until=until and date.fromisoformat(until))


def reached(at: str, milestone: str) -> Told:
    return _told("reached", at, milestone=milestone)


def transferred(at: str, unit: str) -> Told:
    return _told("transferred", at, unit=unit)


def reopened(at: str) -> Told:
    return _told("reopened", at)


def voided(at: str, event: Told | str) -> Told:
    return _told("voided", at, event_id=event if isinstance(event, str) else event.id)


def assigned(to: str, recorded: str) -> Told:
    """An operator gives the file to a source."""
    told = _told("assigned", recorded)
    return replace(told, source="urn:echeance:operator", recorded=told.at, to=to)


def of(source: str, told: Told, recorded: str | None = None) -> Told:
    """The same event from another source, and recorded at a moment."""
    return replace(told, source=source, recorded=moment(recorded) if recorded else told.recorded)


class given:  # noqa: N801 — it opens a sentence
    """A file's past."""

    def __init__(self, *events: Told) -> None:
        self.events = events
        self.standard: Standard = standards.standard("caq-etudes")
        self.calendar = standards.calendar()
        self.shared = ownership.NOT_SHARED

    def sharing(self, *sources: str) -> given:
        """These sources share their files."""
        self.shared = ownership.sharing([sources])
        return self

    def under(self, standard: Standard | str, calendar: str = "qc-legal") -> given:
        if isinstance(standard, str):
            standard = standards.standard(standard)
        self.standard = standard
        self.calendar = standards.calendar(calendar)
        return self

    def under_hours(self, minutes: int, hours: str, calendar: BusinessCalendar) -> given:
        """Under a limit in minutes inside the hours of a calendar of its own."""
        self.standard = standards.standard_of(Promise(minutes=minutes, hours=hours))
        self.calendar = calendar
        return self

    def at(self, written: str) -> Answer:
        history = cycles.history(event_of(told) for told in self.events)
        now = moment(written)
        clock = delay.evaluate(history, self.standard, self.calendar, now, self.shared)
        accounts = ledger.file_ledger(history, self.standard, self.calendar, now, self.shared)
        return Answer(clock, accounts, len(clock.cycles))


class Answer(NamedTuple):
    """What is true of the last cycle, or of the one chosen; every sentence returns it, to go on."""

    clock: FileClock
    accounts: tuple[CycleLedger, ...]
    number: int

    @property
    def cycle(self) -> CycleClock:
        return self.clock.cycles[self.number - 1]

    def day(self, written: str) -> LedgerDay:
        """A line of the ledger."""
        days = self.accounts[self.number - 1].days
        return next(line for line in days if line.day == date.fromisoformat(written))

    def in_cycle(self, number: int) -> Answer:
        return self._replace(number=number)

    def has_cycles(self, number: int) -> Answer:
        assert len(self.clock.cycles) == number
        return self

    def counts(self, counted: float) -> Answer:
        assert self.cycle.counted == counted
        return self

    def waits(self, waited: float) -> Answer:
        assert self.cycle.waited == waited
        return self

    def has_left(self, remaining: float) -> Answer:
        assert self.cycle.remaining == remaining
        return self

    def _is(self, **facts: Any) -> Answer:
        assert {name: getattr(self.cycle.state, name) for name in facts} == facts
        return self

    def is_open(self) -> Answer:
        return self._is(status="open")

    def is_waiting(self) -> Answer:
        return self._is(status="waiting")

    def is_decided(self, on: str) -> Answer:
        return self._is(status="decided", ended_on=date.fromisoformat(on))

    def is_withdrawn(self, on: str) -> Answer:
        return self._is(status="withdrawn", ended_on=date.fromisoformat(on))

    def is_due(self, on: str) -> Answer:
        assert self.cycle.earliest_due_on is None
        return self._is(due_on=date.fromisoformat(on))

    def is_due_at_the_earliest(self, on: str) -> Answer:
        assert self.cycle.earliest_due_on == date.fromisoformat(on)
        return self._is(due_on=None)

    def is_late(self, since: str) -> Answer:
        return self._is(on_time=False, breaches_at=moment(since, "00:00"))

    def is_on_time(self) -> Answer:
        return self._is(on_time=True, breaches_at=None)

    def is_not_late_yet(self) -> Answer:
        return self._is(on_time=None)

    def breaches(self, at: str) -> Answer:
        return self._is(on_time=None, breaches_at=moment(at, "00:00"))

    def never_breaches(self) -> Answer:
        return self._is(breaches_at=None)

    def is_measured(self) -> Answer:
        return self._is(measured=True)

    def is_only_followed(self) -> Answer:
        return self._is(measured=False)

    def has_stage(self, stage: str, since: str) -> Answer:
        return self._is(stage=stage, stage_since=moment(since, "00:00"))

    def has_no_stage(self) -> Answer:
        return self._is(stage=None, stage_since=None)

    def counts_from(self, at: str) -> Answer:
        return self._is(counted_from=moment(at, "10:00"))

    def waits_for(self, party: str | None) -> Answer:
        return self._is(waits_for=party)

    def is_extended(self, *extensions: str) -> Answer:
        assert tuple(one.extension for one in self.cycle.state.extensions) == extensions
        return self

    def is_on_time_unextended(self, on_time: bool | None) -> Answer:
        return self._is(on_time_unextended=on_time)

    def counts_unstopped(self, gross: float | None) -> Answer:
        return self._is(gross=gross)

    def has_stops(self, *removed: float) -> Answer:
        assert tuple(one.removed for one in self.cycle.state.stops) == removed
        return self

    def keeps_tiers(self, *kept: bool) -> Answer:
        return self._is(tiers=kept)

    def is_of_unit(self, unit: str | None) -> Answer:
        return self._is(unit=unit)

    def may_be_reviewed_until(self, last_day: str) -> Answer:
        return self._is(review_until=date.fromisoformat(last_day))

    def may_not_be_reviewed(self) -> Answer:
        return self._is(review_until=None)

    def changes_next(self, at: str) -> Answer:
        assert self.clock.crosses_at == moment(at, "00:00")
        return self

    def changes_no_more(self) -> Answer:
        assert self.clock.crosses_at is None
        return self

    def has_anomalies(self, *reasons: str) -> Answer:
        assert sorted(anomaly.reason for anomaly in self.clock.anomalies) == sorted(reasons)
        return self
