"""The process shell: the wall clock, logging, and the tasks that end together.

The only module that reads the wall clock; everything else is handed ``now``. A loop whose log or database does not answer tries
again, later and later, having committed nothing; a bug ends the process, because a loop that goes on after one loses events.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from shared.log import Log, UnavailableError, Worker, run

R = TypeVar("R")
Now = Callable[[], datetime]

_LONGEST_PAUSE_SECONDS = 30.0
_IDLE_SECONDS = 0.25
_log = logging.getLogger("echeance")


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 — its one home


class AcceleratedClock:
    """A clock that starts at an instant and runs so many times faster than the wall: for the demo."""

    def __init__(self, start: datetime, factor: int) -> None:
        self._start = start
        self._began = now()
        self._factor = factor

    def __call__(self) -> datetime:
        return self._start + (now() - self._began) * self._factor


def spare_collector() -> None:
    """Let the garbage collector run rarely: a loop that decodes thousands of values a batch is otherwise slowed by half."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)


def log_to_stderr() -> None:
    """Write the service's own messages where the terminal, or the container, shows them."""
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO
    )


async def consume(
    log: Log, topic: str, group: str, worker: Worker[R], now: Now, stop: asyncio.Event
) -> None:
    """Run a worker's loop until told to stop, finishing the step in hand."""
    pause_seconds = 0.1
    while not stop.is_set():
        subscription = log.subscribe(topic, group, worker.claim)
        try:
            while not stop.is_set():
                await run(log, subscription, worker, now, timeout_seconds=_IDLE_SECONDS)
                pause_seconds = 0.1
        except UnavailableError as error:
            _log.warning("%s: %s; trying again in %.1f s", group, error, pause_seconds)
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
        finally:
            await subscription.close()


async def turns(
    log: Log, topic: str, group: str, worker: Worker[R], now: Now
) -> AsyncIterator[int]:
    """Run a worker's loop until its topic has nothing more, giving the records consumed by each turn."""
    subscription = log.subscribe(topic, group, worker.claim)
    try:
        while consumed := await run(log, subscription, worker, now, timeout_seconds=0):
            yield consumed
    finally:
        await subscription.close()


class Server(uvicorn.Server):
    """An HTTP server that says which port it got, and when it has ended."""

    serving: asyncio.Task[None]

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on SIGINT and SIGTERM, and only end: uvicorn's own raises the signal again once it has stopped."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])

    async def ready(self) -> None:
        """Return once it listens; raises ``OSError`` if it cannot."""
        while not self.started:
            if self.serving.done():
                raise OSError(
                    errno.EADDRINUSE,
                    os.strerror(errno.EADDRINUSE),
                    f"{self.config.host}:{self.config.port}",
                )
            await asyncio.sleep(0.01)

    async def ended(self) -> None:
        """Return once a signal has ended it."""
        await asyncio.shield(self.serving)


def http_server(app: FastAPI, host: str, port: int) -> Server:
    """Serves an application; SIGINT and SIGTERM end it, as they end the process."""
    return Server(uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False))
