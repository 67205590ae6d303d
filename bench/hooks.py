"""Signed webhooks beside single posts of the same events, by turns: ingest alone, over HTTP.

``python -m bench.hooks FOLDER`` is the server that is measured: ingest's application on a log that
answers at once, so that what is compared is what comes before it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from fastapi import FastAPI

from bench import core
from bench.figures import Figure
from bench.posts import send_all, single
from bench.server import Server, measured_server, taken_seconds
from services.ingest.api import router
from services.ingest.hooks import DeliveryRules, HookMetrics, hook_router, load_hooks
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import Publisher
from shared.domain import Event, short_name
from shared.http import Credentials, front_door
from shared.log import NewRecord, Position
from shared.metrics import Metrics
from shared.process import load_catalogue, runner

CONNECTIONS: Final = 64
TURN: Final = 640
"""So many requests are sent before it is the other's turn: what disturbs one disturbs both."""
TARGET: Final = 0.7
SECRET: Final = "a secret of the benchmark"
HOOKS: Final = """\
hooks:
  bench: {mapping: mapping.yaml, signature: github, secrets: [{file: bench.secret}], token: bench}
"""
MAPPING: Final = f"""\
source: {core.SOURCE}
columns: {{file_id: /case/number, activity: /what, time: /at, event_id: /id, request_id: /letter}}
activities: {{opened: received, asked: documents_requested, answered: documents_received}}
standard: caq-etudes
unit: {{column: /case/office, words: {{Montréal: montreal}}}}
"""
_ACTIVITIES: Final = {
    "received": "opened",
    "documents_requested": "asked",
    "documents_received": "answered",
}


def figures(singles: int) -> Iterator[Figure]:
    """Rate and processor time of the server of single posts, of webhooks, and the second beside the first."""
    events = (event for number in range(10**9) for event in core.history(f"H-{number}"))
    with _folder() as folder, measured_server(folder, "bench.hooks") as (server, process):
        turns = {kind: _Turns([], []) for kind in ("single posts", "signed webhooks")}
        for number in range(1 + singles // TURN):
            turn = list(islice(events, TURN))
            native = [single(server, core.cloudevent_json(event)) for event in turn]
            foreign = [_delivery(server, delivery(event)) for event in turn]
            for kind, requests in zip(turns, (native, foreign), strict=True):
                before = taken_seconds(process)
                rate, _ = asyncio.run(send_all(server, requests, CONNECTIONS))
                if number:  # the first turn warms up
                    seconds = taken_seconds(process) - before
                    turns[kind].rates.append(rate)
                    turns[kind].seconds.append(seconds / len(requests))
    for kind, each in turns.items():
        yield Figure(f"{kind}, {CONNECTIONS} connections", statistics.median(each.rates), "/s")
        yield Figure("  processor time of the server", statistics.median(each.seconds) * 1e6, "µs")
    posts, hooks = turns.values()
    rates = statistics.median(
        hook / post for hook, post in zip(hooks.rates, posts.rates, strict=True)
    )
    costs = statistics.median(
        post / hook for hook, post in zip(hooks.seconds, posts.seconds, strict=True)
    )
    yield Figure("webhooks ÷ posts, rate", rates, "", TARGET)
    yield Figure("webhooks ÷ posts, by processor time", costs, "", TARGET)


class _Turns(NamedTuple):
    """The rate of each turn, and the processor time of a request in it."""

    rates: list[float]
    seconds: list[float]


def delivery(event: Event) -> bytes:
    """An event in the form of a case system, with more members than the mapping reads."""
    said: dict[str, Any] = {
        "id": event.id,
        "what": _ACTIVITIES[short_name(type(event))],
        "at": event.time,
        "case": {"number": event.file_id, "office": "Montréal", "title": "…", "tags": ["a", "b"]},
        "actor": {"id": 7, "name": "…"},
    }
    letter = getattr(event.data, "request_id", None)
    return msgspec.json.encode({**said, "letter": letter} if letter else said)


def _delivery(server: Server, body: bytes) -> bytes:
    """The request that delivers it, signed."""
    lines = [
        "POST /v1/hooks/bench HTTP/1.1",
        f"host: 127.0.0.1:{server.port}",
        f"x-hub-signature-256: sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}",
        f"content-length: {len(body)}",
        "content-type: application/json",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder with what the server reads of webhooks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "hooks.yaml").write_text(HOOKS, encoding="utf-8")
        (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
        (folder / "bench.secret").write_text(SECRET, encoding="utf-8")
        yield folder


class _Memory:
    """A log that answers at once."""

    partitions = 8

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        return [Position(record.partition, 0) for record in records]


async def _serve(folder: Path) -> None:
    runner.tune_garbage_collector()
    catalogue, metrics = load_catalogue(None), Metrics(runner.now)
    publisher, intake = Publisher(_Memory()), IntakeMetrics(metrics)
    hooks = load_hooks(folder / "hooks.yaml", catalogue)
    rules = DeliveryRules(catalogue, runner.now, timedelta(minutes=5))
    app = FastAPI()
    app.include_router(router(publisher, catalogue, runner.now, intake))
    app.include_router(hook_router(publisher, hooks, rules, intake, HookMetrics(metrics, hooks)))
    front_door.secure(app, Credentials(folder / "credentials.json"))
    async with runner.serving(app, "127.0.0.1", 0) as server:
        print(server.port, flush=True)
        await server.ended()
    await publisher.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
