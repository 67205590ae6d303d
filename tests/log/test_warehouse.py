"""The worked example of docs/subscribe.md, on a real Kafka: repeated, late and unknown records do no harm."""

from __future__ import annotations

from pathlib import Path

from examples.warehouse import warehouse
from shared.domain import encode
from shared.domain.records import BreachAlert
from shared.log.kafka import connect, create_topics
from shared.log.ports import BREACH_ALERTS, FILE_CLOCKS, FILE_EVENTS, NewRecord
from tests.builders import at, decided, received, requested, voided
from tests.log.kafka_logs import reached
from tests.services.world import world

EVENTS = (
    received("A", "2025-04-28 10:00"),
    requested("A", "2025-05-01 10:00"),
    decided("B", "2025-05-06 10:00", named="early"),
    received("B", "2025-05-05 10:00"),
    voided("B", "2025-05-07 10:00", "early"),
)
ALERT = BreachAlert(
    file_id="A",
    cycle=1,
    stage="at_risk",
    stage_since=at("2025-05-20"),
    standard="caq-etudes",
    unit="montreal",
    raised_at=at("2025-05-20"),
)
OVER = BreachAlert(
    file_id="A",
    cycle=1,
    stage="at_risk",
    stage_since=at("2025-05-20"),
    standard="caq-etudes",
    unit="montreal",
    raised_at=at("2025-05-20"),
    resolved_at=at("2025-05-21"),
    resolved_why="decided",
)


async def test_a_warehouse_holds_what_was_published_once(
    tmp_path: Path, kafka_without_topics: str
) -> None:
    given = reached(kafka_without_topics)
    await create_topics(given, 2, 1)
    log = await connect(given, FILE_EVENTS)
    async with world(tmp_path, "2025-07-01") as known:
        for event in EVENTS:  # a snapshot of each state
            await known.live(event)
        last = {one.file_id: await known.last(one.file_id) for one in EVENTS}
        for topic in (FILE_EVENTS, FILE_CLOCKS):
            placed = [
                NewRecord(partition, record.key, record.value)
                for partition, record in await known.placed_records(topic)
            ]
            await log.append(topic, placed)
            await log.append(topic, placed[::-1])  # again, the newest first
        alerts = [NewRecord(0, b"A", encode(one)) for one in (ALERT, OVER)]
        await log.append(BREACH_ALERTS, alerts)
        await log.append(
            FILE_CLOCKS, [NewRecord(0, b"A", b'{"type": "org.echeance.file.clock.v9"}')]
        )
        database = warehouse.opened(str(tmp_path / "warehouse.sqlite"))
        for _ in range(2):
            await warehouse.follow(kafka_without_topics, database, to_end=True)
            asked = {
                name: database.execute(f"SELECT {what} FROM {name}").fetchall()
                for name, what in (
                    ("events", "count(*)"),
                    ("set_aside", "count(*)"),
                    ("alerts", "stage, resolved_why"),
                    ("cycles", "file_id, number, status, due_on, counted"),
                )
            }
            assert asked["events"] == [(len(EVENTS),)]
            assert asked["set_aside"] == [(1,)]
            assert asked["alerts"] == [("at_risk", "decided")]
            assert sorted(asked["cycles"]) == sorted(
                (name, one.number, one.status, one.due_on and one.due_on.isoformat(), one.counted)
                for name, snapshot in last.items()
                for one in snapshot.cycles
            )
            assert {one[2] for one in asked["cycles"]} == {"waiting", "open"}
        # A is forgotten: a tombstone; elsewhere what is written anew begins with an empty record.
        await log.append(FILE_CLOCKS, [NewRecord(0, b"A", b"")])
        empty = NewRecord(0, b"", b"")
        await log.append(BREACH_ALERTS, [empty])
        await log.append(FILE_EVENTS, [empty])
        await warehouse.follow(kafka_without_topics, database, to_end=True)
        for table in ("events", "clocks", "cycles", "alerts"):
            rows = database.execute(f"SELECT DISTINCT file_id FROM {table}").fetchall()
            assert rows == ([] if table == "alerts" else [("B",)]), table
        database.close()
    await log.close()
