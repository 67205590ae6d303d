"""The topics on a real Kafka: created once, checked, and refused where they would lose records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.errors import UnavailableError
from shared.log.kafka import LayoutError, check_topics, create_topics
from shared.log.kafka.topics import TOPICS
from shared.log.ports import DEAD_LETTERS, FILE_CLOCKS, FILE_EVENTS
from tests.log.kafka_logs import administrator, reached
from tests.servers.ports import free_ports


@pytest.fixture
async def admin(kafka_without_topics: str) -> AsyncIterator[AIOKafkaAdminClient]:
    async with administrator(kafka_without_topics) as client:
        yield client


async def test_topics_are_created_once_and_then_pass_the_check(
    admin: AIOKafkaAdminClient, kafka_bootstrap: str
) -> None:
    given = reached(kafka_bootstrap)
    assert set(await create_topics(given, 3, 1)) == TOPICS.keys()
    assert await create_topics(given, 3, 1) == []
    found = await check_topics(given)
    assert {name: (topic.partitions, topic.replicas) for name, topic in found.items()} == (
        dict.fromkeys(TOPICS, (3, 1))
    )
    assert found[FILE_EVENTS].settings["retention.ms"] == "-1"
    assert found[FILE_CLOCKS].settings["cleanup.policy"] == "compact"
    assert found[FILE_CLOCKS].settings["min.compaction.lag.ms"] == "604800000"
    assert found[FILE_CLOCKS].settings["max.compaction.lag.ms"] == "1209600000"


async def test_many_may_create_them_at_the_same_time(
    admin: AIOKafkaAdminClient, kafka_bootstrap: str
) -> None:
    given = reached(kafka_bootstrap)
    created = await asyncio.gather(*(create_topics(given, 2, 1) for _ in range(5)))
    assert sorted(name for names in created for name in names) == sorted(TOPICS)
    await check_topics(given)


async def test_a_missing_topic_is_told(admin: AIOKafkaAdminClient, kafka_bootstrap: str) -> None:
    await create_topics(reached(kafka_bootstrap), 2, 1)
    await admin.delete_topics([DEAD_LETTERS])
    with pytest.raises(LayoutError, match=f"^{DEAD_LETTERS} does not exist$"):
        async with asyncio.timeout(30):
            while True:
                try:
                    await check_topics(reached(kafka_bootstrap))
                except LayoutError as error:
                    if "=None" not in str(error):  # while it is being deleted it has no settings
                        raise


async def test_a_topic_that_would_forget_its_events_or_is_cut_otherwise_is_refused(
    admin: AIOKafkaAdminClient, kafka_bootstrap: str
) -> None:
    await admin.create_topics([NewTopic(FILE_EVENTS, 5, 1)])
    await create_topics(reached(kafka_bootstrap), 2, 1)
    with pytest.raises(LayoutError) as refused:
        await check_topics(reached(kafka_bootstrap))
    told = str(refused.value)
    assert f"{FILE_EVENTS} has retention.ms=604800000, and must have -1" in told
    assert "the same number of partitions" in told
    assert f"{FILE_EVENTS}: 5" in told


async def test_brokers_that_are_not_there_are_unavailable() -> None:
    (port,) = free_ports(1)
    with pytest.raises(UnavailableError, match="do not answer"):
        await check_topics(reached(f"127.0.0.1:{port}"))
