"""Live pages: one poll of the database for all subscribers, one rendering for each view.

While there are subscribers, the position of compliance is polled a few times a second; when it has
moved, or the date has changed, each view is read and rendered once. Otherwise a view is sent again
every minute with its new age.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import aclosing
from datetime import date, datetime
from typing import Any, NamedTuple

from services.compliance.alerts import Positions
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from shared.errors import UnavailableError
from shared.http import event_frame, heartbeat
from shared.metrics import BOARD_CONNECTIONS, Metrics

_POLL_SECONDS = 0.25
_QUIET_SECONDS = 15.0
_NEWS_SECONDS = 10.0
_log = logging.getLogger("echeance.board")


class View(NamedTuple):
    """What is watched: ``key`` is equal for all who may see the same, in the same language.

    ``read`` gives the content, which is compared with the one before; ``template`` renders it. It
    is read at most every ``seconds``, and every ``at_least`` seconds also where the position has not
    moved. ``changes`` counts what changed from one content to the next, announced as ``news``.
    """

    key: Hashable
    read: Callable[[], Awaitable[Any]]
    translator: Translator
    template: str
    seconds: float = 0.0
    at_least: float = float("inf")
    changes: Callable[[Any, Any], int] | None = None


_Reached = tuple[Positions, date]
"""What a view was read of: how far the alerts and figures were folded, and the day."""


class _Watched:
    """One view, its subscribers, and what was last sent to them."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.queues: set[asyncio.Queue[str | None]] = set()
        self.reached: _Reached | None = None
        self.content: Any = None
        self.fragment = ""
        self.changed = 0
        self.read_at = float("-inf")
        self.sent_at = 0.0
        self.announced_at = 0.0


class Live:
    """The watchers of one process; an unchanged view is sent again every ``age_seconds``."""

    def __init__(self, board: Board, *, age_seconds: float = 60.0) -> None:
        self._board = board
        self._age_seconds = age_seconds
        self._watched: dict[Hashable, _Watched] = {}
        self._standing_by: set[asyncio.Queue[str | None]] = set()
        self._polling: asyncio.Task[None] | None = None
        self._ended = False
        self.renderings = 0

    @property
    def connections(self) -> int:
        """How many streams are open."""
        following = sum(len(watched.queues) for watched in self._watched.values())
        return following + len(self._standing_by)

    def count(self, metrics: Metrics) -> None:
        """Let Prometheus know how many streams are open."""
        metrics.gauge(BOARD_CONNECTIONS).set_function(lambda: self.connections)

    def close_streams(self) -> None:
        """End every stream: the process stops, and would wait for them."""
        self._ended = True
        self._end_streams()
        for queue in self._standing_by:
            _put(queue, None)

    def _end_streams(self) -> None:
        for watched in self._watched.values():
            for queue in watched.queues:
                _put(queue, None)

    async def follow(self, view: View) -> AsyncGenerator[str, None]:
        """Server-sent events: the rows whenever they change, and heartbeats."""
        if self._ended:
            return
        watched = self._watched.setdefault(view.key, _Watched(view))
        queue: asyncio.Queue[str | None] = asyncio.Queue(1)
        if watched.fragment:  # what happened since the page was made
            queue.put_nowait(event_frame(data=watched.fragment))
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())
        try:
            async with aclosing(self._messages(queue, watched.queues)) as messages:
                async for message in messages:
                    yield message
        finally:
            if not watched.queues:
                del self._watched[view.key]

    def stand_by(self) -> AsyncGenerator[str, None]:
        """Heartbeats alone, for a page that does not change: by its stream it learns when its session ends."""
        return self._messages(asyncio.Queue(1), self._standing_by)

    async def _messages(
        self, queue: asyncio.Queue[str | None], queues: set[asyncio.Queue[str | None]]
    ) -> AsyncGenerator[str, None]:
        """What is put into a queue, and heartbeats, until None is put into it; it is one of ``queues`` meanwhile."""
        queues.add(queue)
        try:
            yield heartbeat("watching")
            while not self._ended:
                try:
                    message = await asyncio.wait_for(queue.get(), _QUIET_SECONDS)
                except TimeoutError:
                    message = heartbeat("still watching")
                if message is None:
                    return
                yield message
        finally:
            queues.discard(queue)

    async def _poll(self) -> None:
        """Poll while there are subscribers; a new one first gets the state of the next poll.

        On an unexpected error every stream is closed, so that browsers reconnect.
        """
        try:
            while self._watched and not self._ended:
                try:
                    reached = await self._reached()
                    for watched in list(self._watched.values()):
                        await self._refresh(watched, reached)
                except UnavailableError as error:
                    _log.warning("the board's live pages: %s", error)
                await asyncio.sleep(_POLL_SECONDS)
        finally:
            self._end_streams()

    async def _reached(self) -> _Reached:
        return await self._board.store.positions(), self._board.today()

    async def _refresh(self, watched: _Watched, reached: _Reached) -> None:
        """Read a view if the position moved since; send its new age if it stays unchanged."""
        now = asyncio.get_running_loop().time()
        since, aged = now - watched.read_at, now - watched.sent_at >= self._age_seconds
        if watched.reached == reached and since < watched.view.at_least:
            if aged:
                self._send(watched, self._board.now())
        elif since >= watched.view.seconds:
            watched.read_at, at = now, self._board.now()
            content = await watched.view.read()
            before, watched.content = watched.content, content
            if before != content and before is not None and watched.view.changes is not None:
                watched.changed += watched.view.changes(before, content)
            if before != content or aged:
                self._send(watched, at)
            watched.reached = reached

    def _send(self, watched: _Watched, at: datetime) -> None:
        """Render what was read last, and send it to everyone."""
        self.renderings += 1
        watched.sent_at = asyncio.get_running_loop().time()
        view = watched.view
        watched.fragment = self._board.fragment(
            view.translator, view.template, content=watched.content, at=at
        )
        message = event_frame(data=watched.fragment + self._news(watched))
        for queue in watched.queues:
            _put(queue, message)

    def _news(self, watched: _Watched) -> str:
        """The announcement for screen readers: how many files changed, rate-limited."""
        now = asyncio.get_running_loop().time()
        if not watched.changed or now - watched.announced_at < _NEWS_SECONDS:
            return ""
        number, watched.changed, watched.announced_at = watched.changed, 0, now
        translator = watched.view.translator
        return self._board.fragment(translator, "news.html", news=translator.count("news", number))


def _put(queue: asyncio.Queue[str | None], message: str | None) -> None:
    """Keep the newest message only: slow clients skip intermediate states."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(message)
