"""A service's own worker on shadow tables, which follows the live one and publishes nothing.

Figures are compared at one instant and one position of each partition without holding up the live
service: its figures are copied, and the worker stops at their positions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text

from echeance.rebuild.context import Parts
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
    """Where a worker on the tables beside stands, and how it goes on."""

    def __init__(self, parts: Parts, topic: str, worker: Worker[Any]) -> None:
        self._parts = parts
        self._topic = topic
        self._worker = worker
        self._stands: dict[int, int] = {}

    async def begin(self) -> None:
        """Take every partition of the tables beside."""
        for partition in range(self._parts.log.partitions):
            self._stands[partition] = await self._worker.claim(partition)

    async def follow(self, stands: Mapping[int, int], now: datetime) -> int:
        """Follow up to the live positions, with what is due by then; returns the records read."""
        before = sum(self._stands.values())
        async with asyncio.TaskGroup() as group:
            for partition in self._stands:
                group.create_task(self._follow(partition, stands[partition], now))
        return sum(self._stands.values()) - before

    async def _follow(self, partition: int, end: int, now: datetime) -> None:
        first = self._stands[partition]
        if first < end:
            async for records in self._parts.log.replay(self._topic, partition, first, end):
                await self._settle(Batch(partition, records, records[-1].offset + 1), now)
        await self._settle(Batch(partition, (), max(first, end)), now)

    async def _settle(self, batch: Batch, now: datetime) -> None:
        while (outcome := await self._worker.handle(batch, now)) is not None:
            await self._worker.commit(outcome)
        records = batch.next_offset - self._stands[batch.partition]
        self._stands[batch.partition] = batch.next_offset
        if records:
            async with self._parts.live.transaction() as connection:
                mine = self._parts.rebuild
                await rebuilds.advance_rebuild(connection, mine, batch.partition, records)

    async def compare(self, figures: str) -> Differences:
        """What the live tables say, beside what these say at the same position of each partition.

        ``figures`` selects ``key``, ``value`` and ``holds_until``: until when that is so, in
        microseconds, if nothing else happens. What time alone changes just then is left out.
        """
        now = runner.now()
        stands = await self._copy_live_figures(figures)
        await self.follow(stands, now)
        settled = microseconds(now + _SKEW)
        query = _DIFFERENT.format(figures=figures, ever=EVER, settled=settled, examples=_EXAMPLES)
        async with self._parts.beside.transaction() as connection:
            await connection.execute(text("SET LOCAL work_mem = '256MB'"))
            rows = (await connection.execute(text(query))).all()
            await connection.execute(text("DROP TABLE live"))
        return Differences(rows[0].total if rows else 0, [row.key for row in rows])

    async def _copy_live_figures(self, figures: str) -> Mapping[int, int]:
        """Copy the live figures, and where the live service stood when they were so."""
        rebuild = self._parts.rebuild
        async with self._parts.live.transaction() as connection:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            stands = await engine.next_offsets(connection, rebuild.service)
            copied = f"CREATE UNLOGGED TABLE {rebuild.schema}.live AS {figures}"
            await connection.execute(text(copied))
        return stands
