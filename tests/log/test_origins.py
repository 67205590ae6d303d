"""Which topic positions are of, on a real Kafka: one made again under the same name is another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.database import Database
from shared.kafka import KafkaLog, KafkaSettings, connect, create_topics
from shared.log import FILE_CLOCKS, FILE_EVENTS, TruncatedLogError, UnavailableError
from shared.migrations import migrate
from shared.origins import StoredOrigin, adopt


@pytest.fixture
async def log(kafka_without_topics: str) -> AsyncIterator[KafkaLog]:
    given = KafkaSettings(kafka_without_topics, {}, 10, 6, 100)
    await create_topics(given, 2, 1)
    connected = await connect(given, FILE_EVENTS)
    yield connected
    await connected.close()


@pytest.fixture
async def base(postgres_url: str) -> AsyncIterator[Database]:
    made = Database(postgres_url)
    await migrate(made)
    yield made
    await made.close()


async def delete(bootstrap: str, log: KafkaLog) -> None:
    """Return once the broker does not know the topic any more."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.delete_topics([FILE_EVENTS])
    async with asyncio.timeout(30):
        while await log.topic_id(FILE_EVENTS) is not None:
            pass
    await admin.close()


async def test_each_topic_has_an_identifier_of_its_own_that_stays(log: KafkaLog) -> None:
    events, clocks = await log.topic_id(FILE_EVENTS), await log.topic_id(FILE_CLOCKS)
    assert events and clocks and events != clocks
    assert len(bytes.fromhex(events)) == 16
    assert await log.topic_id(FILE_EVENTS) == events
    assert await log.topic_id("echeance.none") is None
    assert await log.topic_id("echeance.none") is None  # asking does not make it


async def test_a_topic_made_again_is_refused_until_it_is_adopted(
    log: KafkaLog, base: Database, kafka_bootstrap: str
) -> None:
    origin = StoredOrigin(base, "clock", log, FILE_EVENTS)
    await origin.require()
    await asyncio.gather(*(origin.require() for _ in range(5)))
    await delete(kafka_bootstrap, log)
    with pytest.raises(TruncatedLogError, match="no longer exists"):
        await origin.require()
    await create_topics(KafkaSettings(kafka_bootstrap, {}, 10, 6, 100), 2, 1)
    for _ in range(2):  # also by a process that was started again
        with pytest.raises(TruncatedLogError, match="topics adopt file-events"):
            await StoredOrigin(base, "clock", log, FILE_EVENTS).require()
    await StoredOrigin(base, "compliance", log, FILE_EVENTS).require()  # which never read the other
    async with base.transaction() as connection:
        await adopt(connection, "clock", await log.topic_id(FILE_EVENTS) or "")
    await origin.require()


async def test_a_topic_that_never_was_is_waited_for(
    log: KafkaLog, base: Database, kafka_bootstrap: str
) -> None:
    await delete(kafka_bootstrap, log)
    with pytest.raises(UnavailableError, match="do not know the topic"):
        await StoredOrigin(base, "clock", log, FILE_EVENTS).require()
