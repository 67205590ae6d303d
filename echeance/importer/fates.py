"""The fate of every row of an export: ignored, rejected, set aside, without effect, or counted.

Each fate but the last has its reasons, each reason its count and the first five places. The five
add up to the rows read; where they do not, rows were lost, and the import fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from echeance.importer.plan import REPEATED, Planner, StagedRow, taken_back
from echeance.importer.readers import WrittenDue
from services.clock import Evaluator
from services.ingest.cloudevents import InvalidEventsError
from shared.domain import (
    ANOMALIES,
    CONFLICT,
    CRASHED,
    OUTSIDE_COVERAGE,
    TOO_MANY_EVENTS,
    UNKNOWN_STANDARD,
    UNREADABLE,
    Anomaly,
    ClockSnapshot,
    Event,
    History,
    Voided,
)
from shared.mapping import TEXTS, Reason
from shared.text import Language, Text

FIRST_PLACES: Final = 5
LISTED_REJECTIONS: Final = 10_000
_MOST_REASONS: Final = 1_000
_LONGEST_DETAIL: Final = 400
_MINUTE_MICROSECONDS: Final = 60_000_000

_ALREADY: Final = "already_imported"
_VOIDED: Final = "voided"
_MANY: Final = "other_reasons"
_WORDS: Final[Mapping[str, Text]] = {
    OUTSIDE_COVERAGE: Text(
        "hors des années du calendrier, ou échéance hors de ces années",
        "outside the calendar’s years, or due outside them",
    ),
    CONFLICT: Text(
        "un import antérieur, ou la source, a dit autre chose sous cet identifiant",
        "an earlier import, or the source, said something else under this identifier",
    ),
    UNKNOWN_STANDARD: Text(
        "engagement absent du catalogue", "a commitment that the catalogue does not have"
    ),
    TOO_MANY_EVENTS: Text(
        "le dossier a autant d’événements qu’il peut en avoir",
        "the file has as many events as it may have",
    ),
    UNREADABLE: Text("événement illisible pour le calcul", "an event that the clock cannot read"),
    CRASHED: Text("le calcul s’est arrêté sur cet événement", "the clock ended at this event"),
    REPEATED: Text("répète une autre ligne du fichier", "repeats another row of the file"),
    _ALREADY: Text("déjà reçu avant cet import", "had been received before this import"),
    _VOIDED: Text("annulé depuis par sa source", "voided since by its source"),
    _MANY: Text("autres motifs", "other reasons"),
}


class RowPlace(NamedTuple):
    """A row, by the line it begins at, and what there is to say of it alone."""

    line: int
    detail: Text


class Tally:
    """Rows of one fate by reason."""

    def __init__(self) -> None:
        self.count = 0
        self.by_reason: dict[Hashable, ReasonTally] = {}

    def add(self, key: Hashable, code: str, text: Text, place: RowPlace) -> None:
        """Count a row; ``key`` tells reasons apart that have one code."""
        self.count += 1
        if key not in self.by_reason and len(self.by_reason) >= _MOST_REASONS:
            key, code, text = _MANY, _MANY, _WORDS[_MANY]
        self.by_reason.setdefault(key, ReasonTally(code, text)).add(place)

    def of(self, code: str) -> int:
        """How many rows have a reason of this code."""
        return sum(one.count for one in self.by_reason.values() if one.code == code)

    def __iter__(self) -> Iterator[ReasonTally]:
        """The reasons, the most frequent first."""
        return iter(
            sorted(self.by_reason.values(), key=lambda one: (-one.count, one.first[0].line))
        )

    def as_json(self, spoken: Language) -> dict[str, Any]:
        return {"count": self.count, "by_reason": [one.as_json(spoken) for one in self]}


class ReasonTally:
    """How many rows have a reason, and the first of them."""

    def __init__(self, code: str, text: Text) -> None:
        self.code = code
        self.text = text
        self.count = 0
        self.first: list[RowPlace] = []

    def add(self, place: RowPlace) -> None:
        self.count += 1
        if len(self.first) < FIRST_PLACES or place.line < self.first[-1].line:
            self.first = sorted([*self.first, place])[:FIRST_PLACES]

    def as_json(self, spoken: Language) -> dict[str, Any]:
        first = [{"line": at, "detail": detail.within(spoken)} for at, detail in self.first]
        text = self.text.within(spoken)
        return {"reason": self.code, "text": text, "count": self.count, "first": first}


class DueDifference(NamedTuple):
    """A file of which the export has another due date than the rules give."""

    line: int
    file_id: str
    export: str
    counted: str


class UnaccountedRowsError(Exception):
    """The fates do not add up to the rows read: a bug of this program, not of the export."""


class Fates:
    """The fates of the rows of one import, filled as they become known."""

    def __init__(self) -> None:
        self.read = 0
        self.ignored: Counter[str] = Counter()
        self.outside_only: Counter[str] = Counter()
        self.respelt: Mapping[tuple[str, str], int] = {}
        self.never_seen: Sequence[str] = ()
        """Keys of the mapping that no event of a log has."""
        self.remarks: Sequence[Text] = ()
        """What was guessed of the file, and what of it is not read."""
        self.rejected = Tally()
        self.set_aside = Tally()
        self.unchanged = Tally()
        self.counted = 0
        self.listed: list[RowPlace] = []
        """The first ten thousand rejected rows, with all that is wrong with each."""
        self.contradicted = 0
        """Files of which earlier events say otherwise than the export."""
        self.absent = 0
        """Events that the source said of these files before, and the export does not have."""
        self.days_in_minutes = 0
        """Rows that tell no minute, of files whose commitment is in minutes."""
        self.due_compared = 0
        """Files of which the export and the rules have a due date."""
        self.due_different = 0
        self.due_differences: list[DueDifference] = []
        """The first ten thousand files of which they differ."""
        self.vanished = 0
        """Files that an export that is all no longer has."""
        self.vanished_files: list[str] = []
        """The first ten thousand of them."""
        self.voided = 0
        self.restored = 0
        self.broken: RowPlace | None = None
        """Where the file breaks off, if it does."""

    @property
    def known_already(self) -> int:
        """Rows whose events are counted, and had been before this import."""
        return self.unchanged.of(_ALREADY)

    def note_vanished(self, file_id: str) -> None:
        self.vanished += 1
        if len(self.vanished_files) < LISTED_REJECTIONS:
            self.vanished_files.append(file_id)

    def compare_due(self, written: WrittenDue, counted: date) -> None:
        """A file's due date in the export, and by the rules."""
        self.due_compared += 1
        if written.due != counted.isoformat():
            self.due_different += 1
            if len(self.due_differences) < LISTED_REJECTIONS:
                one = DueDifference(written.line, written.file_id, written.due, counted.isoformat())
                self.due_differences.append(one)

    def reject(self, line: int, reason: Reason) -> None:
        """A row that cannot be read."""
        key = tuple((one.code, one.detail.partition(" = ")[0]) for one in reason.every)
        text = _joined([TEXTS[one.code] for one in reason.every])
        details = "; ".join(one.detail for one in reason.every if one.detail)[:_LONGEST_DETAIL]
        self.rejected.add(key, reason.code, text, RowPlace(line, Text(details, details)))
        self._list(line, reason.text)

    def refuse(self, line: int, error: InvalidEventsError) -> None:
        """A row that ingest refuses: set aside when outside the calendar's years, else rejected."""
        faults = error.faults
        text = _joined([Text(one.detail("fr"), one.detail("en")) for one in faults])
        codes = tuple(one.code for one in faults)
        key = tuple((one.code, one.pointer) for one in faults)
        values = "; ".join(str(one.values["given"]) for one in faults if "given" in one.values)
        place = RowPlace(line, Text(values, values))
        outside = [code for code in codes if "coverage" in code]
        if len(outside) == len(codes):
            self.set_aside.add(OUTSIDE_COVERAGE, OUTSIDE_COVERAGE, _WORDS[OUTSIDE_COVERAGE], place)
            return
        self.rejected.add(key, codes[0], text, place)
        self._list(line, text)

    def _list(self, line: int, text: Text) -> None:
        if len(self.listed) < LISTED_REJECTIONS:
            self.listed.append(RowPlace(line, text))

    def require_sum(self) -> None:
        """Raise :class:`UnaccountedRowsError` where the fates are not those of the rows read."""
        counts = {
            "ignored": self.ignored.total() + self.outside_only.total(),
            "rejected": self.rejected.count,
            "set aside": self.set_aside.count,
            "changed nothing": self.unchanged.count,
            "counted": self.counted,
        }
        if sum(counts.values()) != self.read:
            parts = " + ".join(f"{count} {name}" for name, count in counts.items())
            raise UnaccountedRowsError(f"{self.read} rows read ≠ {parts}")


