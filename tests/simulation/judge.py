"""The comparison: what the system's database says, and what must be true from scratch."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from services.clock.evaluator import Evaluator
from services.clock.histories import of_events
from services.clock.tables import clock_files, clock_generations
from services.compliance.projection.tables import (
    anomaly_tallies,
    compliance_files,
    delay_tallies,
    open_tallies,
    stop_findings,
    tallies,
)
from shared.database.engine import Database
from shared.domain.events import decode_history
from shared.domain.instants import from_microseconds
from shared.domain.records import ClockSnapshot, decode_dead_letter, decode_snapshot
from shared.log.dead_letters import MAX_VALUE_BYTES
from shared.log.ports import DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS
from shared.log.sqlite import log_records
from tests.simulation import alerts as alert_rows
from tests.simulation import scratch, stops
from tests.simulation.catalogues import Revision
from tests.simulation.scratch import Accepted, Known
from tests.unit.domain.agreement import STATE_FIELDS, stops_as_told

Logs = Mapping[str, Sequence[tuple[int, int, bytes]]]
"""Every record (partition, offset, value) of each topic, in order of offset."""

TOPICS = (FILE_EVENTS, FILE_CLOCKS, DEAD_LETTERS)


class Verdict(NamedTuple):
    """How much was compared."""

    files: int
    cycles: int
    alerts: int
    overdue: int


async def compare(
    base: Database, revision: Revision, now: datetime, logs: Logs | None = None
) -> Verdict:
    """Every clock, tally and alert, against those computed from scratch from the log: the database's own unless it is given."""
    logs = logs or {topic: await _log(base, topic) for topic in TOPICS}
    accepted = scratch.accepted(logs[FILE_EVENTS])
    expected = {
        file_id: scratch.known(file, revision, now) for file_id, file in accepted.files.items()
    }
    snapshots = await _folded(base)
    await _compare_histories(base, accepted, expected, revision, now)
    for file_id, known in expected.items():
        assert file_id in snapshots, f"{file_id} was never folded"
        assert _as_known(snapshots[file_id]) == known, f"the clock of {file_id} at {now}"
    assert snapshots.keys() == expected.keys()
    _compare_newest(logs, snapshots)
    await _compare_tallies(base, expected)
    alerts = scratch.alerts(expected)
    await alert_rows.compare(base, expected, alerts)
    _compare_dead_letters(logs, accepted)
    stages = Counter(alert.stage for alert in alerts)
    cycles = sum(len(known.cycles) for known in expected.values())
    return Verdict(len(expected), cycles, len(alerts), stages["overdue"])


async def accepted_names(base: Database) -> set[tuple[str, str]]:
    """(source, id) of every readable record of the log, whatever became of it."""
    names = set()
    for _, _, value in await _log(base, FILE_EVENTS):
        if b'"source":' in value:
            event = json.loads(value)
            names.add((event["source"], event["id"]))
    return names


async def _log(base: Database, topic: str) -> list[tuple[int, int, bytes]]:
    found = (
        select(log_records.c.partition, log_records.c.offset, log_records.c.value)
        .where(log_records.c.topic == topic, log_records.c.value != b"")
        .order_by(log_records.c.partition, log_records.c.offset)
    )
    async with base.reading() as connection:
        return [(row[0], row[1], row[2]) for row in await connection.execute(found)]


async def _folded(base: Database) -> dict[str, ClockSnapshot]:
    async with base.reading() as connection:
        found = select(compliance_files.c.file_id, compliance_files.c.snapshot)
        return {row[0]: decode_snapshot(row[1]) for row in await connection.execute(found)}


async def _compare_histories(
    base: Database,
    accepted: Accepted,
    expected: Mapping[str, Known],
    revision: Revision,
    now: datetime,
) -> None:
    """Each (source, id) once, all that were accepted, and the rows, lists and timers beside them as if just evaluated."""
    async with base.reading() as connection:
        rows = {row.file_id: row for row in await connection.execute(select(clock_files))}
        found = await connection.execute(select(clock_generations))
        generations = {row.partition: row.generation for row in found}
    assert rows.keys() == accepted.files.keys(), rows.keys() ^ accepted.files.keys()
    evaluator = Evaluator(revision.catalogue)
    for file_id, file in accepted.files.items():
        row = rows[file_id]
        history = decode_history(row.history)
        names = [(event.source, event.id) for event in history]
        assert sorted(names) == sorted(file.events), f"the history of {file_id}"
        times = {name: told.at for name, told in file.events.items()}
        assert {(event.source, event.id): event.time for event in history} == times
        known = expected[file_id]
        assert (row.standard, row.unit) == (known.standard, known.unit)
        fresh = evaluator.evaluate(
            file_id,
            of_events(history),
            partition=row.partition,
            generation=generations[row.partition],
            position=row.position,
            now=now,
        )
        assert tuple(row) == fresh.columns(), f"the row of {file_id}"
        running = known.cycles[-1] if known.cycles else None
        listed = running is not None and running["ended_on"] is None
        assert row.stage == ((running["stage"] or "waiting") if running and listed else None)


