"""The distributed system as the command uses it: events go in through Kafka, figures come out of PostgreSQL.

The services are at work elsewhere; the command only waits for them, and says so when they are not.
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
from shared.database import Database
from shared.database import engine as database
from shared.log import FILE_CLOCKS, FILE_EVENTS
from shared.log.kafka import KafkaLog
from shared.process import Settings, distributed, fail, progress_bar, say

_LOOK_SECONDS = 0.2


class Distributed(NamedTuple):
    """The log and the database of services at work."""

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
        """Wait until clock and compliance have worked through what the log holds now, with a bar each."""
        for label, topic, reader in (
            (say("Calcul", "Counting"), FILE_EVENTS, CLOCK),
            (say("Mesure", "Measuring"), FILE_CLOCKS, COMPLIANCE),
        ):
            ends = dict(enumerate(await self.log.ends(topic)))
            await self._reached(label, reader, ends)

    async def _reached(self, label: str, reader: str, ends: Mapping[int, int]) -> None:
        """Wait until a service stands at these offsets; it must move now and then."""
        moved_at = asyncio.get_running_loop().time()
        behind = await self._behind(reader, ends)
        with progress_bar(label, behind) as progress:
            while behind:
                await asyncio.sleep(_LOOK_SECONDS)
                left = await self._behind(reader, ends)
                if left != behind:
                    moved_at = asyncio.get_running_loop().time()
                elif asyncio.get_running_loop().time() - moved_at > self._patience_seconds:
                    fail(
                        f"le service {reader} n’avance pas : le lancer (echeance {reader}), puis recommencer ; rien n’est compté deux fois",
                        f"the {reader} service does not move: start it (echeance {reader}), then try again; nothing is counted twice",
                    )
                progress.update(behind - left)
                behind = left

    @property
    def _patience_seconds(self) -> float:
        """As long as a group takes to give a lost member's partitions to another, and then some."""
        return 3.0 * self.settings.session_seconds

    async def _behind(self, reader: str, ends: Mapping[int, int]) -> int:
        async with self.database.reading() as connection:
            stands = await database.next_offsets(connection, reader)
        return sum(max(0, end - stands.get(partition, 0)) for partition, end in ends.items())


@asynccontextmanager
async def connect_services(settings: Settings) -> AsyncIterator[Distributed]:
    """The system that ``ECHEANCE_KAFKA`` and ``ECHEANCE_DATABASE`` name."""
    async with distributed.database(settings) as base, distributed.cluster(settings) as log:
        yield Distributed(settings, log, base)
