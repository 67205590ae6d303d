"""The log on a real Kafka for the contract: each test has topics and a group of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.log.kafka import KafkaLog, KafkaSettings, connect
from shared.log.ports import ClaimPartition, NewRecord, Position, Record, Subscription
from tests.log.logs import BATCH_RECORDS, OTHER_TOPIC, PARTITIONS, TOPIC, Opening


class _Renamed:
    """A log whose topics have other names on the broker, so that tests do not meet."""

    def __init__(self, log: KafkaLog, names: Mapping[str, str]) -> None:
        self._log = log
        self._names = names

    @property
    def partitions(self) -> int:
        return self._log.partitions

    @property
    def parallelism(self) -> int:
        return self._log.parallelism

    async def append(self, topic: str, records: Sequence[NewRecord]) -> Sequence[Position]:
        return await self._log.append(self._names[topic], records)

    def subscribe(self, topic: str, group: str, claim: ClaimPartition) -> Subscription:
        return self._log.subscribe(self._names[topic], f"{group}-{self._names[topic]}", claim)

    async def ends(self, topic: str) -> Sequence[int]:
        return await self._log.ends(self._names[topic])

    def replay(
        self, topic: str, partition: int, first: int = 0, last: int | None = None
    ) -> AsyncIterator[Sequence[Record]]:
        return self._log.replay(self._names[topic], partition, first, last)


def reached(bootstrap: str, batch_records: int = 100) -> KafkaSettings:
    """A broker of the tests, as the product reaches it."""
    return KafkaSettings(bootstrap, {}, 10, 6, batch_records)


@asynccontextmanager
async def administrator(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


def kafka_logs(bootstrap: str) -> Opening:
    names = {topic: f"{topic}.{uuid4().hex}" for topic in (TOPIC, OTHER_TOPIC)}
    created = False

    @asynccontextmanager
    async def opened() -> AsyncIterator[_Renamed]:
        nonlocal created
        if not created:
            topics = [NewTopic(name, PARTITIONS, 1) for name in names.values()]
            async with administrator(bootstrap) as admin:
                await admin.create_topics(topics)
            created = True
        log = await connect(reached(bootstrap, BATCH_RECORDS), names[TOPIC])
        try:
            yield _Renamed(log, names)
        finally:
            await log.close()

    return opened
