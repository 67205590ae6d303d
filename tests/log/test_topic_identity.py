"""Which topic positions are of, on a real Kafka: one made again under the same name is another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import NewPartitions
from sqlalchemy import text

from shared.database.engine import Database
from shared.errors import RepartitionedError, TruncatedLogError, UnavailableError
from shared.log.attempts import StoredAttemptCounter
from shared.log.kafka import KafkaLog, connect, create_topics
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS
from shared.log.topic_identity import StoredTopicIdentity, adopt_topic
from tests.log.kafka_logs import administrator, reached
from tests.migrations.databases import opened


@pytest.fixture
async def log(kafka_without_topics: str) -> AsyncIterator[KafkaLog]:
    given = reached(kafka_without_topics)
    await create_topics(given, 2, 1)
    connected = await connect(given, FILE_EVENTS)
    yield connected
    await connected.close()


@pytest.fixture
async def base(migrated_url: str) -> AsyncIterator[Database]:
    async with opened(migrated_url) as database:
        yield database


async def delete(bootstrap: str, log: KafkaLog) -> None:
    """Return once the broker does not know the topic any more."""
    async with administrator(bootstrap) as admin, asyncio.timeout(30):
        await admin.delete_topics([FILE_EVENTS])
        while await log.identity(FILE_EVENTS) is not None:
            pass


async def add_partitions(bootstrap: str, log: KafkaLog, total: int) -> None:
    """Return once the broker tells the new number."""
    async with administrator(bootstrap) as admin, asyncio.timeout(30):
        await admin.create_partitions({FILE_EVENTS: NewPartitions(total)})
        while (found := await log.identity(FILE_EVENTS)) is None or found.partitions != total:
            pass


async def test_each_topic_has_an_identifier_of_its_own_that_stays(log: KafkaLog) -> None:
    events, clocks = await log.identity(FILE_EVENTS), await log.identity(FILE_CLOCKS)
    assert events and clocks and events.topic_id != clocks.topic_id
    assert len(bytes.fromhex(events.topic_id)) == 16 and events.partitions == 2
    assert await log.identity(FILE_EVENTS) == events
    assert await log.identity("echeance.none") is None
    assert await log.identity("echeance.none") is None  # asking does not make it


async def test_a_topic_made_again_is_refused_until_it_is_adopted(
    log: KafkaLog, base: Database, kafka_bootstrap: str
) -> None:
    origin = StoredTopicIdentity(base, "clock", log, FILE_EVENTS)
    await origin.require()
    await asyncio.gather(*(origin.require() for _ in range(5)))
    await delete(kafka_bootstrap, log)
    with pytest.raises(TruncatedLogError, match="no longer exists"):
        await origin.require()
    await create_topics(reached(kafka_bootstrap), 2, 1)
    for _ in range(2):  # also by a process that was started again
        with pytest.raises(TruncatedLogError, match="topics adopt file-events"):
            await StoredTopicIdentity(base, "clock", log, FILE_EVENTS).require()
    await StoredTopicIdentity(
        base, "compliance", log, FILE_EVENTS
    ).require()  # which never read the other
    made_again = await log.identity(FILE_EVENTS)
    assert made_again is not None
    counter, of_another = (StoredAttemptCounter(base, name) for name in ("clock", "compliance"))
    for one in (counter, of_another):
        await one.begin(0, 7)
    async with base.transaction() as connection:
        await adopt_topic(connection, "clock", made_again)
    await origin.require()
    assert await counter.count(0, 7) == 0, "an attempt at a record of the other topic"
    assert await of_another.count(0, 7) == 1


async def test_a_topic_that_never_was_is_waited_for(
    log: KafkaLog, base: Database, kafka_bootstrap: str
) -> None:
    await delete(kafka_bootstrap, log)
    with pytest.raises(UnavailableError, match="do not know the topic"):
        await StoredTopicIdentity(base, "clock", log, FILE_EVENTS).require()


@pytest.mark.parametrize("noted", ["by this version", "by an earlier one"])
async def test_partitions_added_are_refused_by_whoever_asks(
    log: KafkaLog, base: Database, kafka_bootstrap: str, noted: str
) -> None:
    await StoredTopicIdentity(base, "clock", log, FILE_EVENTS).require()
    if noted == "by an earlier one":
        async with base.transaction() as connection:
            await connection.execute(text("UPDATE origins SET partitions = NULL"))
        await StoredTopicIdentity(base, "clock", log, FILE_EVENTS).require()
    await add_partitions(kafka_bootstrap, log, 3)
    grown = await connect(reached(kafka_bootstrap), FILE_EVENTS)
    assert grown.partitions == 3
    for asking in (log, grown):
        with pytest.raises(RepartitionedError, match="has 3 partitions and was read with 2"):
            await StoredTopicIdentity(base, "clock", asking, FILE_EVENTS).require()
    await grown.close()
    await StoredTopicIdentity(
        base, "other", log, FILE_EVENTS
    ).require()  # which never read it with two
