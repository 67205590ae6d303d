"""The clocks of a file under a catalogue: one for each standard that measures it.

Pure. The reception of a file names a standard, or a service, each of whose standards measures the
file with its own calendar, deadline and stages. Its unit is that of the reception until it is
transferred (rule 17 of docs/counting-rules.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from shared.domain import cycles
from shared.domain.calendars import BusinessCalendar
from shared.domain.catalogue import Catalogue
from shared.domain.commitments import Standard
from shared.domain.counting import CountCheckpoint
from shared.domain.cycles import (
    PLAIN,
    EventsInEffect,
    FileState,
    History,
    Passage,
    ReadingCheckpoint,
)
from shared.domain.delay import DelayCalculator, FileClock, clock_before_reception
from shared.domain.events import Received
from shared.domain.ledger import CycleLedger, ledgers_of
from shared.domain.records import Anomaly, Stop


class UnknownStandardError(Exception):
    """A file names a standard that the catalogue does not have."""


class StandardReading:
    """A file as one of its standards reads it."""

    __slots__ = ("calendar", "clock", "name", "standard", "state")

    def __init__(self, measure: _Measure, state: FileState) -> None:
        self.name = measure.name
        self.standard: Standard = measure.standard
        self.calendar: BusinessCalendar = measure.calendar
        self.state = state
        self.clock = measure.calculator.clock(state)


class FileReading:
    """A file at a moment; ``clock`` has the cycles of every standard, in the order of the service.

    ``units`` are those that had the file, each from when; the last one has it now.
    """

    __slots__ = ("clock", "of_standards", "state")

    def __init__(
        self, state: FileState, clock: FileClock, of_standards: Sequence[StandardReading]
    ) -> None:
        self.state = state
        self.clock = clock
        self.of_standards = of_standards

    @property
    def opening(self) -> Received | None:
        return self.state.opening

    @property
    def unit(self) -> str | None:
        """The unit that has the file."""
        return self.state.units[-1][1] if self.state.units else None

    @property
    def units(self) -> Sequence[tuple[datetime, str]]:
        return self.state.units


class _Measure:
    """What measures the files of a unit under a standard."""

    __slots__ = ("calculator", "calendar", "name", "standard")

    def __init__(
        self, name: str, standard: Standard, calendar: BusinessCalendar, calculator: DelayCalculator
    ) -> None:
        self.name = name
        self.standard = standard
        self.calendar = calendar
        self.calculator = calculator


class FileCheckpoint(NamedTuple):
    """A file of one standard at a moment when nothing is asked for: where to read and count on from."""

    reading: ReadingCheckpoint
    counted: CountCheckpoint | None


class FileCalculator:
    """Reads the files of a catalogue; keeps what measures them by the words of their reception."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._sharing = catalogue.sharing
        self._measures: dict[tuple[str, str], Sequence[_Measure]] = {}

    def read(self, history: History, now: datetime) -> FileReading:
        """A file as of ``now``; raises ``CoverageError`` or :class:`UnknownStandardError`."""
        events = EventsInEffect(history, now, self._sharing)
        opening = events.opening
        if opening is None:
            state = events.read(PLAIN)
            return FileReading(state, clock_before_reception(state), ())
        measures = self._of_reception(opening)
        if not measures:
            raise UnknownStandardError(
                f"the file {opening.file_id} names the standard {opening.data.standard!r}, which the "
                f"catalogue {self._catalogue.catalogue} does not have"
            )
        readings = [StandardReading(one, events.read(one.calculator.passage)) for one in measures]
        first = readings[0]
        clock = first.clock if len(readings) == 1 else _together(readings)
        return FileReading(first.state, clock, readings)

    def checkpoint(
        self, state: FileState, before: FileCheckpoint | None = None
    ) -> tuple[FileCheckpoint, Sequence[Stop]] | None:
        """Where to go on from after all of a file's events, and the stops of its running cycle since ``before``.

        None where what is asked for, or how it is counted, depends on more than that. No event of the file may
        be dated ahead, voided or of a source that it does not belong to; the caller sees to that.
        """
        reading = state.checkpoint()
        if reading is None:
            return None
        measures = self._of_reception(reading.opening)
        if len(measures) != 1:
            return None
        if reading.received_at is None:
            return FileCheckpoint(reading, None), ()
        calculator, after = measures[0].calculator, before and before.counted
        count, stops = calculator.checkpoint(state.cycles[-1], state, after)
        return FileCheckpoint(reading, count), stops

    def read_on(self, checkpoint: FileCheckpoint, later: History, now: datetime) -> FileReading:
        """A file as of ``now`` by the events after a checkpoint: with what changed since, and only that.

        It equals what :meth:`read` makes of the same file unless a cycle that ran at the checkpoint ended, or is not plain any more.
        """
        state = cycles.read_on(checkpoint.reading, later, now)
        measure = self._of_reception(checkpoint.reading.opening)[0]
        return FileReading(state, measure.calculator.clock(state, checkpoint.counted), ())

    def state(self, history: History, now: datetime) -> FileState:
        """A file as its standard, or the first of its service, reads its events; nothing is counted."""
        return cycles.read_cycles(history, now, self._sharing, self._passage_of)

    def _passage_of(self, opening: Received) -> Passage:
        measures = self._of_reception(opening)
        return measures[0].calculator.passage if measures else PLAIN

    def _of_reception(self, opening: Received) -> Sequence[_Measure]:
        """What measures a file; nothing, where its standard is unknown."""
        named = opening.data
        measures = self._measures.get((named.standard, named.unit))
        if measures is None:
            names = self._catalogue.standards_of(named.standard)
            measures = [self._measure(name, named.unit) for name in names]
            if measures and named.unit in self._catalogue.units:  # so many there are, and no more
                self._measures[named.standard, named.unit] = measures
        return measures

    def _measure(self, name: str, unit: str) -> _Measure:
        standard = self._catalogue.standards[name]
        calendar = self._catalogue.calendar_of(standard, unit)
        own = self._catalogue.calendar_of(standard)
        named = None if calendar is own else calendar.identifier
        return _Measure(name, standard, calendar, DelayCalculator(standard, calendar, named))

    def ledgers(
        self, history: History, reading: StandardReading, horizon: datetime | None = None
    ) -> Sequence[CycleLedger]:
        """The ledger of every cycle of one of a file's standards, as of the reading's moment."""
        standard, calendar = reading.standard, reading.calendar
        return ledgers_of(history, reading.state, reading.clock, standard, calendar, horizon)


def _together(readings: Sequence[StandardReading]) -> FileClock:
    """The clock of a file with several standards; an anomaly is what no standard has a use for."""
    clocks = [reading.clock for reading in readings]
    crossings = [clock.crosses_at for clock in clocks if clock.crosses_at is not None]
    return FileClock(
        cycles=tuple(
            replace(cycle, state=replace(cycle.state, standard=reading.name))
            for reading in readings
            for cycle in reading.clock.cycles
        ),
        anomalies=tuple(_anomalies_of_all([clock.anomalies for clock in clocks])),
        crossed_at=max(clock.crossed_at for clock in clocks),
        crosses_at=min(crossings, default=None),
    )


def _anomalies_of_all(found: Sequence[Sequence[Anomaly]]) -> Sequence[Anomaly]:
    first, *others = found
    names = [{(one.source, one.event_id) for one in anomalies} for anomalies in others]
    return [one for one in first if all((one.source, one.event_id) in each for each in names)]
