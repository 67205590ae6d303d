"""A group shares out what the brokers tell of: partitions that have no leader just then, as after a broker stood still, are not among it."""

from __future__ import annotations

import asyncio

from shared.log.kafka import create_topics
from shared.log.kafka.group import GroupMember
from shared.log.ports import FILE_EVENTS
from tests.log.kafka_logs import reached

PARTITIONS = 3
PATIENCE_SECONDS = 60
"""The client alone would look again after five minutes."""


async def test_partitions_missing_when_they_were_shared_out_are_soon_given_out(
    kafka_without_topics: str,
) -> None:
    given = reached(kafka_without_topics)
    shared_out: list[int] = []

    async def claim(partition: int) -> int:
        shared_out.append(partition)
        return 0

    member = GroupMember(given, FILE_EVENTS, "leaderless", claim)
    try:
        for _ in range(10):  # it joins the group, and is given nothing
            assert await member.fetch(0.5) == []
        await create_topics(given, PARTITIONS, 1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(shared_out) < PARTITIONS:
                await member.fetch(0.5)
    finally:
        await member.close()
    assert sorted(shared_out) == list(range(PARTITIONS))
