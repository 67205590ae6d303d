"""Ingest over real HTTP with a durable log: single posts from many connections, and batches."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from bench import core
from bench.figures import Figure, percentile
from bench.server import Server, answers, run_server

CONNECTIONS = 64
BATCH_CONNECTIONS = 4
BATCH_EVENTS = 500


def figures(singles: int, batched: int) -> Iterator[Figure]:
    """Single posts, then events in batches, with the clock and compliance running."""
    posts = (
        core.cloudevent_json(event)
        for number in range(10**9)
        for event in core.history(f"P-{number}")
    )
    with tempfile.TemporaryDirectory() as folder, run_server(Path(folder), core.SOURCE) as server:
        alone = [single(server, body) for body in islice(posts, singles)]
        together = [
            batch(server, islice(posts, BATCH_EVENTS)) for _ in range(batched // BATCH_EVENTS)
        ]
        for name, requests, connections, events, unit in (
            ("single posts", alone, CONNECTIONS, 1, "requests/s"),
            (f"batches of {BATCH_EVENTS}", together, BATCH_CONNECTIONS, BATCH_EVENTS, "events/s"),
        ):
            rate, seconds = asyncio.run(send_all(server, requests, connections))
            yield Figure(f"{name}, {connections} connections", rate * events, unit)
            yield Figure("  until acknowledged, p99", percentile(seconds, 99) * 1_000, "ms")


def single(server: Server, event: bytes) -> bytes:
    """The request that posts one event."""
    return server.request("POST", "/v1/events", event, "application/cloudevents+json")


def batch(server: Server, events: Iterable[bytes]) -> bytes:
    """The request that posts several."""
    body = b"[" + b",".join(events) + b"]"
    return server.request("POST", "/v1/events", body, "application/cloudevents-batch+json")


def lines(server: Server, events: Iterable[bytes]) -> bytes:
    """The request that posts several as NDJSON."""
    body = b"\n".join(events)
    return server.request("POST", "/v1/events/ndjson", body, "application/x-ndjson")


async def send_all(
    server: Server, requests: Sequence[bytes], connections: int
) -> tuple[float, list[float]]:
    """Requests a second over all connections, and the latency of each in seconds."""
    began = time.perf_counter()
    shares = (requests[number::connections] for number in range(connections))
    seconds = await asyncio.gather(*(answers(server, share, 202) for share in shares))
    rate = len(requests) / (time.perf_counter() - began)
    return rate, [one for share in seconds for one in share]
