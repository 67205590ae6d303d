"""Partitions added to a topic: keys would stand elsewhere. Whoever would take a file's events apart stops, and says so."""

from __future__ import annotations

import pytest
from aiokafka.admin import NewPartitions

from shared.log import kafka
from shared.log.kafka.topics import TOPICS
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS, partition_of
from shared.process import distributed
from tests.faults.distributed.system import ALL, System
from tests.faults.distributed.test_losses import told
from tests.faults.distributed.test_restores import READING, emptied, figures
from tests.servers.kafka import admin, delete_topics

MORE = 12


@pytest.mark.whole
async def test_partitions_added_stop_the_readers_until_the_log_is_cut_anew(system: System) -> None:
    """Ingest goes on as it began, and is not started again; whoever follows with the setting is stopped by the database."""
    await system.start(*ALL)
    await system.traffic.send(60)
    await system.idle()
    before = await figures(system)
    await _add_partitions(system)
    for label in READING:
        await system[label].refuses(f"has {MORE} partitions and was read with 8")
    await system.traffic.send(20)
    assert await system["ingest"].terminate() == 0
    for label in ALL:
        again = system.processes.spawn(label)
        assert await again.ended() == 1
        assert again.said("ECHEANCE_PARTITIONS says 8"), again.child.last_words()
    for label in READING:
        followed = system.processes.spawn(label, environment={"ECHEANCE_PARTITIONS": str(MORE)})
        await followed.refuses("was read with 8")
    assert await figures(system) == before
    await _cut_anew(system)
    await told(system, "migrate")
    await system.start(*ALL)
    await system.recover()
    await system.verify()


async def _add_partitions(system: System) -> None:
    """As ``kafka-topics --alter --partitions`` does."""
    async with admin(system.settings.kafka) as client:
        await client.create_partitions(
            {name: NewPartitions(MORE) for name in (FILE_EVENTS, FILE_CLOCKS)}
        )


async def _cut_anew(system: System) -> None:
    """The events of before, each where its key now belongs, in topics with more partitions; and an empty database."""
    system.settings = system.settings._replace(partitions=MORE)
    system.processes.given["ECHEANCE_PARTITIONS"] = str(MORE)
    records = [
        record._replace(partition=partition_of(record.key, MORE))
        for record in await system.replay(FILE_EVENTS)
    ]
    await delete_topics(system.settings.kafka, TOPICS)
    await kafka.create_topics(distributed.kafka_settings(system.settings), MORE, replicas=1)
    async with distributed.cluster(system.settings) as log:
        await log.append(FILE_EVENTS, records)
    await emptied(system)
