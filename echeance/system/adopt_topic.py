"""``echeance topics adopt``: continue with a topic that was recreated or restored after a loss.

Its reader begins at the first record, and every file is published under a new generation. The
clocks have every history, so ``file-clocks`` needs no more; ``file-events`` is read from its
beginning, and known events are duplicates. The index of ``dead-letters`` begins anew with its topic;
that of ``audit`` keeps what it has, since the topic had the last days alone, and goes on where the
topic has what it lacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import SERVICE as CLOCK
from services.clock import dead_letter_index, generations
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.alerts import delivery_log
from shared.audit import AUDIT_SERVICE, AuditStore, indexed_to, precede_topic
from shared.database import engine
from shared.erasure import erasure_positions, reset_copied
from shared.log import AUDIT, DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS, topic_identity
from shared.process import Settings, distributed, fail

READERS: Final[Mapping[str, str]] = {
    FILE_EVENTS: CLOCK,
    FILE_CLOCKS: COMPLIANCE,
    DEAD_LETTERS: dead_letter_index.SERVICE,
    AUDIT: AUDIT_SERVICE,
}
"""Topics with stored positions, and the service that stores them."""


async def adopt(settings: Settings, topic: str) -> bool:
    """Adopt the topic that has this name now; False where it is adopted already."""
    service = READERS[topic]
    async with distributed.database(settings) as database, distributed.cluster(settings) as log:
        identity = await log.identity(topic)
        if identity is None:
            fail(
                f"le sujet {topic} n’existe pas : le créer d’abord (echeance topics create)",
                f"the topic {topic} does not exist: create it first (echeance topics create)",
            )
        async with database.transaction() as connection:
            if (before := await topic_identity.stored_identity(connection, service)) is not None:
                topic_identity.require_partition_count(topic, identity, before)
                if before.topic_id == identity.topic_id and await _is_whole(
                    connection, service, await log.ends(topic)
                ):
                    return False
            await topic_identity.adopt_topic(connection, service, identity)
            # Where records were erased, a partition begins later than at 0.
            begins = [(await log.bounds(topic, one))[0] for one in range(log.partitions)]
            if topic == AUDIT:
                positions = await engine.next_offsets(connection, service)
                begins = [
                    await indexed_to(log, AuditStore(database), one, first, positions.get(one, 0))
                    for one, first in enumerate(begins)
                ]
            await engine.reset_positions(connection, service, begins)
            if topic == DEAD_LETTERS:
                await dead_letter_index.reset_index(connection)
                return True
            if topic == AUDIT:
                await precede_topic(connection)
                return True
            if topic == FILE_EVENTS:
                await generations.reset_positions(connection)
                await connection.execute(erasure_positions.delete())
                await reset_copied(connection)
            else:
                await delivery_log.reset_positions(connection)
            await generations.publish_anew(connection)
    return True


async def _is_whole(connection: AsyncConnection, service: str, ends: Sequence[int]) -> bool:
    """Whether the log reaches every position; a log restored from an older copy does not."""
    positions = await engine.next_offsets(connection, service)
    return all(positions.get(partition, 0) <= end for partition, end in enumerate(ends))
