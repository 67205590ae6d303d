"""A service's own worker on the shadow tables, taken as far as the live one; it publishes nothing.

Figures are compared as of one instant and the same position of each partition without holding the
live service up: its figures are copied in one database snapshot, and the worker goes exactly there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text

from echeance.rebuild.context import RebuildContext
from shared.database import engine, rebuilds
from shared.domain import microseconds
from shared.log import Batch, Worker
from shared.process import runner

EVER = (1 << 63) - 1
"""Later than any instant."""

_SKEW = timedelta(minutes=1)
_EXAMPLES = 5
_DIFFERENT = """
SELECT count(*) OVER () AS total, coalesce(live.key, ours.key) AS key
FROM live FULL JOIN ({figures}) AS ours USING (key)
WHERE live.value IS DISTINCT FROM ours.value
AND least(coalesce(live.holds_until, {ever}), coalesce(ours.holds_until, {ever})) > {settled}
ORDER BY key LIMIT {examples}
"""


class Differences(NamedTuple):
    """How many of the figures compared differ, and some of them by name."""

    total: int
    examples: Sequence[str]


class Follower:
    """A worker on the shadow tables, and its position in each partition."""

    def __init__(self, context: RebuildContext, topic: str, worker: Worker[Any]) -> None:
        self._context = context
        self._topic = topic
        self._worker = worker
        self._offsets: dict[int, int] = {}

    async def begin(self) -> None:
        """Claim every partition of the shadow tables."""
        for partition in range(self._context.log.partitions):
            self._offsets[partition] = await self._worker.claim(partition)

    async def follow(self, offsets: Mapping[int, int], now: datetime) -> int:
        """Go to these offsets, doing what is due by then; the number of records read."""
        before = sum(self._offsets.values())
        async with asyncio.TaskGroup() as group:
            for partition in self._offsets:
                group.create_task(self._follow(partition, offsets[partition], now))
        return sum(self._offsets.values()) - before

    async def _follow(self, partition: int, end: int, now: datetime) -> None:
        first = self._offsets[partition]
        if first < end:
            async for records in self._context.log.replay(self._topic, partition, first, end):
                await self._settle(Batch(partition, records, records[-1].offset + 1), now)
        await self._settle(Batch(partition, (), max(first, end)), now)

    async def _settle(self, batch: Batch, now: datetime) -> None:
        while (outcome := await self._worker.handle(batch, now)) is not None:
            await self._worker.commit(outcome)
        records = batch.next_offset - self._offsets[batch.partition]
        self._offsets[batch.partition] = batch.next_offset
        if records:
            async with self._context.live.transaction() as connection:
                rebuild = self._context.rebuild
                await rebuilds.advance_rebuild(connection, rebuild, batch.partition, records)

    async def compare(self, figures: str) -> Differences:
        """The differences between live and shadow tables at the same position of each partition.

        ``figures`` selects ``key``, ``value`` and ``holds_until``: the instant, in microseconds, at
        which time alone changes the value. What changes about now is left out.
        """
        now = runner.now()
        offsets = await self._copy_live_figures(figures)
        await self.follow(offsets, now)
        settled = microseconds(now + _SKEW)
        query = _DIFFERENT.format(figures=figures, ever=EVER, settled=settled, examples=_EXAMPLES)
        async with self._context.shadow.transaction() as connection:
            await connection.execute(text("SET LOCAL work_mem = '256MB'"))
            rows = (await connection.execute(text(query))).all()
            await connection.execute(text("DROP TABLE live"))
        return Differences(rows[0].total if rows else 0, [row.key for row in rows])

    async def _copy_live_figures(self, figures: str) -> Mapping[int, int]:
        """Copy the live figures; the live positions in the same database snapshot."""
        rebuild = self._context.rebuild
        async with self._context.live.transaction() as connection:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            offsets = await engine.next_offsets(connection, rebuild.service)
            copy = f"CREATE UNLOGGED TABLE {rebuild.schema}.live AS {figures}"
            await connection.execute(text(copy))
        return offsets