class Judge:
    """Tells the fates of rows whose files have been counted."""

    def __init__(self, planner: Planner, evaluator: Evaluator, in_minutes: frozenset[str]) -> None:
        self._planner = planner
        self._evaluator = evaluator
        self._in_minutes = in_minutes
        """The standards and services with a limit in seconds, minutes or hours."""

    def judge(
        self,
        rows: Sequence[StagedRow],
        history: History,
        snapshot: ClockSnapshot | None,
        letters: Mapping[tuple[str, str], str],
        due: Mapping[str, WrittenDue],
        fates: Fates,
    ) -> None:
        """Add one file's fates; raises :class:`UnaccountedRowsError` for a lost event.

        ``snapshot`` is what the clock published of the file, None where it published nothing.
        """
        source, now = self._planner.source, self._planner.now
        events = {event.id: event for event in history if event.source == source}
        anomalies = snapshot.anomalies if snapshot is not None else ()
        unchanged = {one.event_id: one for one in anomalies if one.source == source}
        if (written := due.get(rows[0].file_id)) and history:
            counted = self._due(history)
            if counted is not None:
                fates.compare_due(written, counted)
        gone = taken_back(history, source, now)
        conflicting = False
        for row in rows:
            event = events.get(row.event_id)
            reason = row.fate or letters.get((row.file_id, row.event_id))
            if reason == REPEATED:
                fates.unchanged.add(reason, reason, _WORDS[reason], _place_of(row))
            elif reason is not None and (event is None or reason == CONFLICT):
                conflicting |= reason == CONFLICT
                words = _WORDS.get(reason, Text(reason, reason))
                fates.set_aside.add(reason, reason, words, _place_of(row))
            elif event is None:
                raise UnaccountedRowsError(f"line {row.line}: {row.file_id}, {row.event_id}")
            elif row.event_id in unchanged:
                anomaly = unchanged[row.event_id]
                text = ANOMALIES.get(anomaly.reason, Text(anomaly.reason, anomaly.reason))
                fates.unchanged.add(anomaly.reason, anomaly.reason, text, _place_of(row))
            elif row.event_id in gone:
                fates.unchanged.add(_VOIDED, _VOIDED, _WORDS[_VOIDED], _place_of(row))
            elif event.recorded_at != now:
                fates.unchanged.add(_ALREADY, _ALREADY, _WORDS[_ALREADY], _place_of(row))
            else:
                fates.counted += 1
        if snapshot is not None and snapshot.standard in self._in_minutes:
            fates.days_in_minutes += sum(
                row.ends - row.begins > _MINUTE_MICROSECONDS for row in rows
            )
        absent = events.keys() - {row.event_id for row in rows} - gone
        earlier = [
            events[one]
            for one in absent
            if events[one].recorded_at != now and not isinstance(events[one], Voided)
        ]
        fates.absent += len(earlier)
        fates.contradicted += conflicting or _contradict(rows, earlier, events, unchanged)

    def _due(self, history: History) -> date | None:
        """When the last cycle of a file is due, at the earliest while it waits, which no snapshot says."""
        _, clock = self._evaluator.clock(history, self._planner.now)
        if not clock.cycles:
            return None
        return clock.cycles[-1].state.due_on or clock.cycles[-1].earliest_due_on


def _place_of(row: StagedRow) -> RowPlace:
    return RowPlace(row.line, Text(row.file_id, row.file_id))


def _contradict(
    rows: Sequence[StagedRow],
    earlier: Sequence[Event],
    events: Mapping[str, Event],
    unchanged: Mapping[str, Anomaly],
) -> bool:
    """Whether an event of the export and an earlier one of the same kind cannot both stand."""
    if not earlier:
        return False
    new = [events[row.event_id] for row in rows if row.event_id in events]
    stand = {type(event) for event in new if event.id not in unchanged}
    in_vain = {type(event) for event in new if event.id in unchanged}
    return any(
        type(event) in in_vain or (event.id in unchanged and type(event) in stand)
        for event in earlier
    )


def _joined(texts: Sequence[Text]) -> Text:
    """Several sentences as one, each once."""
    french, english = dict.fromkeys(one.fr for one in texts), dict.fromkeys(one.en for one in texts)
    return Text("\u00a0; ".join(french)[:_LONGEST_DETAIL], "; ".join(english)[:_LONGEST_DETAIL])