def _as_known(snapshot: ClockSnapshot) -> Known:
    cycles: list[dict[str, Any]] = [
        {name: getattr(state, name) for name in STATE_FIELDS}
        | {"settled": (state.counted, state.waited), "stops": stops_as_told(state)}
        for state in snapshot.cycles
    ]
    anomalies: list[tuple[str, str, str]] = sorted(
        (anomaly.source, anomaly.event_id, anomaly.reason) for anomaly in snapshot.anomalies
    )
    return Known(snapshot.standard, snapshot.unit, cycles, anomalies)


def _compare_newest(logs: Logs, folded: Mapping[str, ClockSnapshot]) -> None:
    """What was folded is the newest that was published, whatever was published late; and one version says one thing.

    A system at work forgets snapshots once they are folded, so a file may have none left in the log; never a newer one.
    """
    by_version: dict[tuple[str, Any], bytes] = {}
    newest: dict[str, ClockSnapshot] = {}
    for _, _, value in logs[FILE_CLOCKS]:
        if not value.startswith(b'{"type":"org.echeance.file.clock.v2"'):
            continue
        snapshot = decode_snapshot(value)
        name = snapshot.file_id, snapshot.version
        assert by_version.setdefault(name, value) == value, f"two snapshots of {name}"
        seen = newest.get(snapshot.file_id)
        if seen is None or snapshot.version > seen.version:
            newest[snapshot.file_id] = snapshot
    assert newest == {file_id: folded[file_id] for file_id in newest}


async def _compare_tallies(base: Database, expected: Mapping[str, Known]) -> None:
    found: Counter[scratch.Tally] = Counter()
    async with base.reading() as connection:
        for row in await connection.execute(select(tallies)):
            found[row.basis, row.grain, row.standard, row.unit, row.day, row.outcome] += row.files
            assert row.files >= 0, row
        for row in await connection.execute(select(open_tallies)):
            found[row.basis, "", row.standard, row.unit, row.day, row.outcome] += row.files
            assert row.files >= 0, row
    right = scratch.tallies(expected.values())
    wrong = {key: (found[key], right[key]) for key in found | right if found[key] != right[key]}
    assert not wrong, f"tallies (found, right): {wrong}"
    begun = Counter[str]()
    for (basis, grain, *_), files in found.items():
        begun[basis] += files if grain in ("", "day") else 0
    assert begun["open"] + begun["decided"] + begun["withdrawn"] == begun["received"]
    await _compare_delays(base, expected)
    await _compare_findings(base, expected)
    await _compare_anomalies(base, expected)


async def _compare_delays(base: Database, expected: Mapping[str, Known]) -> None:
    found: Counter[scratch.Delay] = Counter()
    async with base.reading() as connection:
        for row in await connection.execute(select(delay_tallies)):
            place = row.grain, row.standard, row.unit, row.day, row.outcome, row.kind, row.amount
            found[place] += row.files
            assert row.files >= 0, row
    right = scratch.delays(expected.values())
    wrong = {key: (found[key], right[key]) for key in found | right if found[key] != right[key]}
    assert not wrong, f"delays (found, right): {wrong}"


async def _compare_findings(base: Database, expected: Mapping[str, Known]) -> None:
    """The cycles that are to verify, each rule with its instant and amount."""
    table = stop_findings.c
    columns = table.file_id, table.cycle, table.unit, table.ended_on, table.rule, table.amount
    listed = select(*columns, table.at).where(table.ended_on.is_not(None))
    async with base.reading() as connection:
        rows = await connection.execute(listed)
        found = {(*row[:6], from_microseconds(row[6])) for row in rows}
    assert found == {
        (file_id, cycle["number"], known.unit, cycle["ended_on"].toordinal(), rule, amount, at)
        for file_id, known in expected.items()
        for cycle in known.cycles
        for rule, at, amount in stops.found(cycle, known.cycles)
    }


async def _compare_anomalies(base: Database, expected: Mapping[str, Known]) -> None:
    found: Counter[tuple[str, str, str]] = Counter()
    async with base.reading() as connection:
        for row in await connection.execute(select(anomaly_tallies)):
            found[row.source, row.reason, row.unit] += row.events
    assert +found == Counter(
        (source, reason, known.unit or "")
        for known in expected.values()
        for source, _, reason in known.anomalies
    )


def _compare_dead_letters(logs: Logs, accepted: Accepted) -> None:
    """Whatever could not be used is kept with its bytes; and nothing else is there.

    Said twice within one batch it may be kept once: an exact repetition adds nothing.
    """
    bytes_at = {(p, o): value for p, o, value in logs[FILE_EVENTS]}
    buried = set()
    for _, _, value in logs[DEAD_LETTERS]:
        letter = decode_dead_letter(value)
        if letter.topic == FILE_EVENTS:
            place = letter.partition, letter.offset
            assert letter.value == bytes_at[place][:MAX_VALUE_BYTES]
            buried.add(place)
    assert buried <= accepted.refused
    said = {place: _said(bytes_at[place]) for place in accepted.refused}
    assert {said[place] for place in buried} == set(said.values())


def _said(value: bytes) -> bytes:
    """A record without the moment of its arrival."""
    return re.sub(rb',"recordedtime":"[^"]*"', b"", value)
