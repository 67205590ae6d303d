"""The whole way at saturation: batches posted to ingest, through the clock, to compliance's tallies.

All three services work at once. The events are of today, so that no alert of a backlog is raised: files
are received, asked for documents, answered and decided within an hour.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from itertools import islice

import asyncpg

from bench import core
from bench.distributed import job, ours, processor, topics
from bench.distributed.servers import Servers, driver_url
from bench.distributed.topics import PARTITIONS
from bench.exports import EVENTS_PER_FILE
from bench.figures import Figure
from bench.posts import BATCH_CONNECTIONS, BATCH_EVENTS, batch, send_all
from bench.server import Server
from shared.domain import decode_event
from shared.log import FILE_CLOCKS, FILE_EVENTS, NewRecord
from shared.process import runner

_SERVICES = ("ingest", "clock", "compliance")
_POLL_SECONDS = 0.05
_LIMIT_SECONDS = 600.0
_SINCE_THE_LAST_EVENT = timedelta(seconds=10)


def figures(
    events: int, servers: Callable[[], AbstractContextManager[Servers]]
) -> Iterator[Figure]:
    """From the first post to the last tally; then clock and compliance alone on the same events."""
    until = runner.now() - _SINCE_THE_LAST_EVENT
    with servers() as at_work:
        wall, used = _whole_way(events, until, at_work)
    yield Figure(f"{events:,} events, all the way", events / wall, "events/s")
    for name, seconds in used.items():
        yield Figure(f"  processor of {name}", seconds / events * 1e6, "µs/event")
    with servers() as at_work:
        ours.token(at_work)
        database = at_work.database()
        asyncio.run(topics.load(at_work.kafka, FILE_EVENTS, _records(events, until)))
        clock = ours.consumption("clock", events, at_work, database)
        snapshots = sum(asyncio.run(topics.ends(at_work.kafka, FILE_CLOCKS)).values())
        compliance = ours.consumption("compliance", snapshots, at_work, database)
    yield Figure("the clock alone", clock.rate, "events/s")
    yield Figure("  processor", clock.cpu, "µs/event")
    yield Figure(f"compliance alone, {snapshots:,} snapshots", compliance.rate, "snapshots/s")
    yield Figure("  processor", compliance.cpu, "µs/snapshot")
    yield Figure("compliance beside the clock", compliance.rate / clock.rate, "×", 1.2)
    note = f"on one core; of it the slowest part has {max(used.values()) / sum(used.values()):.0%}"
    yield Figure("the whole way beside the clock", events / wall / clock.rate, "×", 0.9, note=note)


def _whole_way(events: int, until: datetime, servers: Servers) -> tuple[float, Mapping[str, float]]:
    """Seconds from the first post to the last tally, and processor seconds of each service."""
    token, database = ours.token(servers), servers.database()
    _, own = processor.cores()
    posts = (core.cloudevent_json(decode_event(one.value)) for one in _records(events, until))
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(ours.service(name, servers, database, [own]))
            for name in _SERVICES
        }
        server = Server(started["ingest"].port, token)
        asyncio.run(_at_work(server, database))
        requests = [
            batch(server, islice(posts, BATCH_EVENTS)) for _ in range(events // BATCH_EVENTS)
        ]
        before = {name: one.cpu_seconds() for name, one in started.items()}
        wall = asyncio.run(_run(server, requests, events, database, servers))
        return wall, {name: one.cpu_seconds() - before[name] for name, one in started.items()}


def _records(events: int, until: datetime) -> Iterator[NewRecord]:
    return job.records(events // EVENTS_PER_FILE, PARTITIONS, until)


async def _at_work(server: Server, database: str) -> None:
    await ours.wait_for_http(server)
    await ours.wait_for_claims(database, "clock", "compliance")


async def _run(
    server: Server, requests: Sequence[bytes], events: int, database: str, servers: Servers
) -> float:
    """Seconds from the first post until compliance has committed what the clock published."""
    began = time.monotonic()
    await send_all(server, requests, BATCH_CONNECTIONS)
    connection = await asyncpg.connect(driver_url(database))
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            await _reach(connection, "clock", events)
            ends = await topics.ends(servers.kafka, FILE_CLOCKS)
            await _reach(connection, "compliance", sum(ends.values()))
        return time.monotonic() - began
    finally:
        await connection.close()


async def _reach(connection: asyncpg.Connection, name: str, records: int) -> None:
    committed = ours.position(connection, name)
    while (await committed() or 0) < records:  # noqa: ASYNC110 — a database row can only be polled
        await asyncio.sleep(_POLL_SECONDS)
