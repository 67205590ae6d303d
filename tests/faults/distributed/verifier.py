"""The independent verifier: what the log holds, recomputed by the naive oracle, beside what the databases and the services say."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import generations
from services.clock.store import SERVICE as CLOCK
from services.clock.tables import clock_files
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.alerts import rows as alert_rows
from services.compliance.alerts.tables import alert_notices, alerts
from services.compliance.projection.tables import tallies
from shared.database import engine
from shared.database.engine import Database
from shared.domain.events import decode_history
from shared.domain.instants import microseconds
from shared.domain.records import BreachAlert, decode_alert, decode_dead_letter
from shared.errors import UnavailableError
from shared.log.ports import BREACH_ALERTS, DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS
from shared.process import distributed
from shared.settings import Settings
from tests.faults.distributed.traffic import Name
from tests.simulation import catalogues, judge, scratch
from tests.simulation.judge import Logs

Identity = tuple[str, int, str, datetime]
"""Of an alert: file, cycle, stage, and when the stage began."""

_ASKED_FILES = 12


class Found(NamedTuple):
    """What a scenario has left: how often each (source, id) stands in a history, and those that were set aside."""

    counted: Counter[Name]
    set_aside: frozenset[Name]

    def lost(self, ok: set[Name]) -> set[Name]:
        """Acknowledged, and neither counted nor set aside."""
        return ok - self.counted.keys() - self.set_aside

    @property
    def doubled(self) -> list[Name]:
        return [name for name, times in self.counted.items() if times > 1]


async def lag(settings: Settings, database: Database, now: datetime) -> int:
    """What is still to be worked through, by log and database alone: records, crossings, alerts to be told, partitions to be published anew.

    Raises ``UnavailableError``.
    """
    due = select(func.count()).where(clock_files.c.crosses_at <= microseconds(now))
    told = select(alert_notices.c.position).where(alert_notices.c.partition == alerts.c.partition)
    untold = select(func.count()).where(
        alerts.c.position > func.coalesce(told.scalar_subquery(), 0)
    )
    # In the order in which work is handed on: what is done with cannot bring anything after it anew.
    async with distributed.cluster(settings) as log, database.reading() as connection:
        behind = await _unread(connection, CLOCK, await log.ends(FILE_EVENTS))
        behind += len(await generations.regenerating(connection))
        behind += int((await connection.execute(due)).scalar_one())
        behind += await _unread(connection, COMPLIANCE, await log.ends(FILE_CLOCKS))
        return behind + int((await connection.execute(untold)).scalar_one())


async def _unread(connection: AsyncConnection, service: str, ends: Sequence[int]) -> int:
    """The records of a topic that a service has not committed."""
    stands = await engine.next_offsets(connection, service)
    return sum(end - stands.get(partition, 0) for partition, end in enumerate(ends))


async def caught_up(settings: Settings, database: Database, now: datetime) -> bool:
    """Nothing is left to be worked through."""
    try:
        return await lag(settings, database, now) == 0
    except UnavailableError:
        return False


async def logs(settings: Settings) -> Logs:
    """Every record of the topics, by one consumer that is none of the product's."""
    topics = (*judge.TOPICS, BREACH_ALERTS)
    pairs = [TopicPartition(topic, one) for topic in topics for one in range(settings.partitions)]
    found: dict[TopicPartition, list[tuple[int, int, bytes]]] = {pair: [] for pair in pairs}
    async with AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, enable_auto_commit=False, auto_offset_reset="none"
    ) as consumer:
        consumer.assign(pairs)
        ends = await consumer.end_offsets(pairs)
        for pair, first in (await consumer.beginning_offsets(pairs)).items():
            consumer.seek(pair, first)
        left = set(pairs)
        while left := {one for one in left if await consumer.position(one) < ends[one]}:
            for pair, records in (await consumer.getmany(*left, timeout_ms=1_000)).items():
                found[pair] += [(pair.partition, one.offset, one.value or b"") for one in records]
    return {
        topic: [one for pair in pairs if pair.topic == topic for one in found[pair]]
        for topic in topics
    }


