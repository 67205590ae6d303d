"""Kafka and PostgreSQL forget: no file of either names what is forgotten, and both rebuilds give every figure again."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from sqlalchemy import text

from echeance.erasure.holders import TOPIC_RULES
from echeance.erasure.servers import REWRITTEN, clean_servers
from echeance.rebuild.clock import rebuild_clock
from echeance.rebuild.compliance import rebuild_compliance
from services.clock.dead_letter_index.index import DeadLetterWorker
from services.compliance.alerts.delivery_log import Lease
from services.compliance.alerts.store import AlertStore
from services.compliance.notifications.notifier import Notifier
from services.compliance.notifications.source import StoredAlertSource
from shared.audit.chain import Chain, ChainFault, ReadLine, read_line, verify_chains
from shared.audit.store import AuditStore
from shared.audit.topic import AuditIndexWorker, TopicSink
from shared.database.engine import Database
from shared.domain.events import encode
from shared.domain.records import decode_alert
from shared.erasure.store import ErasureStore
from shared.log.kafka import replay_in_order, rewriting
from shared.log.ports import AUDIT, BREACH_ALERTS, DEAD_LETTERS, FILE_CLOCKS, NewRecord
from shared.metrics.registry import Metrics
from shared.process import runner
from tests.builders import decided, received, withdrawn
from tests.erasure.forgotten import files_naming, forgotten, naming
from tests.paths import ROOT
from tests.rebuild.live import Live, installed
from tests.servers import kafka
from tests.servers.absence import needing
from tests.servers.fixtures import serving
from tests.servers.fixtures_postgres import database_server
from tests.servers.java import QUICK
from tests.servers.kafka import admin
from tests.servers.postgres import Server, binary, create_database
from tests.waiting import until

FILES = 60
GONE = [f"Dossier-Secret-{number:03}" for number in range(0, FILES, 3)]
_SOON = {"log.retention.check.interval.ms": "300", "log.segment.delete.delay.ms": "100"}
_QUICK_SEGMENTS = {"segment.ms": "1000", "file.delete.delay.ms": "100"}
_QUICK_COMPACTION = {
    "cleanup.policy": "compact",
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "1",
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0",
    "delete.retention.ms": "0",
    "file.delete.delay.ms": "100",
}
# What is published of all files together, and what was known of it on each day.
_FIGURES = {
    "tallies": "basis, grain, standard, unit, day, outcome",
    "open_tallies": "basis, standard, unit, day, outcome",
    "delay_tallies": "grain, standard, unit, day, outcome, kind, amount",
    "known_tallies": "basis, standard, unit, day, known_on, outcome",
    "alert_tallies": "state, standard, unit, stage",
}
# A rebuild leaves out rows that were emptied.
_COUNTED = {
    "measured_cycles": "outcome <> ''",
    "stop_findings": "ended_on IS NOT NULL",
    "corrections": "true",
    "known_cycles": "true",
    "alerts": "true",
}


class Servers(NamedTuple):
    """The test's own broker and database, whose folders it may read."""

    bootstrap: str
    broker: Path
    postgres: Server


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("kafka-of-its-own")
    with needing("Apache Kafka"):
        cluster = kafka.single(folder, settings=_SOON, java_options=QUICK)
    with serving(cluster), database_server(("wal_recycle = off", "autovacuum = off")) as server:
        yield Servers(cluster.bootstrap, folder, server)


@pytest.fixture
async def live(servers: Servers) -> AsyncIterator[Live]:
    server = servers.postgres.url("").rstrip("/")
    await create_database(server, "forgetting")
    async with installed(servers.bootstrap, f"{server}/forgetting") as made:
        for topic in REWRITTEN:
            await configure(servers, topic, _QUICK_SEGMENTS)
        yield made


async def configure(servers: Servers, topic: str, settings: Mapping[str, str]) -> None:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs=dict(settings))
    async with admin(servers.bootstrap) as client:
        await client.alter_configs([resource])


@asynccontextmanager
async def every_service(live: Live) -> AsyncIterator[None]:
    """A clock, the index of its dead letters, a compliance, and the index of the audit trail."""

    def letters(base: Database) -> DeadLetterWorker:
        return DeadLetterWorker(base)

    def trail(base: Database) -> AuditIndexWorker:
        return AuditIndexWorker(base, Metrics(runner.now))

    indexes = live._at_work(DEAD_LETTERS, letters), live._at_work(AUDIT, trail)
    async with live.clock(), indexes[0], live.compliance(), indexes[1]:
        yield


