"""Ingest alone: HTTP posts, acknowledged once durable in Kafka. The client shares the broker's
core.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import islice

from bench import core
from bench.distributed import job, ours, processor
from bench.distributed.servers import Servers
from bench.distributed.topics import PARTITIONS
from bench.figures import Figure, percentile
from bench.posts import BATCH_CONNECTIONS, BATCH_EVENTS, CONNECTIONS, batch, send_all, single
from bench.server import Server
from shared.domain import decode_event


def figures(singles: int, batched: int, servers: Servers) -> Iterator[Figure]:
    """Single posts, then events in batches."""
    posts = (
        core.cloudevent_json(decode_event(one.value)) for one in job.records(batched, PARTITIONS)
    )
    token = ours.token(servers)
    _, own = processor.cores()
    with ours.service("ingest", servers, servers.database(), [own]) as ingest:
        server = Server(ingest.port, token)
        asyncio.run(ours.wait_for_http(server))
        alone = [single(server, body) for body in islice(posts, singles)]
        name = f"single posts, {CONNECTIONS} connections"
        yield from _figures(name, server, ingest, alone, CONNECTIONS, 1, 6_000.0)
        together = [
            batch(server, islice(posts, BATCH_EVENTS)) for _ in range(batched // BATCH_EVENTS)
        ]
        name = f"batches of {BATCH_EVENTS}, {BATCH_CONNECTIONS} connections"
        yield from _figures(
            name, server, ingest, together, BATCH_CONNECTIONS, BATCH_EVENTS, 60_000.0
        )


def _figures(
    name: str,
    server: Server,
    ingest: ours.Service,
    requests: list[bytes],
    connections: int,
    events: int,
    target: float,
) -> Iterator[Figure]:
    used, client, began = ingest.cpu_seconds(), time.process_time(), time.monotonic()
    rate, taken = asyncio.run(send_all(server, requests, connections))
    used, client = ingest.cpu_seconds() - used, time.process_time() - client
    busy = f"the client kept its core busy for {client / (time.monotonic() - began):.0%}"
    total = len(requests) * events
    yield Figure(name, rate * events, "events/s", target, note=busy)
    yield Figure("  processor of ingest", used / total * 1e6, "µs/event")
    yield Figure("  until acknowledged, p99", percentile(taken, 99) * 1_000, "ms")
