"""Ports that fail: the real log, database and workers, in a process that may die at every step.

A crash is an exception that nothing handles; whoever catches it throws the process's objects away. The product knows nothing of
this: what is wrapped are its ports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from shared.database import StoredRow, Write
from shared.database.engine import Database, positions
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
from shared.log.sqlite import SqliteLog

R = TypeVar("R")

POINTS = (
    *(
        f"{service} {step} {when}"
        for service in ("clock", "compliance")
        for step in ("claim", "handle", "commit")
        for when in ("before", "within", "after")
        if (step, when) != ("handle", "within")
    ),
    *(
        f"{topic} append {when}"
        for topic in (FILE_EVENTS, FILE_CLOCKS, DEAD_LETTERS)
        for when in ("before", "within", "halfway", "after")
    ),
)
"""Every step of the loop: before it, after it, and within its transaction, which is then all but ended."""


class CrashError(BaseException):
    """The process is gone."""


class Fate:
    """Decides where the process dies next: at one of the points, the n-th time it gets there."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._left: list[str] = []
        self._target: str | None = None
        self._countdown = 0
        self.step = ""
        self.crashes: Counter[str] = Counter()

    def draw(self) -> None:
        """The process will die; every point has its turn before one comes again."""
        if not self._left:
            self._left = self._random.sample(POINTS, len(POINTS))
        self._target = self._left.pop()
        self._countdown = self._random.choice([1, 1, 2, 2, 3, 6])

    def aim(self, point: str) -> None:
        """The process will die the first time it gets to a point."""
        self._target, self._countdown = point, 1

    def spare(self) -> None:
        """Let the process live; the point that was not reached will have another turn."""
        if self._target is not None:
            self._left.insert(0, self._target)
        self._target = None

    @property
    def drawn(self) -> bool:
        return self._target is not None

    def begin(self, step: str) -> None:
        """A step begins; the transactions that follow are its own."""
        self.step = step
        self.reach(f"{step} before")

    def awaits(self, point: str) -> bool:
        return point == self._target

    def reach(self, point: str) -> None:
        if point != self._target:
            return
        self._countdown -= 1
        if self._countdown <= 0:
            raise self.death()

    def death(self) -> CrashError:
        """The end of the process, at the point drawn."""
        assert self._target is not None
        point, self._target = self._target, None
        self.crashes[point] += 1
        return CrashError(point)


class MortalDatabase(Database):
    """A database whose client may die with a transaction all but ended: nothing of it is kept."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self._fate = fate

    @asynccontextmanager
    @override
    async def transaction(self, *, short: bool = True) -> AsyncIterator[AsyncConnection]:
        async with super().transaction(short=short) as connection:
            yield connection
            self._fate.reach(f"{self._fate.step} within")

    @override
    async def write_sqlite(self, writes: Sequence[Write], fence: Any = None) -> bool:
        return await super().write_sqlite([*writes, _LastWrite.of(self._fate)], fence)


class _LastWrite(Write):
    """No rows, at the end of a transaction's: the client may die where it is to write them."""

    fate: Fate

    @classmethod
    def of(cls, fate: Fate) -> _LastWrite:
        last = cls(positions, ())
        last.fate = fate
        return last

    @override
    def values(self) -> list[StoredRow]:
        self.fate.reach(f"{self.fate.step} within")
        return []


class MortalLog(SqliteLog):
    """A log whose client may die before, after, and in the middle of an append."""

    def __init__(
        self, database: Database, fate: Fate, *, partitions: int, batch_records: int
    ) -> None:
        super().__init__(database, partitions=partitions, batch_records=batch_records)
        self._fate = fate

    @override
    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        if not records:
            return await super().append(topic, records)
        self._fate.begin(f"{topic} append")
        if self._fate.awaits(f"{topic} append halfway"):
            await super().append(topic, records[: len(records) // 2])
            raise self._fate.death()
        positions = await super().append(topic, records)
        self._fate.reach(f"{topic} append after")
        return positions


class MortalWorker(Generic[R]):
    """A worker that may die around each of its three methods."""

    def __init__(self, service: str, worker: Worker[R], fate: Fate) -> None:
        self.service = service
        self.worker = worker
        self._fate = fate

    async def claim(self, partition: int) -> int:
        self._fate.begin(f"{self.service} claim")
        next_offset = await self.worker.claim(partition)
        self._fate.reach(f"{self.service} claim after")
        return next_offset

    def has_due(self, batch: Batch, now: datetime) -> bool:
        return self.worker.has_due(batch, now)

    async def handle(self, batch: Batch, now: datetime) -> Outcome[R] | None:
        self._fate.begin(f"{self.service} handle")
        outcome = await self.worker.handle(batch, now)
        if outcome is not None:
            self._fate.reach(f"{self.service} handle after")
        return outcome

    async def commit(self, outcome: Outcome[R]) -> None:
        self._fate.begin(f"{self.service} commit")
        await self.worker.commit(outcome)
        self._fate.reach(f"{self.service} commit after")
