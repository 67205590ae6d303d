"""The process shell: the wall clock, and the tasks that end together.

The only module that reads the wall clock; everything else is handed ``now``. A loop whose log or database does not answer tries
again, later and later, having committed nothing; a bug ends the process, because a loop that goes on after one loses events.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI

from shared.errors import UnavailableError
from shared.log import Loop, StallDetector
from shared.process.http_server import Connection, Server, listening_socket

R = TypeVar("R")
Now = Callable[[], datetime]

_LONGEST_PAUSE_SECONDS = 30.0
_IDLE_SECONDS = 0.25
_GRACE_SECONDS = 5
_STEP_SECONDS = 2.0
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


def tune_garbage_collector() -> None:
    """Let the garbage collector run rarely: a loop that decodes thousands of values a batch is otherwise slowed by half."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)


async def run_until_stopped(loop: Loop[R], stop: asyncio.Event, *, stall_seconds: int = 0) -> None:
    """Run a loop until told to stop, finishing the steps in hand.

    With ``stall_seconds``, a loop that has something to read and has not moved for so long ends the process, saying where every
    thread stood: it may be caught in a client that will never answer, and whoever starts it again gets it going.
    """
    pause_seconds = 0.1
    stall_detector = StallDetector(stall_seconds)
    try:
        while not stop.is_set():
            try:
                await loop.run_once(_IDLE_SECONDS)
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


async def wait_for_stop(stop: asyncio.Event, timeout_seconds: float) -> None:
    """Wait to be told to stop, or for the timeout."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_seconds):
            await stop.wait()


async def run_to_end(loop: Loop[R]) -> AsyncIterator[int]:
    """Run a loop until its topic has nothing more and nothing is due, giving the records of each turn."""
    try:
        while (consumed := await loop.run_once(0)) or loop.has_more_due:
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
) -> AsyncIterator[Server]:
    """A server and loops that run and end together: the server first, then each loop when its step in hand is done.

    SIGINT and SIGTERM end the server, and so everything; a loop that fails ends everything too. ``close_streams`` ends the answers that would
    go on for ever, such as streams.
    """
    config = uvicorn.Config(
        app,
        log_config=None,  # its messages go where ours go
        log_level="warning",
        access_log=False,
        http=Connection,
        ws="none",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server, stop = Server(config, close_streams), asyncio.Event()
    with listening_socket(host, port) as address:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_to_its_end(loop(stop))) for loop in loops]
            server.serving = group.create_task(server.serve([address]))
            await server.answering.wait()
            try:
                yield server
            finally:
                server.should_exit = True
                await server.serving
                stop.set()
                await _give_up_late(tasks)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do a loop's work; a cancellation that nobody asked for, leaked by what it waited for, would end the loop and not the process."""
    try:
        await work
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            raise AssertionError("a loop was cancelled, and nobody did so") from None
        raise


async def _give_up_late(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Let the steps in hand end; one that waits for what does not answer is cut off, which is no worse than a crash there."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=_STEP_SECONDS)
        for task in late:
            task.cancel()
