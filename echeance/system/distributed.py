"""The distributed system for commands: events into Kafka, figures out of PostgreSQL.

The services run elsewhere; a command waits for them, and fails where they make no progress.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from services.clock import SERVICE as CLOCK
from services.clock import ClockStore
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.projection import ComplianceStore
from shared.database import Database, engine
from shared.log import FILE_CLOCKS, FILE_EVENTS
from shared.log.kafka import KafkaLog
from shared.process import Settings, distributed, fail, progress_bar, say

_POLL_SECONDS = 0.2


class Distributed(NamedTuple):
    """The log and the database of running services."""

    settings: Settings
    log: KafkaLog
    database: Database

    @property
    def clock(self) -> ClockStore:
        return ClockStore(self.database)

    @property
    def compliance(self) -> ComplianceStore:
        return ComplianceStore(self.database)

    async def catch_up(self) -> None:
        """Wait until clock and compliance have consumed the present log, with progress bars."""
        for label, topic, reader in (
            (say("Calcul", "Counting"), FILE_EVENTS, CLOCK),
            (say("Mesure", "Measuring"), FILE_CLOCKS, COMPLIANCE),
        ):
            ends = dict(enumerate(await self.log.ends(topic)))
            await self._wait_for(label, reader, ends)

    async def _wait_for(self, label: str, reader: str, ends: Mapping[int, int]) -> None:
        """Wait until a service is at these offsets; ends the command where its lag stagnates."""
        moved_at = asyncio.get_running_loop().time()
        lag = await self._lag(reader, ends)
        with progress_bar(label, lag) as progress:
            while lag:
                await asyncio.sleep(_POLL_SECONDS)
                remaining = await self._lag(reader, ends)
                if remaining != lag:
                    moved_at = asyncio.get_running_loop().time()
                elif asyncio.get_running_loop().time() - moved_at > self._stall_seconds:
                    fail(
                        f"le service {reader} n’avance pas : le lancer (echeance {reader}), puis recommencer ; rien n’est compté deux fois",
                        f"the {reader} service does not move: start it (echeance {reader}), then try again; nothing is counted twice",
                    )
                progress.update(lag - remaining)
                lag = remaining

    @property
    def _stall_seconds(self) -> float:
        """Longer than a rebalance after the loss of a member."""
        return 3.0 * self.settings.session_seconds

    async def _lag(self, reader: str, ends: Mapping[int, int]) -> int:
        async with self.database.reading() as connection:
            positions = await engine.next_offsets(connection, reader)
        return sum(max(0, end - positions.get(partition, 0)) for partition, end in ends.items())


@asynccontextmanager
async def connect_services(settings: Settings) -> AsyncIterator[Distributed]:
    """The system that ``ECHEANCE_KAFKA`` and ``ECHEANCE_DATABASE`` name."""
    async with distributed.database(settings) as database, distributed.cluster(settings) as log:
        yield Distributed(settings, log, database)
