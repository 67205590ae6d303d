"""A service that ends, or stands still, at a named step: the product's own program, whose ports are wrapped as it is put together.

``python -m tests.faults.distributed.failing clock 'echeance.file-clocks append after' 2 SIGKILL``: the second time it has appended
snapshots, it sends itself the signal. The product knows nothing of this.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any, Final, TypeVar

from fastapi import FastAPI, Request, Response
from starlette.background import BackgroundTask
from starlette.middleware.base import RequestResponseEndpoint
from typing_extensions import override

from shared.database.engine import Database
from shared.log.kafka import KafkaLog
from shared.log.loop import Loop
from shared.log.ports import (
    DEAD_LETTERS,
    FILE_CLOCKS,
    FILE_EVENTS,
    Batch,
    NewRecord,
    Outcome,
    Position,
    Worker,
)
from shared.log.step_lock import StepLock
from shared.metrics.registry import Metrics
from shared.process import distributed, runner
from shared.process.http_server.server import Server
from shared.process.tls import ServerTls
from shared.settings import Settings
from tests.faults.distributed import failing_alerts
from tests.faults.distributed.failing_alerts import around
from tests.faults.distributed.shifted import run
from tests.simulation.crashes import Fate, MortalWorker

R = TypeVar("R")
Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]

ANSWER = "answer"
POINTS: Final = {
    "ingest": around(f"{FILE_EVENTS} append", ANSWER),
    "clock": around(
        "clock claim",
        "clock handle",
        f"{FILE_CLOCKS} append",
        f"{DEAD_LETTERS} append",
        "clock commit",
    ),
    "compliance": around("compliance claim", "compliance handle", "compliance commit"),
}
"""Every step of each service: the claim, the fold (handle), the publication, the commit; of ingest the acknowledgement."""
FATAL: Final = b"FATAL"
"""A record that ends whatever works on it, at the point ``handle fatal``."""


class Signalled(Fate):
    """Sends the process a signal at the n-th visit of a point."""

    def __init__(self, point: str, visits: int, number: signal.Signals) -> None:
        super().__init__(Random(0))
        self.aim(point)
        self._visits = visits
        self._number = number

    @override
    def reach(self, point: str) -> None:
        if self.awaits(point):
            self._visits -= 1
            if self._visits == 0:
                os.kill(os.getpid(), self._number)


class FragileWorker(MortalWorker[R]):
    """A worker that one record ends."""

    @override
    async def handle(self, batch: Batch, now: datetime) -> Outcome[R] | None:
        if any(record.value == FATAL for record in batch.records):
            self._fate.reach(f"{self.service} handle fatal")
        return await super().handle(batch, now)


def fail(fate: Fate) -> None:
    """Put the wrapped ports where the product's services get theirs."""
    _wrap_log(fate)
    _wrap_worker(fate)
    _wrap_answers(fate)
    failing_alerts.wrap(fate)


def _wrap_log(fate: Fate) -> None:
    real = distributed.cluster

    @asynccontextmanager
    async def cluster(settings: Settings) -> AsyncIterator[KafkaLog]:
        async with real(settings) as log:
            append = log.append

            async def appended(topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
                fate.begin(f"{topic} append")
                positions = await append(topic, records)
                fate.reach(f"{topic} append after")
                return positions

            log.append = appended  # type: ignore[method-assign]  # one method of a real log
            yield log

    distributed.cluster = cluster


def _wrap_worker(fate: Fate) -> None:
    real = distributed.loop

    def loop(
        settings: Settings,
        log: KafkaLog,
        topic: str,
        worker: Worker[R],
        database: Database,
        metrics: Metrics,
        step_lock: StepLock,
    ) -> Loop[R]:
        fragile = FragileWorker(worker.service, worker, fate)
        return real(settings, log, topic, fragile, database, metrics, step_lock)

    distributed.loop = loop


def _wrap_answers(fate: Fate) -> None:
    real = runner.serving

    async def answered(request: Request, call_next: RequestResponseEndpoint) -> Response:
        answer = await call_next(request)
        if request.method == "POST":
            fate.begin(ANSWER)
            answer.background = BackgroundTask(fate.reach, f"{ANSWER} after")
        return answer

    @asynccontextmanager
    async def at_work(
        app: FastAPI,
        host: str,
        port: int,
        *loops: Work,
        close_streams: Callable[[], None] = lambda: None,
        tls: ServerTls | None = None,
    ) -> AsyncIterator[Server]:
        app.middleware("http")(answered)
        async with real(app, host, port, *loops, close_streams=close_streams, tls=tls) as server:
            yield server

    runner.serving = at_work


def main(name: str, point: str, visits: str, number: str) -> None:
    """Run a service until the signal, and after it if it lets it."""
    assert point in (*POINTS[name], *failing_alerts.POINTS, f"{name} handle fatal"), (
        f"{point}: no step of {name}"
    )
    fail(Signalled(point, int(visits), signal.Signals[number]))
    run(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
