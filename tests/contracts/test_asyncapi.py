"""The topics are what ``docs/asyncapi.yaml`` says: every record that the services write fits it, and nothing in it is never written."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml
from jsonschema import Draft7Validator, FormatChecker

from services.compliance.notifications.service import LEASE
from services.ingest.cloudevents.attributes import Rules
from services.ingest.cloudevents.envelope import parse_structured
from services.ingest.cloudevents.faults import InvalidEventsError
from shared.domain import CRASHED, TOO_MANY_EVENTS, TOO_MANY_OTHERS
from shared.domain.events import NATURAL_ORDER, Event, encode, stored_name
from shared.domain.records import BreachAlert, ClockSnapshot, ClockSnapshotV1, DeadLetter
from shared.log.dead_letters import dead_letter
from shared.log.kafka.topics import TOPICS
from shared.log.ports import (
    BREACH_ALERTS,
    DEAD_LETTERS,
    FILE_CLOCKS,
    FILE_EVENTS,
    Record,
    RejectedRecord,
    partition_of,
)
from tests.builders import (
    CATALOGUE,
    allowance_raised,
    assigned,
    at,
    decided,
    received,
    reopened,
    requested,
    revised,
    voided,
)
from tests.services.compliance.offices import Office, office
from tests.services.world import World, world
from tests.simulation import lives

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text("utf-8"))
GOLDEN = ROOT / "tests" / "golden" / "events"
ASYNCAPI = json.loads((ROOT / "tests/golden/asyncapi/schema-3.0.0.json").read_text("utf-8"))
WRITTEN = (FILE_EVENTS, FILE_CLOCKS, BREACH_ALERTS, DEAD_LETTERS)
FORMATS = FormatChecker(["date", "date-time"])
SEED, FILES = 4, 250
NO_LONGER_WRITTEN = ClockSnapshotV1.__struct_config__.tag
WIDER = revised(2, ("at_risk: 5, critical: 2}", "at_risk: 9, critical: 2}"))
NO_EVENT, NO_SNAPSHOT = b"\xff", b'{"type":"org.echeance.file.clock.v9"}'
AWKWARD: list[Event] = [
    decided("L-1", "2025-04-01"),
    received("L-1", "2025-04-02"),
    received("L-1", "2025-04-03"),
    reopened("L-1", "2025-04-03"),
    voided("L-1", "2025-04-05", "later", named="early"),
    voided("L-1", "2025-04-06", "nothing", named="later"),
    requested("L-1", "2025-04-07", "R-1"),
    requested("L-1", "2025-04-08", "R-1"),
    received("L-3", "2025-11-14"),
    received("L-2", "2025-04-02", standard="unheard-of"),
    received("L-2", "1999-04-02"),
    voided("L-4", "2025-11-20", "taken-back"),
    assigned("L-2", "2025-11-14"),
    allowance_raised("L-3", "2025-11-14", 2_000),
]
"""What chance does not bring about often enough."""


class Message(NamedTuple):
    """A message of a channel: its stored name, and what its value and its key are held to."""

    name: str
    payload: dict[str, Any]
    value: Draft7Validator
    key: Draft7Validator


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found: Any = DOCUMENT
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        schema = found
    return schema


@cache
def messages(topic: str) -> dict[str, Message]:
    """The messages of a topic, by stored name."""
    (channel,) = (one for one in DOCUMENT["channels"].values() if one["address"] == topic)
    found = [resolved(one) for one in channel["messages"].values()]
    return {
        one["name"]: Message(
            one["name"],
            one["payload"],
            validator(one["payload"]),
            validator(one["bindings"]["kafka"]["key"]),
        )
        for one in found
    }


def validator(schema: dict[str, Any]) -> Draft7Validator:
    rooted = {"allOf": [schema], "components": DOCUMENT["components"]}
    return Draft7Validator(rooted, format_checker=FORMATS)


def faults(held_to: Draft7Validator, value: Any) -> list[str]:
    return [f"{one.json_path}: {one.message}" for one in held_to.iter_errors(value)]


Mark = tuple[str, str]


def said(schema: dict[str, Any], value: Any, place: str) -> Iterator[Mark]:
    """What a value uses of its schema: members there and not there, and words of an enumeration."""
    schema = resolved(schema)
    if "enum" in schema:
        yield place, str(value)
    if isinstance(schema.get("type"), list):
        yield place, "null" if value is None else "a value"
    for name, member in schema.get("properties", {}).items():
        if name in value:
            yield f"{place}.{name}", "there"
            yield from said(member, value[name], f"{place}.{name}")
        else:
            yield f"{place}.{name}", "not there"
    if "items" in schema:
        for one in value:
            yield from said(schema["items"], one, f"{place}[]")


def sayable(schema: dict[str, Any], place: str) -> Iterator[Mark]:
    """All that values could use of a schema."""
    schema = resolved(schema)
    yield from ((place, str(word)) for word in schema.get("enum", ()))
    if isinstance(schema.get("type"), list):
        yield from ((place, "null"), (place, "a value"))
    for name, member in schema.get("properties", {}).items():
        yield f"{place}.{name}", "there"
        if name not in schema.get("required", ()):
            yield f"{place}.{name}", "not there"
        yield from sayable(member, f"{place}.{name}")
    if "items" in schema:
        yield from sayable(schema["items"], f"{place}[]")


async def lived(known: World, staff: Office) -> None:
    """A year of random files, told late, twice and wrongly, and looked at every few weeks."""
    await known.append(received("L-4", "2025-01-06", named="taken-back"))
    posts = lives.World(Random(SEED), at("2025-01-06").astimezone(UTC), 200).posts(FILES)
    for month in range(2, 13):
        until = at(f"2025-{month:02}-01")
        while posts and posts[0].arrives_at < until:
            post = posts.pop(0)
            rules = Rules(catalogue=CATALOGUE, now=post.arrives_at)
            try:
                await known.append(parse_structured(post.raw, rules))
            except InvalidEventsError:
                continue
        await known.live(until=until.isoformat())
        await staff.turn()
    await known.append_raw(("L-1", NO_EVENT), *((one.file_id, encode(one)) for one in AWKWARD))
    await known.append_raw(("L-1", NO_SNAPSHOT), topic=FILE_CLOCKS)
    await known.live()


async def written(known: World) -> AsyncIterator[tuple[str, int, Record]]:
    """Every record that the services wrote, with its topic and partition; and dead letters that take a crash, or patience."""
    for topic in WRITTEN:
        for partition, record in await known.placed_records(topic):
            if record.value not in (NO_EVENT, NO_SNAPSHOT):
                yield topic, partition, record
    partition = partition_of(b"L-1", known.embedded.log.partitions)
    record = Record(7, b"L-1", b"{}")
    for refused in (
        RejectedRecord(record, CRASHED, "the process ended on it 8 times"),
        RejectedRecord(record, TOO_MANY_EVENTS, "L-1 has 1000 events"),
        RejectedRecord(record, TOO_MANY_OTHERS, "L-1 has 100 events of other sources"),
    ):
        letter = dead_letter(FILE_EVENTS, partition, refused)
        yield DEAD_LETTERS, partition, Record(0, letter.key, letter.value)


def test_the_document_is_valid_asyncapi() -> None:
    assert not faults(Draft7Validator(ASYNCAPI), DOCUMENT)


def test_what_was_ever_stored_is_described() -> None:
    known = {name: message for topic in WRITTEN for name, message in messages(topic).items()}
    for path in GOLDEN.glob("*.json"):
        value = json.loads(path.read_bytes())
        assert not faults(known[value["type"]].value, value), path.name


def test_every_topic_is_described_as_it_is_created() -> None:
    told = {}
    for channel in DOCUMENT["channels"].values():
        layout = channel["bindings"]["kafka"]["topicConfiguration"]
        told[channel["address"]] = {
            name: value[0] if isinstance(value, list) else str(value)
            for name, value in layout.items()
        }
    assert told == TOPICS


def test_every_stored_name_is_described_and_no_other() -> None:
    assert set(messages(FILE_EVENTS)) == {stored_name(one) for one in NATURAL_ORDER}
    assert set(messages(FILE_CLOCKS)) == {ClockSnapshot.__struct_config__.tag, NO_LONGER_WRITTEN}
    assert set(messages(BREACH_ALERTS)) == {BreachAlert.__struct_config__.tag}
    assert set(messages(DEAD_LETTERS)) == {DeadLetter.__struct_config__.tag}
    for topic in WRITTEN:
        for name, message in messages(topic).items():
            assert resolved(message.payload)["properties"]["type"] == {"const": name}


async def test_every_record_is_described_and_everything_described_is_written(
    tmp_path: Path,
) -> None:
    met: set[Mark] = set()
    async with world(tmp_path, "2025-01-05") as known, office(known) as staff:
        await lived(known, staff)
    async with (
        world(tmp_path, "2025-12-01 12:00", catalogue=WIDER) as known,
        office(known, name="later") as staff,
    ):
        await known.live()
        await staff.turn(LEASE)
        await known.live(received("L-3", "2025-11-12"))
        await staff.turn()
        async for topic, partition, record in written(known):
            value = json.loads(record.value)
            message = messages(topic)[value["type"]]
            assert not faults(message.value, value), value
            assert not faults(message.key, record.key.decode())
            assert partition == partition_of(record.key, known.embedded.log.partitions)
            met |= set(said(message.payload, value, message.name))
    described = {
        mark
        for topic in WRITTEN
        for message in messages(topic).values()
        if message.name != NO_LONGER_WRITTEN
        for mark in sayable(message.payload, message.name)
    }
    assert described - met == set()
