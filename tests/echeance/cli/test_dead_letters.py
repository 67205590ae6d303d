"""``echeance dead-letters`` and ``topics``: on a data directory and on a real Kafka."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from echeance.system.embedded import open_embedded
from shared.log import kafka
from shared.log.dead_letters import dead_letter
from shared.log.ports import (
    DEAD_LETTERS,
    FILE_EVENTS,
    Appender,
    NewRecord,
    Record,
    RejectedRecord,
    partition_of,
)
from shared.process import distributed
from shared.settings import Settings, read_settings
from tests.builders import CATALOGUE, SOURCE, members
from tests.echeance.command import done, english, told
from tests.log.logs import WholeLog
from tests.servers.ports import free_ports

PARTITIONS = 2
NOON = datetime(2025, 5, 1, 12, tzinfo=UTC)
RECEIVED_DATA = {"standard": "caq-etudes", "unit": "montreal"}
KEYS = (b"F-1", b"F-2", b"F-3")


@pytest.fixture(params=["directory", "kafka"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    """Where the log is, as the environment says it: with three dead letters and nothing else."""
    said = {"ECHEANCE_PARTITIONS": str(PARTITIONS), "ECHEANCE_DATA": str(tmp_path / "data")}
    if request.param == "kafka":
        said["ECHEANCE_KAFKA"] = request.getfixturevalue("kafka_without_topics")
    asyncio.run(with_letters(read_settings(said)))
    return english(**said)


@asynccontextmanager
async def log_of(given: Settings) -> AsyncIterator[WholeLog]:
    if given.kafka:
        async with distributed.cluster(given) as log:
            yield log
    else:
        async with open_embedded(given, CATALOGUE) as embedded:
            yield embedded.log


async def with_letters(given: Settings) -> None:
    if given.kafka:
        await kafka.create_topics(distributed.kafka_settings(given), PARTITIONS, 1)
    async with log_of(given) as log:
        await bury(log)


async def bury(log: Appender) -> None:
    reasons = ("unreadable", "conflict", "unreadable")
    for number, (key, reason) in enumerate(zip(KEYS, reasons, strict=True)):
        record = Record(number, key, b"\xff" if number == 0 else f"value {number}".encode())
        letter = dead_letter(
            FILE_EVENTS,
            partition_of(key, PARTITIONS),
            RejectedRecord(record, reason, f"detail {number}"),
            at=NOON,
            partitions=PARTITIONS,
        )
        await log.append(DEAD_LETTERS, [letter])


def names(where: Mapping[str, str], *options: str) -> dict[str, str]:
    """Letters by detail."""
    lines = done("dead-letters", "list", *options, variables=where).splitlines()
    return {line.rpartition("detail ")[2]: line.split()[0] for line in lines}


def test_letters_are_listed_by_reason_and_shown_with_their_bytes(where: Mapping[str, str]) -> None:
    listed = names(where)
    assert sorted(listed) == ["0", "1", "2"]
    assert sorted(names(where, "--reason", "unreadable")) == ["0", "2"]
    shown = json.loads(done("dead-letters", "show", listed["0"], variables=where))
    assert (shown["reason"], shown["topic"], shown["offset"]) == ("unreadable", FILE_EVENTS, 0)
    assert (shown["value"], shown["value_text"], shown["key_text"]) == ("/w==", "\ufffd", "F-1")


async def events(where: Mapping[str, str]) -> list[tuple[int, bytes, bytes]]:
    async with log_of(read_settings(where)) as log:
        return [
            (partition, one.key, one.value)
            for partition in range(PARTITIONS)
            async for some in log.replay(FILE_EVENTS, partition)
            for one in some
        ]


def test_letters_are_sent_again_to_where_they_came_from(where: Mapping[str, str]) -> None:
    conflict = names(where)["1"]
    assert "sent again: 1" in done("dead-letters", "replay", conflict, variables=where)
    sent = done("dead-letters", "replay", "--reason", "unreadable", variables=where)
    assert "sent again: 2" in sent
    values = (b"\xff", b"value 1", b"value 2")
    expected = [
        (partition_of(key, PARTITIONS), key, value) for key, value in zip(KEYS, values, strict=True)
    ]
    assert sorted(asyncio.run(events(where))) == sorted(expected)


async def bury_long(given: Settings, value: bytes) -> None:
    partition = partition_of(KEYS[0], PARTITIONS)
    async with log_of(given) as log:
        (stands,) = await log.append(FILE_EVENTS, [NewRecord(partition, KEYS[0], value)])
        refused = RejectedRecord(Record(stands.offset, KEYS[0], value), "unreadable", "long")
        await log.append(
            DEAD_LETTERS,
            [dead_letter(FILE_EVENTS, partition, refused, at=NOON, partitions=PARTITIONS)],
        )


def test_a_record_too_long_for_a_letter_is_sent_again_whole(tmp_path: Path) -> None:
    said = {"ECHEANCE_PARTITIONS": str(PARTITIONS), "ECHEANCE_DATA": str(tmp_path / "data")}
    value = bytes(range(256)) * 2_000
    asyncio.run(bury_long(read_settings(said), value))
    printed = done("dead-letters", "replay", "--reason", "unreadable", variables=english(**said))
    assert "sent again: 1" in printed
    assert [one[2] for one in asyncio.run(events(english(**said)))] == [value, value]


def test_a_letter_that_is_not_there_is_told(where: Mapping[str, str]) -> None:
    assert "there is no letter 0:99" in told("dead-letters", "show", "0:99", variables=where)
    assert "9:0 is no name" in told("dead-letters", "show", "9:0", variables=where)
    assert "give names, or --reason" in told("dead-letters", "replay", variables=where)


def test_topics_are_created_and_checked(kafka_without_topics: str) -> None:
    given = english(ECHEANCE_KAFKA=kafka_without_topics, ECHEANCE_PARTITIONS="3")
    absent = told("topics", "check", variables=given)
    assert "the topics will not do" in absent
    assert "echeance.file-events does not exist" in absent
    printed = done("topics", "create", "--replicas", "1", variables=given)
    assert "created: echeance.file-clocks" in printed
    assert "echeance.file-events: 3 partitions, 1 replicas" in printed
    assert "created" not in done("topics", "create", "--replicas", "1", variables=given)
    assert done("topics", "check", variables=given).count("3 partitions") == 5


def test_copies_that_the_cluster_cannot_hold_are_told(kafka_without_topics: str) -> None:
    given = english(ECHEANCE_KAFKA=kafka_without_topics)
    assert "cannot be created" in told("topics", "create", variables=given)


def test_brokers_that_are_not_there_are_told() -> None:
    (port,) = free_ports(1)
    given = english(ECHEANCE_KAFKA=f"127.0.0.1:{port}")
    assert "the brokers do not answer" in told("topics", "check", variables=given)
    assert "ECHEANCE_KAFKA must be set" in told("topics", "check", variables=english())


def test_records_of_another_system_are_read_again_as_its_file_says_now(tmp_path: Path) -> None:
    said = {"ECHEANCE_PARTITIONS": str(PARTITIONS), "ECHEANCE_DATA": str(tmp_path / "data")}
    good = members("received", "F-9", "2025-04-28T09:30:00-04:00", RECEIVED_DATA, source=SOURCE)
    values = [json.dumps(good).encode(), b"{"]

    async def bury_others() -> None:
        async with log_of(read_settings(said)) as log:
            for offset, value in enumerate(values):
                refused = RejectedRecord(Record(offset, b"", value), "refused", "why")
                letter = dead_letter(
                    "cases", 7, refused, at=NOON, partitions=PARTITIONS, source=SOURCE
                )
                await log.append(DEAD_LETTERS, [letter])

    asyncio.run(bury_others())
    where = english(**said)
    replay = ("dead-letters", "replay", "--reason", "refused")
    assert "ECHEANCE_SOURCES must name the file" in told(*replay, variables=where)
    file = {"topics": {"cases": {"source": SOURCE, "format": "cloudevents"}}}
    (tmp_path / "sources.yaml").write_text(json.dumps(file))
    printed = done(*replay, variables={**where, "ECHEANCE_SOURCES": str(tmp_path / "sources.yaml")})
    assert "sent again: 1" in printed and "is refused again: : The text is not JSON" in printed
    (event,) = asyncio.run(events(where))
    assert event[1] == b"F-9"
