"""Ingest alone: HTTP posts, acknowledged once durable in Kafka, and topics of another system, whose
positions are committed then. The client shares the broker's core.

Batches and topics are measured by turns, with the same events.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from itertools import islice

import msgspec

from bench import core
from bench.distributed import job, ours, processor, topics
from bench.distributed.progress import Run, observe
from bench.distributed.servers import Servers
from bench.distributed.topics import PARTITIONS
from bench.figures import Figure, percentile
from bench.posts import BATCH_CONNECTIONS, BATCH_EVENTS, CONNECTIONS, batch, send_all, single
from bench.server import Server
from shared.domain import Event, decode_event, short_name

_LIMIT_SECONDS = 300.0


TURNS = 2
_MAPPING = """
source: {source}
zone: UTC
columns:
  activity: /kind
  file_id: /case/number
  time: /at
  event_id: /id
  request_id: /request
standard: {{column: /case/service, slugify: true}}
unit: {{column: /case/office, slugify: true}}
outcome: {{column: /result, slugify: true}}
activities:
  Received: received
  Asked: documents_requested
  Answered: documents_received
  Decided: decided
"""
_KINDS = {
    "received": "Received",
    "documents_requested": "Asked",
    "documents_received": "Answered",
    "decided": "Decided",
}


def figures(singles: int, batched: int, servers: Servers) -> Iterator[Figure]:
    """Single posts, then events in batches and from topics, by turns."""
    posts = (
        core.cloudevent_json(decode_event(one.value)) for one in job.records(batched, PARTITIONS)
    )
    token = ours.token(servers)
    for turn in range(TURNS):
        asyncio.run(_fill_topics(turn, batched, servers))
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
        for turn in range(TURNS):
            yield from _figures(
                name, server, ingest, together, BATCH_CONNECTIONS, BATCH_EVENTS, 60_000.0
            )
            yield from _topic_figures("cloudevents", turn, batched, servers)
            yield from _topic_figures("json", turn, batched, servers)


def _topic(format_: str, turn: int) -> str:
    return f"bench.{format_}-{turn}"


async def _fill_topics(turn: int, events: int, servers: Servers) -> None:
    """The same events as CloudEvents, and as a case system's own JSON."""
    for format_, written in (("cloudevents", core.cloudevent_json), ("json", _own_json)):
        records = islice(job.records(events, PARTITIONS), events)
        values = (one._replace(value=written(decode_event(one.value))) for one in records)
        await topics.create(servers.kafka, _topic(format_, turn))
        await topics.load(servers.kafka, _topic(format_, turn), values)


def _own_json(event: Event) -> bytes:
    data = msgspec.to_builtins(event.data) if event.data is not None else {}
    case = {"number": event.file_id, "service": data.get("standard"), "office": data.get("unit")}
    return msgspec.json.encode(
        {
            "kind": _KINDS[short_name(type(event))],
            "id": event.id,
            "at": event.time,
            "case": case,
            "request": data.get("request_id"),
            "result": data.get("outcome"),
        }
    )


def _topic_figures(format_: str, turn: int, events: int, servers: Servers) -> Iterator[Figure]:
    """A new ingest process reads a topic from its beginning, as a group that has read nothing."""
    topic = _topic(format_, turn)
    group = f"echeance.ingest-{topic}"
    mapped = {"mapping": "mapping.yaml"} if format_ == "json" else {}
    described = {"source": job.SOURCE, "format": format_, **mapped}
    path = servers.folder / f"{format_}.yaml"
    path.write_text(json.dumps({"topics": {topic: described}}), encoding="utf-8")
    mapping = _MAPPING.format(source=job.SOURCE)
    (servers.folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    _, own = processor.cores()
    with ours.service("ingest", servers, servers.database(), [own], SOURCES=str(path)) as ingest:
        run = asyncio.run(_observe(topic, group, events, servers, ingest.child.pid))
    yield Figure(f"a topic, {format_}", run.rate, "events/s")
    yield Figure("  processor of ingest", run.cpu, "µs/event")


async def _observe(topic: str, group: str, events: int, servers: Servers, pid: int) -> Run:
    async with topics.commits(servers.kafka, group, topic) as committed:
        return await observe(committed, events, [pid], servers.broker_cpu_seconds, _LIMIT_SECONDS)


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
