"""``echeance topics adopt``: begin with a topic that was made again, or put back to an earlier day, after records of it were lost.

Its reader begins at its first record, and every file is published again under a new generation. Of ``file-clocks`` nothing more is
needed, for the clocks have every history. Of ``file-events`` what the new topic holds is read as if for the first time: what is known
already is a duplicate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import SERVICE as CLOCK
from services.clock import generations
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.alerts import delivery_log
from shared.database import engine
from shared.log import FILE_CLOCKS, FILE_EVENTS, topic_identity
from shared.process import Settings, distributed, fail

READERS: Final[Mapping[str, str]] = {FILE_EVENTS: CLOCK, FILE_CLOCKS: COMPLIANCE}
"""Topics whose records positions are kept of, and the service that keeps them."""


async def adopt(settings: Settings, topic: str) -> bool:
    """Take the topic that has this name now for the one that is read; False where it is that one already."""
    service = READERS[topic]
    async with distributed.database(settings) as base, distributed.cluster(settings) as log:
        found = await log.identity(topic)
        if found is None:
            fail(
                f"le sujet {topic} n’existe pas : le créer d’abord (echeance topics create)",
                f"the topic {topic} does not exist: create it first (echeance topics create)",
            )
        async with base.transaction() as connection:
            if (before := await topic_identity.stored_identity(connection, service)) is not None:
                topic_identity.require_partition_count(topic, found, before)
                if before.topic_id == found.topic_id and await _is_whole(
                    connection, service, await log.ends(topic)
                ):
                    return False
            await topic_identity.adopt_topic(connection, service, found)
            await engine.reset_positions(connection, service, [0] * log.partitions)
            restart = generations if topic == FILE_EVENTS else delivery_log
            await restart.reset_positions(connection)
            await generations.publish_anew(connection)
    return True


async def _is_whole(connection: AsyncConnection, service: str, ends: Sequence[int]) -> bool:
    """The topic holds what is before the positions: its disks were not put back to an earlier day."""
    stands = await engine.next_offsets(connection, service)
    return all(stands.get(partition, 0) <= end for partition, end in enumerate(ends))
