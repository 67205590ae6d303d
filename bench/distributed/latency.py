"""Latency from an event to the tally it changes: three services, single posts at a fixed rate, one
file each.

An event's time starts at its scheduled post, not at the actual one (no coordinated omission), and
ends when compliance has committed the file's tallies, as seen by a query every few milliseconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, NamedTuple

import asyncpg

from bench import core
from bench.distributed import ours, processor
from bench.distributed.servers import Servers, driver_url
from bench.figures import Figure, percentile
from bench.posts import single
from bench.server import Server, answers_at
from shared.process import runner

EVENTS_A_SECOND = 1_000

_CONNECTIONS = 64
_POLL_SECONDS = 0.005
_PATIENCE_SECONDS = 30.0
_SETTLING_SECONDS = 3
_NEW = "SELECT file_id FROM compliance_files WHERE file_id > $1 AND file_id < $2 ORDER BY file_id"


class Kind(NamedTuple):
    """A kind of files: the letter of their ids, and how long ago they were received."""

    name: str
    letter: str
    age: timedelta


_KINDS = (
    Kind("files received today", "N", timedelta(minutes=1)),
    Kind("files long overdue, each raising an alert", "O", timedelta(days=300)),
)


def figures(seconds: int, servers: Servers) -> Iterator[Figure]:
    """Events of each kind for some seconds, after a warm-up."""
    token, database = ours.token(servers), servers.database()
    _, own = processor.cores()
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(ours.service(name, servers, database, [own]))
            for name in ("ingest", "clock", "compliance")
        }
        server = Server(started["ingest"].port, token)
        asyncio.run(_at_work(server, database))
        read = {
            **{name: one.cpu_seconds for name, one in started.items()},
            "PostgreSQL": servers.postgres_cpu_seconds,
            "the broker": servers.broker_cpu_seconds,
            "the client": time.process_time,
        }
        for kind in _KINDS:
            yield from _figures(kind, seconds + _SETTLING_SECONDS, server, database, read)


def _figures(
    kind: Kind, seconds: int, server: Server, database: str, read: Mapping[str, Callable[[], float]]
) -> Iterator[Figure]:
    """``read`` returns the processor seconds of each part."""
    before = {name: used() for name, used in read.items()}
    taken, late = asyncio.run(_latencies(kind, server, database, seconds))
    used = {name: used() - before[name] for name, used in read.items()}
    name = f"{EVENTS_A_SECOND:,} events/s → committed tallies, {kind.name}, p50"
    yield Figure(name, percentile(taken, 50) * 1_000, "ms")
    yield Figure("  p99", percentile(taken, 99) * 1_000, "ms", 1_000.0, at_most=True)
    yield Figure("  longest", max(taken) * 1_000, "ms")
    yield Figure("  the last post, behind its plan", late * 1_000, "ms")
    for name, seconds_used in used.items():
        each = seconds_used / (seconds * EVENTS_A_SECOND) * 1e6
        yield Figure(f"  processor of {name}", each, "µs/event")


async def _at_work(server: Server, database: str) -> None:
    await ours.wait_for_http(server)
    await ours.wait_for_claims(database, "clock", "compliance")


async def _latencies(
    kind: Kind, server: Server, database: str, seconds: int
) -> tuple[list[float], float]:
    """Latency of each event in seconds, and how far behind schedule the last post was answered."""
    connection = await asyncpg.connect(driver_url(database))
    try:
        received = runner.now() - kind.age
        begins = asyncio.get_running_loop().time() + 0.5
        due = {
            f"{kind.letter}-{number:08}": begins + number / EVENTS_A_SECOND
            for number in range(seconds * EVENTS_A_SECOND)
        }
        requests = [
            (instant, single(server, core.reception_json(file_id, received)))
            for file_id, instant in due.items()
        ]
        shares = [requests[first::_CONNECTIONS] for first in range(_CONNECTIONS)]
        seen = asyncio.create_task(_commit_times(connection, kind, due))
        await asyncio.gather(*(answers_at(server, share, 202) for share in shares))
        late = asyncio.get_running_loop().time() - requests[-1][0]
        settled = begins + _SETTLING_SECONDS
        found = await seen
        return [found[one] - at for one, at in due.items() if at >= settled], late
    finally:
        await connection.close()


async def _commit_times(
    connection: Any, kind: Kind, due: Mapping[str, float]
) -> Mapping[str, float]:
    """When each file was first seen as committed."""
    clock = asyncio.get_running_loop().time
    seen: dict[str, float] = {}
    remaining = iter(due)
    first_missing, before = next(remaining), f"{kind.letter}-"
    until = max(due.values()) + _PATIENCE_SECONDS
    while len(seen) < len(due):
        rows = await connection.fetch(_NEW, before, f"{kind.letter}-:")
        now = clock()
        if now > until:
            raise RuntimeError(f"only {len(seen)} of {len(due)} events were measured in time")
        for row in rows:
            seen.setdefault(row[0], now)
        while first_missing in seen and len(seen) < len(due):
            before, first_missing = first_missing, next(remaining)
        await asyncio.sleep(_POLL_SECONDS)
    return seen