async def asked(live: Live, chain: Chain, *files: str) -> None:
    """Audit records of requests for files, as a process without the database appends them."""
    members: dict[str, Any] = {
        "at": runner.now(),
        "kind": "access",
        "by": "token",
        "name": "a",
        "salt": "s",
    }
    await TopicSink(live.log).write(
        [chain.seal(file=one, **members) for one in files], chain.writer
    )


async def faults_of_trail(live: Live) -> list[ChainFault]:
    """What the verification of the topic and of its index finds."""

    async def lines() -> AsyncIterator[ReadLine]:
        for partition in range(live.log.partitions):
            async for records in replay_in_order(live.log, AUDIT, partition):
                for one in records:
                    yield read_line(one.record.value)

    store = AuditStore(live.database)
    claims = list((await store.heads()).items())
    assert claims
    of_topic = await verify_chains(lines(), None, claims)
    of_index = await store.verify(claims)
    assert of_topic.records == of_index.records > 0
    return [*of_topic.faults, *of_index.faults]


async def published_figures(live: Live) -> dict[str, Any]:
    found: dict[str, Any] = {}
    async with live.database.reading() as connection:
        for table, keys in _FIGURES.items():
            amount = "alerts" if table == "alert_tallies" else "files"
            query = f"SELECT {keys}, sum({amount}) FROM {table} GROUP BY {keys} HAVING sum({amount}) <> 0 ORDER BY {keys}"
            found[table] = [tuple(row) for row in await connection.execute(text(query))]
        for table, condition in _COUNTED.items():
            query = f"SELECT count(*) FROM {table} WHERE {condition}"
            found[table] = (await connection.execute(text(query))).scalar_one()
    return found


async def searched(folder: Path, names: list[str]) -> dict[str, set[str]]:
    """As :func:`files_naming`, while the services work on."""
    return await asyncio.to_thread(files_naming, folder, names)


async def emptied(servers: Servers, live: Live, topic: str, names: list[str]) -> None:
    """Return once no file of a topic names a file; what is compacted is closed by the next record."""

    async def is_clean() -> bool:
        for partition in range(live.log.partitions) if topic == FILE_CLOCKS else ():
            records = [
                one async for read in live.log.replay(topic, partition) for one in read if one.value
            ]
            last = records[-1] if records else None
            harmless = last is not None and last.key.decode() not in names
            if last is not None and harmless:
                await live.log.append(topic, [NewRecord(partition, last.key, last.value)])
        await asyncio.sleep(0.3)
        return not [
            path
            for path in files_naming(servers.broker, names)
            if path.split("/")[-2][:-2] == topic
        ]

    await until(is_clean, f"{topic} to be clean")


async def lived(live: Live) -> list[str]:
    """A year of files, of which supervisors were warned; identifiers of all events of those to be forgotten."""
    begun, over = [], []
    for number in range(FILES):
        file_id, day = f"Dossier-Secret-{number:03}", 1 + number % 27
        begun.append(received(file_id, f"2026-02-{day:02} 10:00"))
        if number % 3 == 0 or number % 2:
            ends = withdrawn if number % 5 == 0 else decided
            late = f"2026-0{3 + number % 4}-{day:02} 11:00"
            over.append(ends(file_id, late, recorded="2026-08-03 09:00"))
    await live.publish(*begun)
    await live.settled()
    await notified(live)
    await live.publish(*over)
    await live.publish(*begun[:20], *over[:20])  # a publisher that repeats
    first = begun[0]
    await live.publish(received(first.file_id, "2026-01-09 10:00", named=first.id))  # a conflict
    await live.publish(received("other", "1890-01-09 10:00", named=GONE[1]))  # not countable
    await live.settled()
    await notified(live)
    return sorted({one.id for one in [*begun, *over] if one.file_id in GONE} | set(GONE))


async def notified(live: Live) -> None:
    """Publish every alert that there is, as compliance's notifier does."""
    store = AlertStore(live.database)
    lease = Lease(live.database, "notifier", "test", lasts=timedelta(minutes=1))
    source = StoredAlertSource.__new__(StoredAlertSource)
    await Notifier(store, live.log, lease, source, (), runner.now).turn()


