"""The wall clock, and the lifecycle of a process: its server and its loops start and stop together.

The only module that reads the wall clock; everything else gets ``now`` as an argument. A loop whose
log or database is unavailable retries with exponential backoff, having committed nothing. A bug
ends the process: a loop that goes on after one loses events.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI

from shared.errors import UnavailableError
from shared.http import front_door
from shared.log import Loop, StallDetector
from shared.process.http_server import Connection, Server, listening_socket
from shared.process.tls import ServerTls

R = TypeVar("R")
Now = Callable[[], datetime]

_LONGEST_PAUSE_SECONDS = 30.0
_IDLE_SECONDS = 0.25
_GRACE_SECONDS = 5
_STEP_SECONDS = 2.0
_SWITCH_SECONDS = 0.001
_log = logging.getLogger("echeance")


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 — its one home


class AcceleratedClock:
    """The demonstration's clock: ``factor`` times as fast as the wall clock from ``start`` on."""

    def __init__(self, start: datetime, factor: int) -> None:
        self._start = start
        self._started_at = now()
        self._factor = factor

    def __call__(self) -> datetime:
        return self._start + (now() - self._started_at) * self._factor


def tune_garbage_collector() -> None:
    """Raise the thresholds: the defaults make decoding thousands of values half as long again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)


def shorten_switch_interval() -> None:
    """Let an answer wait for what is computed in a thread 1 ms each time, not 5.

    It waits at each return from its database: of a page of many queries that is a quarter of a second.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)


async def run_until_stopped(
    loop: Loop[R],
    stop: asyncio.Event,
    *,
    stall_seconds: int = 0,
    idle_seconds: float = _IDLE_SECONDS,
) -> None:
    """Run a loop until ``stop`` is set, then let its running steps end.

    Without records it runs every ``idle_seconds``, for what time alone makes due and for ``stop``.
    A loop that is stuck for ``stall_seconds`` (0: never) ends the process: a client may wait for
    ever, and a restart resolves that.
    """
    pause_seconds = 0.1
    stall_detector = StallDetector(stall_seconds)
    try:
        while not stop.is_set():
            try:
                await loop.run_once(idle_seconds)
                stall_detector.observe(loop)
                pause_seconds = 0.1
            except UnavailableError as error:
                _log.warning("%s: %s; trying again in %.1f s", loop.group, error, pause_seconds)
                await loop.close()
                stall_detector.reset()
                await wait_for_stop(stop, pause_seconds)
                pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
    finally:
        stall_detector.end()
        await loop.close()


async def wait_for_either(stop: asyncio.Event, other: Coroutine[Any, Any, object]) -> None:
    """Return when ``stop`` is set or the other has ended, which is cancelled otherwise."""
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(other)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()


async def wait_for_stop(stop: asyncio.Event, timeout_seconds: float) -> None:
    """Return when ``stop`` is set, or after the timeout."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_seconds):
            await stop.wait()


async def run_to_end(loop: Loop[R]) -> AsyncGenerator[int]:
    """Run a loop until it has no lag and nothing is due; yields the records of each run.

    Steps are in flight until it ends: whoever leaves early closes it (``contextlib.aclosing``).
    """
    try:
        while True:
            was_idle = loop.is_idle  # a partition whose step runs is not read
            consumed = await loop.run_once(0)
            if was_idle and not consumed and loop.is_idle:
                return
            yield consumed
    finally:
        await loop.close()


@asynccontextmanager
async def serving(
    app: FastAPI,
    host: str,
    port: int,
    *loops: Callable[[asyncio.Event], Coroutine[Any, Any, None]],
    close_streams: Callable[[], None] = lambda: None,
    tls: ServerTls | None = None,
) -> AsyncIterator[Server]:
    """A server and loops with a graceful shutdown: the server first, then each loop.

    SIGINT, SIGTERM and a loop that fails stop everything. ``close_streams`` ends responses without
    an end (server-sent events).
    """
    if tls is not None and tls.clients == "required":
        front_door.require_client_certificates(app)
    config = uvicorn.Config(
        app,
        log_config=None,  # through this process's handlers
        log_level="warning",
        access_log=False,
        http=Connection,
        ws="none",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server, stop = Server(config, close_streams, tls), asyncio.Event()
    with listening_socket(host, port) as address:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_supervise(loop(stop))) for loop in loops]
            server.serving = group.create_task(server.serve([address]))
            await server.answering.wait()
            try:
                yield server
            finally:
                server.should_exit = True
                await server.serving
                stop.set()
                await _cancel_late(tasks)


async def _supervise(work: Coroutine[Any, Any, None]) -> None:
    """Run a loop; a ``CancelledError`` leaked by a client would end it silently, so it is a bug."""
    try:
        await work
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            raise AssertionError("a loop was cancelled, and nobody did so") from None
        raise


async def _cancel_late(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Let running steps end within 2 s, then cancel them, which equals a crash at that point."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=_STEP_SECONDS)
        for task in late:
            task.cancel()
