"""What workers that keep an index of a topic share."""

from __future__ import annotations

from datetime import datetime

from shared.database import Claim, Database, Write, engine
from shared.log.ports import Batch, Outcome


class IndexWorker:
    """Most of the port :class:`shared.log.ports.Worker`: ``handle`` says what the rows of a batch are.

    They are committed with the position, behind the fence. Time makes nothing due.
    """

    def __init__(self, database: Database, service: str) -> None:
        self.service = service
        self._database = database
        self._claims: dict[int, Claim] = {}

    async def claim(self, partition: int) -> int:
        async with self._database.transaction() as connection:
            self._claims[partition] = await engine.claim(connection, self.service, partition)
        return self._claims[partition].next_offset

    def has_due(self, batch: Batch, now: datetime) -> bool:
        return batch.next_offset > self._claims[batch.partition].next_offset

    async def commit(self, outcome: Outcome[list[Write]]) -> None:
        claim = self._claims[outcome.partition]
        self._claims[outcome.partition] = await self._database.commit(
            claim, outcome.next_offset, outcome.rows
        )
