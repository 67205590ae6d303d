"""Which steps of a process run together, and which one alone: a lock, as databases have it.

Whoever asks first goes first, so a step that is to run alone waits for those that run, and those
that come after it wait for its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class StepLock:
    """A shared or exclusive lock, in order of arrival."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._holders = 0
        self._free = asyncio.Event()
        self._free.set()

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Hold the lock together with others."""
        async with self._turn:
            self._holders += 1
            self._free.clear()
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders:
                self._free.set()

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Hold the lock alone."""
        async with self._turn:
            await self._free.wait()
            yield