async def found(database: Database, logs: Logs) -> Found:
    """What became of the events."""
    async with database.reading() as connection:
        histories = (await connection.execute(select(clock_files.c.history))).scalars().all()
    counted = Counter(
        (event.source, event.id) for history in histories for event in decode_history(history)
    )
    letters = [decode_dead_letter(value) for _, _, value in logs[DEAD_LETTERS]]
    return Found(counted, frozenset(name for one in letters for name in _name(one.value)))


def _name(value: bytes) -> list[Name]:
    """Source and id of what was set aside, where it has them."""
    try:
        event = json.loads(value)
        return [(event["source"], event["id"])]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []


async def agreement(database: Database, logs: Logs, now: datetime) -> None:
    """Rows, snapshots, tallies, alerts and dead letters are those computed from scratch; and every alert was published."""
    await judge.compare(database, catalogues.first(), now, logs)
    await _told(database, logs)


async def _told(database: Database, logs: Logs) -> None:
    """Of each file, cycle, stage and beginning one alert, published as it is now; whatever was published is one of these."""
    async with database.reading() as connection:
        kept = [alert_rows.alert(row) for row in await connection.execute(select(alerts))]
    published: dict[Identity, list[BreachAlert]] = {}
    for _, _, value in logs[BREACH_ALERTS]:
        alert = decode_alert(value)
        published.setdefault(_identity(alert), []).append(alert)
    assert len(kept) == len({_identity(alert) for alert in kept})
    for alert in kept:
        assert alert in published.pop(_identity(alert), []), f"{alert} was never published"
    assert not published, f"published, and not in the database: {published}"


def _identity(alert: BreachAlert) -> Identity:
    return alert.file_id, alert.cycle, alert.stage, alert.stage_since


async def answers(client: httpx.AsyncClient, clock: str, logs: Logs, now: datetime) -> None:
    """What a clock says over HTTP of some files is what the oracle says."""
    files = scratch.accepted(logs[FILE_EVENTS]).files
    for file_id in sorted(files)[:: max(1, len(files) // _ASKED_FILES)]:
        told = (await client.get(f"{clock}/v1/files/{file_id}")).raise_for_status().json()
        right = scratch.known(files[file_id], catalogues.first(), now).cycles
        assert list(map(_brief, told["cycles"])) == list(map(_brief, right)), file_id


async def measures(database: Database, client: httpx.AsyncClient, compliance: str) -> None:
    """What compliance says over HTTP of a fiscal year is what its tallies, which agree with the oracle's, add up to."""
    first, last = date(2022, 4, 1).toordinal(), date(2023, 3, 31).toordinal()
    rows = (
        select(tallies.c.standard, func.sum(tallies.c.files))
        .where(tallies.c.basis == "decided", tallies.c.outcome != "followed")
        .where(tallies.c.grain == "day", tallies.c.unit == "*")
        .where(tallies.c.day.between(first, last))
        .group_by(tallies.c.standard)
    )
    async with database.reading() as connection:
        right = {row[0]: int(row[1]) for row in await connection.execute(rows) if row[1]}
    asked = {"period": "2022-2023"}
    told = (await client.get(f"{compliance}/v1/attainment", params=asked)).raise_for_status()
    in_all = [row for row in told.json()["rows"] if row["standard"] and row["unit"] is None]
    told_of = {row["standard"]: row["measured"] for row in in_all if row["measured"]}
    assert told_of == right, f"told {told_of}, and not {right}"


def _brief(cycle: Mapping[str, Any]) -> tuple[Any, ...]:
    due_on = str(cycle["due_on"]) if cycle["due_on"] else None
    return cycle["number"], cycle["status"], due_on, cycle["on_time"], cycle["stage"]
