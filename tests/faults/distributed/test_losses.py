"""What must never be lost and was: a topic, positions, the group. Whoever could skip something stops, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka.protocol.admin import DeleteGroupsRequest
from sqlalchemy import select, text

from services.clock.store import SERVICE as CLOCK
from services.clock.tables import clock_files
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.projection.tables import compliance_files
from shared.database.engine import positions
from shared.log import kafka
from shared.log.ports import AUDIT, FILE_CLOCKS, FILE_EVENTS
from shared.process import distributed
from tests.faults.distributed.system import ALL, System
from tests.faults.distributed.test_records import put
from tests.servers.kafka import admin, delete_topics

READERS = {FILE_EVENTS: "clock", FILE_CLOCKS: "compliance", AUDIT: "compliance"}
AT_ONCE = ("no longer exists", "no longer has the records")
ANOTHER = "is not the one that was read before"


async def _kept(system: System) -> Sequence[Any]:
    """All that was counted, and up to where."""
    asked = (
        select(clock_files).order_by(clock_files.c.file_id),
        select(compliance_files).order_by(compliance_files.c.file_id),
        select(positions.c.service, positions.c.partition, positions.c.next_offset)
        .where(positions.c.service.in_((CLOCK, COMPLIANCE)))  # others' requests are recorded on
        .order_by(positions.c.service, positions.c.partition),
    )
    async with system.database.reading() as connection:
        return [(await connection.execute(one)).all() for one in asked]


@pytest.mark.whole
@pytest.mark.parametrize("topic", READERS, ids=lambda topic: topic.removeprefix("echeance."))
async def test_a_topic_lost_and_made_again(system: System, topic: str) -> None:
    """Its readers end, at once and whenever they are started, also when it has grown beyond what was read; then it is adopted."""
    reader = READERS[topic]
    await system.start(*ALL)
    await system.traffic.send(60)
    await system.idle()
    await system.judge()
    before, records = await _kept(system), await system.replay(topic)
    readers = list(system.processes.of(reader))
    await delete_topics(system.settings.kafka, [topic])
    for one in readers:
        await one.refuses(*AT_ONCE)
    await _made_again(system, topic)
    others: list[bytes | None] = [
        b"{}" for _ in range((len(records) + 1) * system.settings.partitions)
    ]
    await put(system, topic, others)
    for one in readers:
        await system.processes.spawn(one.label).refuses(ANOTHER)
    assert await _kept(system) == before
    await delete_topics(system.settings.kafka, [topic])
    await _made_again(system, topic)
    if topic == FILE_EVENTS:  # what it held can be had from nowhere else
        async with distributed.cluster(system.settings) as log:
            await log.append(topic, records)
    async with system.recovery():
        await told(system, "topics", "adopt", topic.removeprefix("echeance."))
        await system.start(*(one.label for one in readers))
    await system.traffic.send(60)
    if topic == FILE_EVENTS:  # where each event stands is of the topic there is now
        await told(system, "rebuild", "clock", "--processes", "1")
    await system.verify()


async def _made_again(system: System, topic: str) -> None:
    given = distributed.kafka_settings(system.settings)
    assert await kafka.create_topics(given, system.settings.partitions, replicas=1) == [topic]


async def told(system: System, *words: str) -> None:
    """As ``echeance`` with these words."""
    command = system.processes.spawn("echeance", ["echeance", *words])
    assert await command.ended() == 0, command.child.last_words()


@pytest.mark.whole
async def test_positions_and_the_groups_of_the_broker_lost(system: System) -> None:
    """Nothing reads the group's offsets back. Without positions all is read again from the first record, and counts nothing twice."""
    await system.start(*ALL)
    await system.traffic.send(60)
    await system.idle()
    await system.end(*ALL)
    await _forget_groups(system)
    await system.start(*ALL)
    await system.works()
    async with system.database.transaction() as connection:  # while they are at work
        await connection.execute(text("DELETE FROM positions"))
    async with system.traffic.flowing(), system.recovery():
        await system.traffic.acknowledged(30)
    await system.verify()


async def _forget_groups(system: System) -> None:
    """As ``kafka-consumer-groups --delete`` does."""
    async with admin(system.settings.kafka) as client:
        for group in (f"echeance.{name}" for name in (CLOCK, COMPLIANCE)):
            coordinator = await client.find_coordinator(group)
            answer = await client._send_request(DeleteGroupsRequest([group]), coordinator)
            assert [code for _, code in answer.results] == [0], answer
