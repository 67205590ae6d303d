"""What arrives twice, late, mixed up, contradicted, or is no event at all."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from shared.domain.records import decode_dead_letter
from shared.log.ports import DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS
from shared.process import runner
from tests.faults.distributed import verifier
from tests.faults.distributed.failing import FATAL
from tests.faults.distributed.host import Host
from tests.faults.distributed.system import ALL, System, event
from tests.faults.distributed.test_kills import FAILING

DEEP = b"[" * 100_000
POISON = (
    b"\xff\xfe no text at all",
    DEEP,
    None,
    b'{"type":"org.echeance.file.melted.v1"}',
    b'{"type":"org.echeance.file.received.v99"}',
    b"{}",
)
HUGE = b'{"type":"' + b"x" * (2 * 1024 * 1024) + b'"}'
TRIES = 8
DAYS_APART = 9


async def put(system: System, topic: str, values: list[bytes | None]) -> None:
    """Put records in a topic, past ingest; compressed, so that what is large fits in what a broker takes."""
    producer = AIOKafkaProducer(
        bootstrap_servers=system.settings.kafka,
        compression_type="gzip",
        max_request_size=8 * 1024 * 1024,
    )
    await producer.start()
    try:
        for number, value in enumerate(values):
            partition = number % system.settings.partitions
            await producer.send_and_wait(topic, value, key=b"POISON", partition=partition)
    finally:
        await producer.stop()


async def letters(system: System) -> list[Any]:
    records = (await verifier.logs(system.settings))[DEAD_LETTERS]
    return [decode_dead_letter(value) for _, _, value in records]


async def test_records_that_cannot_be_read_are_set_aside_and_nothing_stops(system: System) -> None:
    async with system.under_load(20):
        await put(system, FILE_EVENTS, [*POISON, HUGE])
        await put(system, FILE_CLOCKS, [b"\xff", None, HUGE])
        await system.recover()
    await system.verify()
    found = await letters(system)
    assert len([one for one in found if one.topic == FILE_EVENTS and one.key == b"POISON"]) == 7
    # A tombstone there is of a file that is forgotten.
    assert len([one for one in found if one.topic == FILE_CLOCKS]) == 2


@pytest.mark.whole
async def test_what_ingest_must_refuse_is_refused_and_counted_nowhere(system: System) -> None:
    await system.start(*ALL)
    given = event("REFUSED-1", "received", "2022-03-02T10:00:00-05:00", {"standard": "plainte"})
    bad: list[bytes] = [
        json.dumps(given | {"id": "1", "type": "org.echeance.file.received.v9"}).encode(),
        json.dumps(given | {"id": "2", "data": {"standard": "plainte"}}).encode(),
        json.dumps(given | {"id": "3", "time": "2999-01-01T00:00:00Z"}).encode(),
        json.dumps(given | {"id": "4", "data": "x" * 2 * 1024 * 1024}).encode(),
    ]
    headers = {"authorization": f"Bearer {system.token}"}
    async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
        for raw in bad:
            assert not await system.traffic.post(client, [raw])
        for body in (DEEP, b"\xff", b"", gzip.compress(HUGE)):
            answer = await client.post(
                f"{system['ingest'].address}/v1/events",
                content=body,
                headers={"content-type": "application/cloudevents+json"},
            )
            assert answer.is_client_error, body[:20]
    assert len(system.traffic.failed) == len(bad)
    async with system.traffic.flowing():
        await system.works()
    await system.verify()


@pytest.mark.whole
async def test_duplicates_days_apart_in_any_order_and_contradictions(
    system: System, tmp_path: Path
) -> None:
    """Whole lives in any order; days later, everything restarted, all of it again; and the same names with another content."""
    random = Random(20260304)
    host = Host(system, tmp_path)
    await host.start()
    lives = [
        event(f"TWICE-{number}", kind, f"2022-0{month}-0{1 + number % 8}T12:00:00-05:00", data)
        for number in range(60)
        for month, (kind, data) in enumerate(
            (
                ("received", {"standard": "caq-etudes", "unit": "laval"}),
                ("documents_requested", {}),
                ("documents_received", {}),
                ("decided", {"outcome": "accepted"}),
            ),
            start=1,
        )
    ]
    random.shuffle(lives)
    await system.traffic.deliver(lives)
    await system.works()
    await system.end(*ALL)
    host.set(runner.now() + timedelta(days=DAYS_APART))
    await host.start()
    random.shuffle(lives)
    await system.traffic.deliver(lives)
    others = [one | {"time": "2022-06-01T12:00:00-04:00"} for one in lives[:10]]
    await system.traffic.deliver(others)
    await system.recover()
    await system.verify()
    conflicts = [one for one in await letters(system) if one.reason == "conflict"]
    assert len(conflicts) == len(others)
    assert await counted(system, "echeance_dead_letters_total", 'reason="conflict"') == len(others)
    assert await counted(system, "echeance_events_duplicate_total", "") >= len(lives)


async def counted(system: System, metric: str, label: str) -> float:
    """What the clocks say of a metric together, of the samples that have a label."""
    headers, total = {"authorization": f"Bearer {system.token}"}, 0.0
    async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
        for clock in system.processes.of("clock"):
            answer = (await client.get(f"{clock.address}/metrics")).raise_for_status()
            for line in answer.text.splitlines():
                if line.startswith(metric) and label in line:
                    total += float(line.rpartition(" ")[2])
    return total


@pytest.mark.whole
async def test_a_record_that_ends_the_process_is_set_aside(system: System) -> None:
    """A clock that dies of it each time is started again and again, as whoever watches over processes does."""
    fatal = [FAILING, "clock", "clock handle fatal", "1", "SIGKILL"]
    itself = {"ECHEANCE_INSTANCE": "clock-0"}
    await system.start("ingest", "compliance")
    await put(system, FILE_EVENTS, [FATAL])
    async with system.traffic.flowing():
        for _ in range(TRIES):
            failing = system.processes.spawn("clock-0", fatal, itself)
            await failing.ended()
        system.processes.spawn("clock-0", fatal, itself)
        await system.recover()
    await system.verify()
    crashed = [one.value for one in await letters(system) if one.reason == "crashed"]
    assert crashed == [FATAL]
