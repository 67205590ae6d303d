"""A compaction of ``file-clocks`` when a scenario wants it, and not when the brokers come round to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.log.kafka import KafkaLog
from shared.log.kafka.topics import TOPICS
from shared.log.ports import FILE_CLOCKS, NewRecord, Record
from shared.process import distributed
from shared.settings import Settings
from tests.faults.distributed.processes import until
from tests.servers.kafka import admin

_AT_ONCE: Final = {
    "cleanup.policy": "compact",
    "min.compaction.lag.ms": "0",
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0",
    "max.compaction.lag.ms": "1",
}


async def compact(settings: Settings) -> None:
    """Return once of every key that was there only the record written last is left, but in the segment being written."""
    await _set(settings, _AT_ONCE)
    async with distributed.cluster(settings) as log:
        firsts = dict(enumerate(await log.ends(FILE_CLOCKS)))

        async def compacted() -> bool:
            # A segment is closed by the next record: the last one once more, as a clock repeats what it had in hand.
            with suppress(IndexError):
                await _repeat(log)
            return not await _superseded(log, firsts)

        await until(compacted, "a compaction")
    await _set(settings, TOPICS[FILE_CLOCKS])


async def _set(settings: Settings, layout: Mapping[str, str]) -> None:
    async with admin(settings.kafka) as client:
        await client.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, FILE_CLOCKS, configs=dict(layout))]
        )


async def _repeat(log: KafkaLog) -> None:
    for partition in range(log.partitions):
        last = (await _records(log, partition))[-1]
        await log.append(FILE_CLOCKS, [NewRecord(partition, last.key, last.value)])
    await asyncio.sleep(0.5)  # the age at which a segment is closed, and a turn of the cleaner


async def _superseded(log: KafkaLog, ends: Mapping[int, int]) -> int:
    """How many records before these offsets have one of their key between them and these offsets."""
    found = 0
    for partition, end in ends.items():
        before = [one for one in await _records(log, partition) if one.offset < end]
        found += len(before) - len({one.key for one in before})
    return found


async def _records(log: KafkaLog, partition: int) -> list[Record]:
    return [record async for batch in log.replay(FILE_CLOCKS, partition) for record in batch]