async def test_no_file_of_the_servers_names_what_is_forgotten_and_figures_stay(
    servers: Servers,
    live: Live,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG, "echeance")
    async with every_service(live):
        names = await lived(live)
        chain = Chain("ingest.1")
        await asked(live, chain, GONE[0], "Dossier-Secret-001", GONE[1])
        before = await published_figures(live)
        assert before["alerts"] and before["corrections"] is not None
        naming_topics = {path.split("/")[-2][:-2] for path in await searched(servers.broker, names)}
        assert naming_topics == set(TOPIC_RULES)
        alerts = await alerts_told(live)
        requests = [forgotten(one, runner.now().isoformat()) for one in GONE]
        await live.append([(one.file_id, encode(one)) for one in requests])
        await live.settled()
        assert await published_figures(live) == before

        # Too soon: the segments of the last records are open yet, or may be.
        cleaned = await clean_servers(live.log, live.database, runner.now, lambda _: None)
        assert (cleaned.erased, cleaned.waiting) == (0, len(GONE))
        assert cleaned.not_before is not None
        monkeypatch.setattr(rewriting, "MARGIN", timedelta())
        await asyncio.sleep(1.2)
        cleaned = await clean_servers(live.log, live.database, runner.now, lambda _: None)
        assert (cleaned.erased, cleaned.waiting) == (len(GONE), 0), cleaned
        assert {topic for topic, _ in cleaned.partitions} == set(REWRITTEN)
        await live.settled()
        assert await published_figures(live) == before
        assert await alerts_told(live) == alerts
        assert await faults_of_trail(live) == []
        await configure(servers, FILE_CLOCKS, _QUICK_COMPACTION)
        await asyncio.gather(*(emptied(servers, live, topic, names) for topic in TOPIC_RULES))
        assert await searched(servers.broker, names) == {}
        await checkpointed(live)
        assert await searched(servers.postgres.folder, names) == {}
        assert backup_naming(servers, tmp_path, names) == set()
        assert naming(caplog.text.encode(), names) == set()

        assert (await rebuild_clock(live.settings, processes=1)).differences.total == 0
        await live.settled()
        assert await published_figures(live) == before
        assert (await rebuild_compliance(live.settings)).total == 0
        await live.settled()
        assert await published_figures(live) == before
        # What a publisher repeats, or asks for, does not come back, and is erased as well.
        await live.publish(received(GONE[0], "2026-02-01 10:00"))
        await asked(live, chain, GONE[1], "Dossier-Secret-002")
        await live.settled()
        store = ErasureStore(live.database)

        async def noted() -> bool:
            return len(await store.unfinished()) == 2

        await until(noted, "two erasures of what came again")
        assert await published_figures(live) == before
        await asyncio.sleep(1.2)
        cleaned = await clean_servers(live.log, live.database, runner.now, lambda _: None)
        assert (cleaned.erased, cleaned.waiting) == (2, 0), cleaned
        assert await faults_of_trail(live) == []
        await asyncio.gather(*(emptied(servers, live, topic, names) for topic in TOPIC_RULES))
        assert await searched(servers.broker, names) == {}
        await checkpointed(live)
        assert await searched(servers.postgres.folder, names) == {}


async def alerts_told(live: Live) -> dict[Any, bytes]:
    """What readers of the alerts who go by the last record of each have, but for files to forget."""
    found = {}
    for partition in range(live.log.partitions):
        async for records in live.log.replay(BREACH_ALERTS, partition):
            for one in records:
                if one.value and one.key.decode() not in GONE:
                    found[decode_alert(one.value).identity] = one.value
    assert found
    return found


async def checkpointed(live: Live) -> None:
    """Have PostgreSQL end its segments of WAL, and drop those that no recovery needs."""
    async with live.database.maintenance() as connection:
        for _ in range(3):
            await connection.execute(text("SELECT pg_switch_wal()"))
            await connection.execute(text("CREATE TABLE filler AS SELECT generate_series(1, 100)"))
            await connection.execute(text("DROP TABLE filler"))
            await connection.execute(text("CHECKPOINT"))


def backup_naming(servers: Servers, folder: Path, names: list[str]) -> set[str]:
    """What a backup made now names, by the shipped script."""
    backup = folder / "backup"
    programs = binary("pg_dump").parent
    variables = {
        **os.environ,  # noqa: TID251 — a process needs the test's own
        "PATH": f"{programs}:{os.environ['PATH']}",  # noqa: TID251 — the same
        "PGHOST": "127.0.0.1",
        "PGPORT": str(servers.postgres.port),
        "PGUSER": "echeance",
        "PGDATABASE": "forgetting",
    }
    script = ROOT / "deploy" / "postgresql" / "backup.sh"
    subprocess.run([script, backup], check=True, env=variables, capture_output=True)
    restored = subprocess.run(
        [binary("pg_restore"), "-f", "-", backup], check=True, capture_output=True
    )
    assert b"clock_files" in restored.stdout
    return naming(restored.stdout, names)
