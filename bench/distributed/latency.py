"""From an event to the measure it changes: the three services at work, so many single posts a second, each of a file of its own.

The clock of an event starts when it was due to be posted, not when the client came round to it, and stops when compliance has
committed the file's tallies, as seen by a query repeated every few milliseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import asyncpg

from bench import core
from bench.distributed import ours, processor
from bench.distributed.servers import Servers, driver_url
from bench.figures import Figure, percentile
from bench.server import Server, answers_at

EVENTS_A_SECOND = 1_000

_CONNECTIONS = 64
_RECEIVED = datetime(2026, 1, 12, 15, tzinfo=UTC)
_POLL_SECONDS = 0.005
_PATIENCE_SECONDS = 30.0
_SETTLING_SECONDS = 3
_NEW = "SELECT file_id FROM compliance_files WHERE file_id > $1 ORDER BY file_id"


def figures(seconds: int, servers: Servers) -> Iterator[Figure]:
    """So many seconds of events, after a few that are not counted."""
    token, database = ours.token(servers), servers.database()
    _, own = processor.cores()
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(ours.service(name, servers, database, [own]))
            for name in ("ingest", "clock", "compliance")
        }
        server = Server(started["ingest"].port, token)
        asyncio.run(_at_work(server, database))
        used = {name: one.cpu_seconds() for name, one in started.items()}
        taken, late = asyncio.run(_taken(server, database, seconds + _SETTLING_SECONDS))
        used = {name: one.cpu_seconds() - used[name] for name, one in started.items()}
    events = (seconds + _SETTLING_SECONDS) * EVENTS_A_SECOND
    name = f"event → committed tally, {EVENTS_A_SECOND:,} events/s"
    yield Figure(f"{name}, p50", percentile(taken, 50) * 1_000, "ms")
    yield Figure("  p99", percentile(taken, 99) * 1_000, "ms", 1_000.0, at_most=True)
    yield Figure("  longest", max(taken) * 1_000, "ms")
    yield Figure("  the last post, behind its plan", late * 1_000, "ms")
    for name, seconds_used in used.items():
        yield Figure(f"  processor of {name}", seconds_used / events * 1e6, "µs/event")


async def _at_work(server: Server, database: str) -> None:
    await ours.answering(server)
    await ours.claimed(database, "clock", "compliance")


async def _taken(server: Server, database: str, seconds: int) -> tuple[list[float], float]:
    """How long each event took, in seconds, and how far behind its plan the last post was answered."""
    connection = await asyncpg.connect(driver_url(database))
    try:
        begins = asyncio.get_running_loop().time() + 0.5
        due = {
            _file(number): begins + number / EVENTS_A_SECOND
            for number in range(seconds * EVENTS_A_SECOND)
        }
        requests = [(instant, _post(server, file_id)) for file_id, instant in due.items()]
        shares = [requests[first::_CONNECTIONS] for first in range(_CONNECTIONS)]
        seen = asyncio.create_task(_seen(connection, due))
        await asyncio.gather(*(answers_at(server, share, 202) for share in shares))
        late = asyncio.get_running_loop().time() - requests[-1][0]
        settled = begins + _SETTLING_SECONDS
        found = await seen
        return [found[one] - at for one, at in due.items() if at >= settled], late
    finally:
        await connection.close()


async def _seen(connection: Any, due: Mapping[str, float]) -> Mapping[str, float]:
    """When each file was found among the committed ones."""
    clock = asyncio.get_running_loop().time
    seen: dict[str, float] = {}
    remaining = iter(due)
    first_missing, before = next(remaining), ""
    until = max(due.values()) + _PATIENCE_SECONDS
    while len(seen) < len(due):
        rows = await connection.fetch(_NEW, before)
        now = clock()
        if now > until:
            raise RuntimeError(f"only {len(seen)} of {len(due)} events were measured in time")
        for row in rows:
            seen.setdefault(row[0], now)
        while first_missing in seen and len(seen) < len(due):
            before, first_missing = first_missing, next(remaining)
        await asyncio.sleep(_POLL_SECONDS)
    return seen


def _file(number: int) -> str:
    return f"N-{number:08}"


def _post(server: Server, file_id: str) -> bytes:
    body = core.posted(core.history(file_id, _RECEIVED)[0])
    return server.request("POST", "/v1/events", body, "application/cloudevents+json")
