"""Échéance's topics into a warehouse: events, clocks and alerts, in SQLite.

    pip install aiokafka
    python warehouse.py KAFKA warehouse.sqlite

The statements are PostgreSQL's too, with its placeholders. Records and the offsets up to which they
were read are committed together, so a crash repeats work and loses none; every statement may be
repeated. docs/subscribe.md says why each is as it is.
"""

import asyncio
import json
import sqlite3
import sys
from datetime import datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

TOPICS = ("echeance.file-events", "echeance.file-clocks", "echeance.breach-alerts")
TABLES = """
CREATE TABLE IF NOT EXISTS events (
    file_id TEXT, source TEXT, id TEXT, type TEXT, time TEXT, recorded_at TEXT, data TEXT,
    PRIMARY KEY (file_id, source, id));
CREATE TABLE IF NOT EXISTS clocks (
    file_id TEXT PRIMARY KEY, generation BIGINT, position BIGINT, crossed_at BIGINT,
    standard TEXT, unit TEXT);
CREATE TABLE IF NOT EXISTS cycles (
    file_id TEXT, standard TEXT, number INTEGER, status TEXT, received_on TEXT, due_on TEXT,
    ended_on TEXT, measured BOOLEAN, on_time BOOLEAN, counted DOUBLE PRECISION,
    PRIMARY KEY (file_id, standard, number));
CREATE TABLE IF NOT EXISTS alerts (
    file_id TEXT, cycle INTEGER, stage TEXT, stage_since TEXT, of_standard TEXT,
    raised_at TEXT, resolved_at TEXT, resolved_why TEXT, record_offset BIGINT,
    PRIMARY KEY (file_id, cycle, stage, stage_since, of_standard));
CREATE TABLE IF NOT EXISTS offsets (
    topic TEXT, partition INTEGER, next_offset BIGINT, PRIMARY KEY (topic, partition));
CREATE TABLE IF NOT EXISTS set_aside (
    topic TEXT, partition INTEGER, record_offset BIGINT, value BLOB,
    PRIMARY KEY (topic, partition, record_offset));
"""
EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
CLOCK = """
INSERT INTO clocks VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (file_id) DO UPDATE SET
    generation = excluded.generation, position = excluded.position,
    crossed_at = excluded.crossed_at, standard = excluded.standard, unit = excluded.unit
WHERE (excluded.generation, excluded.position, excluded.crossed_at)
    > (clocks.generation, clocks.position, clocks.crossed_at)"""
CYCLE = "INSERT INTO cycles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ALERT = """
INSERT INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (file_id, cycle, stage, stage_since, of_standard) DO UPDATE SET
    resolved_at = excluded.resolved_at, resolved_why = excluded.resolved_why,
    record_offset = excluded.record_offset
WHERE excluded.record_offset > alerts.record_offset"""
OFFSET = """
INSERT INTO offsets VALUES (?, ?, ?) ON CONFLICT (topic, partition) DO UPDATE SET
    next_offset = excluded.next_offset"""
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def microseconds(instant: str) -> int:
    """An instant as a number: as text, 10:00:00Z sorts after 10:00:00.5Z."""
    return (datetime.fromisoformat(instant) - EPOCH) // timedelta(microseconds=1)


def store(
    database: sqlite3.Connection, topic: str, partition: int, offset: int, value: bytes
) -> None:
    """Keep one record; a ``type`` that is not known is set aside, never guessed."""
    record = json.loads(value)
    match record["type"]:
        case str(name) if name.startswith("org.echeance.file.") and topic == TOPICS[0]:
            event = ("subject", "source", "id", "type", "time", "recordedtime")
            data = json.dumps(record["data"])
            database.execute(EVENT, (*(record[member] for member in event), data))
        case "org.echeance.file.clock.v1" | "org.echeance.file.clock.v2":
            store_clock(database, record)
        case "org.echeance.breach-alert.v1":
            members = ("file_id", "cycle", "stage", "stage_since")
            others = ("raised_at", "resolved_at", "resolved_why")
            identity = (*(record[one] for one in members), record.get("of_standard", ""))
            database.execute(ALERT, (*identity, *map(record.get, others), offset))
        case _:
            aside = "INSERT INTO set_aside VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
            database.execute(aside, (topic, partition, offset, value))


def store_clock(database: sqlite3.Connection, clock: dict[str, Any]) -> None:
    """Replace a file's cycles, if this snapshot is newer than the one at hand."""
    file_id, standard = clock["file_id"], clock["standard"]
    version = clock["generation"], clock["position"], microseconds(clock["crossed_at"])
    if not database.execute(CLOCK, (file_id, *version, standard, clock["unit"])).rowcount:
        return
    database.execute("DELETE FROM cycles WHERE file_id = ?", (file_id,))
    members = ("number", "status", "received_on", "due_on", "ended_on", "measured", "on_time")
    for cycle in clock["cycles"]:
        of_standard = cycle.get("standard", standard)
        values = (*map(cycle.get, members), cycle["counted"])
        database.execute(CYCLE, (file_id, of_standard, *values))


def erase(database: sqlite3.Connection, file_id: str) -> None:
    """Delete what is kept of a file that is forgotten: its life goes on under a pseudonym."""
    for table in ("events", "clocks", "cycles", "alerts"):
        database.execute(f"DELETE FROM {table} WHERE file_id = ?", (file_id,))


async def follow(kafka: str, database: sqlite3.Connection, *, to_end: bool = False) -> None:
    """Read every partition from where the warehouse stands, for ever or to the present end."""
    consumer = AIOKafkaConsumer(
        *TOPICS, bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest",
        isolation_level="read_committed",
    )  # fmt: skip
    await consumer.start()
    try:
        places = consumer.assignment()  # without a group: every partition
        for topic, partition, offset in database.execute("SELECT * FROM offsets").fetchall():
            consumer.seek(TopicPartition(topic, partition), offset)
        ends = await consumer.end_offsets(places)
        while not to_end or any([await consumer.position(one) < ends[one] for one in places]):
            fetched = await consumer.getmany(timeout_ms=500, max_records=5_000)
            with database:
                for place, records in fetched.items():
                    for record in records:
                        if record.value:
                            store(
                                database, place.topic, place.partition, record.offset, record.value
                            )
                        elif record.key and place.topic == TOPICS[1]:
                            erase(database, record.key.decode())
                    database.execute(OFFSET, (*place, records[-1].offset + 1))
    finally:
        await consumer.stop()


def opened(path: str) -> sqlite3.Connection:
    """The warehouse, with its tables."""
    database = sqlite3.connect(path)
    database.executescript(TABLES)
    return database


if __name__ == "__main__":
    asyncio.run(follow(sys.argv[1], opened(sys.argv[2])))
