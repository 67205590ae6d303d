"""The lock of a process's steps: shared by most, exclusive for one, in order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from shared.log.step_lock import StepLock


class Steps:
    """Steps that hold the lock until they are told to end."""

    def __init__(self) -> None:
        self.lock = StepLock()
        self.running: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def arrive(
        self, name: str, held: Callable[[], AbstractAsyncContextManager[None]]
    ) -> list[str]:
        """Those that run once another has come."""
        self._ends[name] = asyncio.Event()

        async def step() -> None:
            async with held():
                self.running.append(name)
                try:
                    await self._ends[name].wait()
                finally:
                    self.running.remove(name)

        self._tasks[name] = asyncio.create_task(step())
        return await self._settled()

    async def end(self, name: str) -> list[str]:
        """Those that run once this one has ended."""
        self._ends[name].set()
        await self._tasks[name]
        return await self._settled()

    async def cancel(self, name: str) -> list[str]:
        self._tasks[name].cancel()
        await asyncio.wait([self._tasks[name]])
        return await self._settled()

    async def _settled(self) -> list[str]:
        for _ in range(9):  # turns of the event loop
            await asyncio.sleep(0)
        return sorted(self.running)


async def test_who_holds_it_alone_comes_after_those_before_it_and_before_those_after_it() -> None:
    steps = Steps()
    shared, exclusive = steps.lock.shared, steps.lock.exclusive
    assert await steps.arrive("a", shared) == ["a"]
    assert await steps.arrive("b", shared) == ["a", "b"]
    assert await steps.arrive("alone", exclusive) == ["a", "b"]
    assert await steps.arrive("c", shared) == ["a", "b"]
    assert await steps.arrive("second", exclusive) == ["a", "b"]
    assert await steps.end("a") == ["b"]
    assert await steps.end("b") == ["alone"]
    assert await steps.end("alone") == ["c"]
    assert await steps.end("c") == ["second"]
    assert await steps.end("second") == []
    assert await steps.arrive("d", shared) == ["d"]


async def test_who_is_cancelled_keeps_it_from_nobody() -> None:
    steps = Steps()
    shared, exclusive = steps.lock.shared, steps.lock.exclusive
    assert await steps.arrive("a", shared) == ["a"]
    assert await steps.arrive("alone", exclusive) == ["a"]
    assert await steps.arrive("b", shared) == ["a"]
    assert await steps.cancel("alone") == ["a", "b"]
    assert await steps.cancel("a") == ["b"]
    assert await steps.arrive("last", exclusive) == ["b"]
    assert await steps.cancel("b") == ["last"]
    assert await steps.cancel("last") == []
    assert await steps.arrive("c", shared) == ["c"]
