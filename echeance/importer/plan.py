"""What one file's rows add to its history.

Pure. A row repeats an event, is new, or contradicts the event of its identifier. Then the first
recorded stands, unless the export corrects earlier ones: ``voided`` takes back the source's events
that the export lacks, and a contradiction is published under an identifier derived from the row.
Identifiers are digests of their content and none is published twice: corrections are idempotent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Literal, NamedTuple

import msgspec

from echeance.importer.event_order import TimeSpan, instants
from shared.domain import (
    CONFLICT,
    NATURAL_ORDER,
    NOT_SHARED,
    PLAIN,
    Event,
    History,
    Voided,
    VoidedData,
    cycles,
    decode_event,
)
from shared.domain import from_microseconds as at

_MOST_PLACED = 2_000

REPEATED = "repeated"
"""The fate of a row that says what another row of the same export says."""


class StagedRow(NamedTuple):
    """An event of the export, with its time span in microseconds; ``fate`` is None until known."""

    number: int
    file_id: str
    event_id: str
    line: int
    begins: int
    ends: int
    event: bytes
    fate: str | None


class Fate(NamedTuple):
    """The identifier of a row's event, and why the event is not published, if it is not."""

    number: int
    event_id: str
    fate: str | None


CorrectionPolicy = Literal["first_stands", "export_corrects", "export_is_all"]
"""What a row that contradicts an earlier one does; ``plan`` says how. An export that is all that its
source says corrects its files, and takes back those that it no longer has."""


class FilePlan(NamedTuple):
    """Events to publish, fates of rows already decided, and counts of voids and restorations."""

    events: Sequence[Event]
    fates: Sequence[Fate]
    voided: int = 0
    restored: int = 0


class Planner(NamedTuple):
    """How the files of one import are planned: for the events of ``source``, recorded ``now``."""

    source: str
    now: datetime
    policy: CorrectionPolicy

    @property
    def corrects(self) -> bool:
        return self.policy != "first_stands"

    @property
    def is_all(self) -> bool:
        return self.policy == "export_is_all"

    def standing(self, history: History) -> Collection[str]:
        """The identifiers of the source's events that are in effect, without its voids."""
        own = {event.id: event for event in history if event.source == self.source}
        voids = {one for one, event in own.items() if isinstance(event, Voided)}
        return own.keys() - voids - taken_back(history, self.source, self.now)

    def take_back(self, file_id: str, history: History) -> Sequence[Event]:
        """The voids of everything that the source says of a file."""
        own = {event.id: event for event in history if event.source == self.source}
        return [self._void(file_id, one, own) for one in sorted(self.standing(history))]

    def plan(self, rows: Sequence[StagedRow], history: History) -> FilePlan:
        """The plan of one file's rows."""
        distinct = [row for row in rows if row.fate is None]
        fates: list[Fate] = []
        own = {event.id: event for event in history if event.source == self.source}
        gone = taken_back(history, self.source, self.now)
        events: list[Event] = []
        identifiers: set[str] = set()
        for row, event in self._placed(distinct, history, gone):
            event_id = self._identifier(row, event, own)
            if event_id is None:
                fates.append(Fate(row.number, row.event_id, CONFLICT))
                identifiers.add(row.event_id)
                continue
            identifiers.add(event_id)
            if event_id != row.event_id:
                fates.append(Fate(row.number, event_id, None))
                event = msgspec.structs.replace(event, id=event_id)
            if event_id not in own:
                events.append(event)
        if not self.corrects:
            return FilePlan(events, fates)
        file_id = rows[0].file_id
        chain = {_void_of(file_id, event_id) for event_id in own}
        restored = [one for one in sorted(identifiers & gone) if _void_of(file_id, one) in own]
        voided = sorted(own.keys() - identifiers - gone - chain)
        voids = [self._void(file_id, one, own) for one in (*restored, *voided)]
        return FilePlan([*events, *voids], fates, len(voided), len(restored))

    def _placed(
        self, rows: Sequence[StagedRow], history: History, gone: Collection[str]
    ) -> Iterator[tuple[StagedRow, Event]]:
        """The rows' events, at instants that keep the natural order."""
        events = [decode_event(row.event) for row in rows]
        if len(rows) > _MOST_PLACED:  # more than a file may have: most will be refused
            yield from zip(rows, events, strict=True)
            return
        own = {row.event_id for row in rows}
        others = [
            (event.time, NATURAL_ORDER[type(event)])
            for event in history
            if event.source != self.source
            or not (self.corrects or event.id in own or event.id in gone)
        ]
        spans = [
            TimeSpan(at(row.begins), at(row.ends), NATURAL_ORDER[type(event)])
            for row, event in zip(rows, events, strict=True)
        ]
        for row, event, instant in zip(rows, events, instants(spans, others), strict=True):
            moved = event.time != instant
            yield row, msgspec.structs.replace(event, time=instant) if moved else event

    def _identifier(self, row: StagedRow, event: Event, own: Mapping[str, Event]) -> str | None:
        """The identifier of the row's event; None where it contradicts one that stands."""
        first = own.get(row.event_id)
        if first is None or self._same(row, event, first):
            return row.event_id
        instead = _correction_of(row)
        if self.corrects:
            while instead in own and not self._same(row, event, own[instead]):
                instead = _digest("again", row.file_id, instead)
            return instead
        if instead in own and self._same(row, event, own[instead]):
            return instead
        return None

    def _same(self, row: StagedRow, event: Event, other: Event) -> bool:
        """Whether another event is what a row says, within the span of the row's time."""
        if type(event) is not type(other) or event.data != other.data:
            return False
        if self.corrects or event.time == other.time:
            return event.time == other.time
        return at(row.begins) <= other.time < at(row.ends)

    def _void(self, file_id: str, event_id: str, own: Mapping[str, Event]) -> Event:
        """A void that removes an event, or restores one that has been voided.

        The voids of an event form a chain in which each voids the one before it, so every further
        one reverses whether the event counts.
        """
        while (above := _void_of(file_id, event_id)) in own:
            event_id = above
        return Voided(
            id=above,
            source=self.source,
            file_id=file_id,
            time=self.now,
            recorded_at=self.now,
            data=VoidedData(event_id=event_id),
        )


def taken_back(history: History, source: str, now: datetime) -> frozenset[str]:
    """The identifiers of a source's events that have been voided."""
    if Voided not in map(type, history):
        return frozenset()
    voided = cycles.read_cycles(
        history, now, NOT_SHARED, lambda _: PLAIN
    ).voided  # voids are of their own source, whoever the file belongs to
    return frozenset(event.id for event in voided if event.source == source)


def _void_of(file_id: str, event_id: str) -> str:
    return _digest("void", file_id, event_id)


def _correction_of(row: StagedRow) -> str:
    """The identifier of a row that contradicts an event; its time is the one written."""
    event = decode_event(row.event)
    content = msgspec.json.encode((event.time, event.data), order="sorted").decode()
    return _digest("correction", row.file_id, row.event_id, type(event).__name__, content)


def _digest(*parts: str) -> str:
    return blake2b("\x00".join(parts).encode(), digest_size=16).hexdigest()
