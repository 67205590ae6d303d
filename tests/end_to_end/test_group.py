"""Readers that share a topic on a real Kafka: who reads what, and what becomes of a partition whose owner was fenced out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.errors import FencedError
from shared.log.ports import Log, Subscription
from tests.log.kafka_logs import kafka_logs
from tests.log.logs import GROUP, PARTITIONS, TOPIC, fetched, record

PATIENCE_SECONDS = 30
ALL = frozenset(range(PARTITIONS))


class Positions:
    """Where each partition is read from, as the database knows it, and how often each was claimed."""

    def __init__(self) -> None:
        self.claims: list[int] = []
        self.next_offsets = dict.fromkeys(ALL, 0)

    async def claim(self, partition: int) -> int:
        self.claims.append(partition)
        return self.next_offsets[partition]


@asynccontextmanager
async def reader(log: Log, positions: Positions) -> AsyncIterator[Subscription]:
    subscription = log.subscribe(TOPIC, GROUP, positions.claim)
    try:
        yield subscription
    finally:
        await subscription.close()


async def owned(subscription: Subscription) -> frozenset[int]:
    return frozenset(batch.partition for batch in await subscription.fetch(0.1))


async def all_owned(*subscriptions: Subscription) -> list[frozenset[int]]:
    """What each reader owns, once together they own every partition and none is idle."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            shares = await asyncio.gather(*(owned(one) for one in subscriptions))
            if all(shares) and sorted(one for share in shares for one in share) == sorted(ALL):
                return list(shares)


async def test_a_second_reader_takes_its_share_and_gives_it_back(kafka_bootstrap: str) -> None:
    positions = Positions()
    async with kafka_logs(kafka_bootstrap)() as log, reader(log, positions) as first:
        await all_owned(first)
        async with reader(log, positions) as second:
            await all_owned(first, second)
        assert await all_owned(first) == [ALL]


async def test_who_takes_a_partition_over_reads_from_the_position_and_not_from_what_was_fetched(
    kafka_bootstrap: str,
) -> None:
    positions = Positions()
    async with kafka_logs(kafka_bootstrap)() as log, reader(log, positions) as first:
        await log.append(TOPIC, [record(one, number) for one in ALL for number in range(3)])
        await fetched(first, 3 * PARTITIONS)
        positions.next_offsets = dict.fromkeys(ALL, 2)  # one record of each was never committed
        async with reader(log, positions) as second:
            await last_records(first, second)


async def last_records(*subscriptions: Subscription) -> None:
    """Return once the last record of each partition has come, and nothing before it."""
    found: set[int] = set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while found != ALL:
            shares = await asyncio.gather(*(one.fetch(0.1) for one in subscriptions))
            for batch in (batch for share in shares for batch in share):
                assert [one.offset for one in batch.records] in ([], [2])
                found.update([batch.partition] if batch.records else [])


async def test_a_reader_that_was_fenced_out_claims_again_what_the_group_still_gives_it(
    kafka_bootstrap: str,
) -> None:
    positions = Positions()
    async with kafka_logs(kafka_bootstrap)() as log, reader(log, positions) as alone:
        await all_owned(alone)
        alone.revoke(1, FencedError("another process took partition 1"))
        await log.append(TOPIC, [record(1, 7)])
        assert await owned(alone) == ALL - {1}
        batches = await fetched(alone, 1)
        assert [one.value for batch in batches for one in batch.records] == [b"value-7"]
        assert positions.claims.count(1) == 2


async def test_what_was_given_back_is_not_claimed_again_for_having_been_fenced(
    kafka_bootstrap: str,
) -> None:
    positions = Positions()
    async with kafka_logs(kafka_bootstrap)() as log, reader(log, positions) as first:
        await all_owned(first)
        async with reader(log, positions) as second:
            shares = await all_owned(first, second)
            gone = min(shares[1])
            claims = len(positions.claims)
            first.revoke(gone, FencedError("a late step of the former owner"))
            assert await all_owned(first, second) == shares
            assert len(positions.claims) == claims
