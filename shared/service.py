"""The process shell: the wall clock, and the tasks that end together.

The only module that reads the wall clock; everything else is handed ``now``. A loop whose log or database does not answer tries
again, later and later, having committed nothing; a bug ends the process, because a loop that goes on after one loses events.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from shared.log import UnavailableError
from shared.loop import Loop
from shared.progress import Watch

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


def spare_collector() -> None:
    """Let the garbage collector run rarely: a loop that decodes thousands of values a batch is otherwise slowed by half."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)


async def consume(loop: Loop[R], stop: asyncio.Event, *, stall_seconds: int = 0) -> None:
    """Run a loop until told to stop, finishing the steps in hand.

    With ``stall_seconds``, a loop that has something to read and has not moved for so long ends the process, saying where every
    thread stood: it may be caught in a client that will never answer, and whoever starts it again gets it going.
    """
    pause_seconds = 0.1
    watch = Watch(stall_seconds)
    try:
        while not stop.is_set():
            try:
                await loop.turn(_IDLE_SECONDS)
                watch.look(loop)
                pause_seconds = 0.1
            except UnavailableError as error:
                _log.warning("%s: %s; trying again in %.1f s", loop.group, error, pause_seconds)
                await loop.close()
                watch.excuse()
                await told_to_stop(stop, pause_seconds)
                pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
    finally:
        watch.end()
        await loop.close()


async def told_to_stop(stop: asyncio.Event, timeout_seconds: float) -> None:
    """Wait to be told to stop, or for the timeout."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_seconds):
            await stop.wait()


async def turns(loop: Loop[R]) -> AsyncIterator[int]:
    """Run a loop until its topic has nothing more, giving the records of each turn."""
    try:
        while consumed := await loop.turn(0):
            yield consumed
    finally:
        await loop.close()


class Server(uvicorn.Server):
    """An HTTP server that says which port it got, and when it has ended."""

    serving: asyncio.Task[None]

    def __init__(self, config: uvicorn.Config, let_go: Callable[[], None]) -> None:
        super().__init__(config)
        self._let_go = let_go
        self.answering = asyncio.Event()

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

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._let_go()
        await super().shutdown(sockets)

    async def ended(self) -> None:
        """Return once a signal has ended it."""
        await asyncio.shield(self.serving)


def _listening(host: str, port: int) -> socket.socket:
    """A socket bound to an address; raises ``OSError``, which names the address, where that cannot be."""
    family = socket.getaddrinfo(host, port)[0][0]
    # Said to be TCP, so that asyncio sets TCP_NODELAY: every answer would otherwise wait for a delayed acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None
    return listening


@asynccontextmanager
async def at_work(
    app: FastAPI,
    host: str,
    port: int,
    *loops: Callable[[asyncio.Event], Coroutine[Any, Any, None]],
    let_go: Callable[[], None] = lambda: None,
) -> AsyncIterator[Server]:
    """A server and loops that run and end together: the server first, then each loop when its step in hand is done.

    SIGINT and SIGTERM end the server, and so everything; a loop that fails ends everything too. ``let_go`` ends the answers that would
    go on for ever, such as streams.
    """
    config = uvicorn.Config(
        app,
        log_config=None,  # its messages go where ours go
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server, stop = Server(config, let_go), asyncio.Event()
    with _listening(host, port) as address:
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
