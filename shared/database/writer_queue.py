"""Who may write next, where a database has one writer.

A request waits for its row, which takes a millisecond; a step of a service writes thousands of rows,
and nobody waits for it alone. First come, first served, a request would wait for every step before
it. So short writes go before long ones, and at most as many as waited when the last long one ended:
neither kind starves, and a short one waits for one long one at most.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_Waiting = deque[asyncio.Future[None]]


class WriterQueue:
    """A lock with two classes of waiters; in a class, first come, first served."""

    def __init__(self) -> None:
        self._held = False
        self._short: _Waiting = deque()
        self._long: _Waiting = deque()
        self._before_long = 0
        """How many short writes may still go before the next long one."""

    @asynccontextmanager
    async def turn(self, *, short: bool) -> AsyncIterator[None]:
        """Wait for one's turn, and have it."""
        await self._acquire(self._short if short else self._long)
        try:
            yield
        finally:
            if not short:
                self._before_long = len(self._short)
            self._pass_on()

    async def _acquire(self, waiting: _Waiting) -> None:
        if not self._held:
            self._held = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it came at the same moment
                self._pass_on()
            elif turn in waiting:
                waiting.remove(turn)
            raise

    def _pass_on(self) -> None:
        """Give the turn to who is next, or to nobody."""
        while turn := self._next():
            if not turn.done():  # cancelled otherwise
                turn.set_result(None)
                return
        self._held = False

    def _next(self) -> asyncio.Future[None] | None:
        if self._short and (self._before_long > 0 or not self._long):
            self._before_long -= 1
            return self._short.popleft()
        return self._long.popleft() if self._long else None
