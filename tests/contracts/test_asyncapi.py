"""The topics are what ``docs/asyncapi.yaml`` says: every record that the services write fits it, and nothing in it is never written."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, get_args

import msgspec
import yaml
from jsonschema import Draft7Validator, FormatChecker

from services.clock.evaluator import Evaluator
from services.clock.histories import of_events
from services.compliance.notifications.service import LEASE
from services.ingest.cloudevents.attributes import Rules
from services.ingest.cloudevents.envelope import parse_structured
from services.ingest.cloudevents.faults import InvalidEventsError
from shared.domain import CRASHED, REFUSED, TOO_MANY_EVENTS, TOO_MANY_OTHERS
from shared.domain.events import NATURAL_ORDER, Event, Forgotten, encode, stored_name
from shared.domain.records import AlertEnd, BreachAlert, ClockSnapshot, ClockSnapshotV1, DeadLetter
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
    ACCESS,
    CATALOGUE,
    SOURCE,
    allowance_raised,
    answered,
    assigned,
    at,
    decided,
    extended,
    reached,
    received,
    reopened,
    requested,
    revised,
    transferred,
    voided,
    withdrawn,
)
from tests.erasure.forgotten import forgotten
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


TOWN: list[tuple[str, list[Event]]] = [
    (
        "2025-07-01",
        [
            received("T-1", "2025-04-28", standard="access", unit="hall"),
            requested("T-1", "2025-04-29", "r1", kind="third-party", answer_by="2025-05-20"),
            reached("T-1", "2025-05-01", "acknowledged"),
            reached("T-1", "2025-05-02", "acknowledged"),
            transferred("T-1", "2025-05-03", "archives"),
            transferred("T-1", "2025-05-04", "archives"),
        ],
    ),
    (
        "2025-07-01",
        [
            received("T-2", "2025-04-28", standard="access-answer", unit="islands"),
            requested("T-2", "2025-04-29", "r1", kind="clarification"),
            answered("T-2", "2025-05-01", "r1"),
            extended("T-2", "2025-05-03", "volume"),
            extended("T-2", "2025-05-04", "volume"),
            extended("T-2", "2025-05-05", "agreed", "2025-06-30"),
            extended("T-2", "2025-05-06", "agreed"),
            decided("T-2", "2025-06-09", "disclosed"),
        ],
    ),
    (
        "2025-06-20",
        [
            received("T-3", "2025-04-28", standard="access-answer", unit="hall"),
            requested("T-3", "2025-05-01", "r1", kind="supplement"),
            answered("T-3", "2025-05-20", "r1"),
            requested("T-3", "2025-05-21", "r2", kind="notice"),
            answered("T-3", "2025-05-22", "r2"),
            requested("T-3", "2025-05-23", "r3", kind="notice"),
            extended("T-3", "2025-06-19", "volume"),
        ],
    ),
    ("2025-05-02", [received("T-4", "2025-04-28", standard="urgent", unit="hall")]),
    ("2025-05-02", [received("T-5", "2025-04-28", standard="access", unit="hall"), transferred("T-5", "2025-05-01", "archives")]),
    ("2025-05-02", [received("T-6", "2025-04-28", standard="access", unit="hall"), reached("T-6", "2025-05-01", "acknowledged")]),
    ("2025-05-02", [received("T-7", "2025-04-28", standard="access", unit="hall"), withdrawn("T-7", "2025-05-01", "duplicate")]),
]  # fmt: skip
"""Files of the town, each looked at once: what the shipped catalogue has no word for."""


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
    # Forgotten: one that ended, after which something of it comes, and one that has not.
    asked = known.now().isoformat()
    life = received("L-6", "2025-11-14"), decided("L-6", "2025-11-15")
    await known.append(*life, forgotten("L-6", asked), forgotten("L-3", asked))
    await known.live()


async def written(known: World) -> AsyncIterator[tuple[str, int, Record]]:
    """Every record that the services wrote, with its topic and partition; and dead letters that take a crash, or patience."""
    for topic in WRITTEN:
        for partition, record in await known.placed_records(topic):
            if record.value not in (NO_EVENT, NO_SNAPSHOT, b""):
                yield topic, partition, record
    partition = partition_of(b"L-1", known.embedded.log.partitions)
    record = Record(7, b"L-1", b"{}")
    for refused in (
        RejectedRecord(record, CRASHED, "the process ended on it 8 times"),
        RejectedRecord(record, TOO_MANY_EVENTS, "L-1 has 1000 events"),
        RejectedRecord(record, TOO_MANY_OTHERS, "L-1 has 100 events of other sources"),
        RejectedRecord(record._replace(headers=(("ce_id", b"1"),)), REFUSED, "/time: missing"),
    ):
        topic, source = ("cases", SOURCE) if refused.reason == REFUSED else (FILE_EVENTS, None)
        partitions, now = known.embedded.log.partitions, known.now()
        letter = dead_letter(
            topic, partition, refused, at=now, partitions=partitions, source=source
        )
        yield DEAD_LETTERS, partition, Record(0, letter.key, letter.value)
    before_at_was_noted = (GOLDEN / "dead_letter.json").read_bytes()
    yield DEAD_LETTERS, partition, Record(0, b"L-1", before_at_was_noted)


def written_of_the_town() -> Iterator[tuple[str, Record]]:
    """Its events, the snapshots of its files, and alerts of long waits and of what ends one."""
    evaluator = Evaluator(ACCESS)
    for now, story in TOWN:
        for event in story:
            yield FILE_EVENTS, Record(0, event.file_id.encode(), encode(event))
        for known in range(len(story)):
            evaluated = evaluator.evaluate(
                story[0].file_id,
                of_events(story[: known + 1]),
                partition=0,
                generation=1,
                position=0,
                now=at(now),
            )
            yield FILE_CLOCKS, Record(0, story[0].file_id.encode(), evaluated.snapshot)
    alert = BreachAlert(
        file_id="T-1",
        cycle=1,
        stage="waiting_long",
        stage_since=at("2025-05-20").astimezone(UTC),
        standard="access-answer",
        unit="archives",
        due_on=None,
        breaches_at=None,
        raised_at=at("2025-05-20").astimezone(UTC),
        of_standard="access-answer",
    )
    for why in get_args(AlertEnd):
        resolved_at = at("2025-05-21").astimezone(UTC)
        ended = msgspec.structs.replace(alert, resolved_at=resolved_at, resolved_why=why)
        yield BREACH_ALERTS, Record(0, b"T-1", encode(ended))


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
    assert set(messages(FILE_EVENTS)) == {stored_name(one) for one in (*NATURAL_ORDER, Forgotten)}
    assert set(messages(FILE_CLOCKS)) == {ClockSnapshot.__struct_config__.tag, NO_LONGER_WRITTEN}
    assert set(messages(BREACH_ALERTS)) == {BreachAlert.__struct_config__.tag}
    assert set(messages(DEAD_LETTERS)) == {DeadLetter.__struct_config__.tag}
    for topic in WRITTEN:
        for name, message in messages(topic).items():
            assert resolved(message.payload)["properties"]["type"] == {"const": name}


def test_every_example_is_one_of_its_message() -> None:
    examples = 0
    for topic in WRITTEN:
        (channel,) = (one for one in DOCUMENT["channels"].values() if one["address"] == topic)
        for message in map(resolved, channel["messages"].values()):
            for example in message.get("examples", ()):
                examples += 1
                assert not faults(validator(message["payload"]), example["payload"])
    assert examples >= 6


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
    for topic, record in written_of_the_town():
        value = json.loads(record.value)
        message = messages(topic)[value["type"]]
        assert not faults(message.value, value), value
        met |= set(said(message.payload, value, message.name))
    described = {
        mark
        for topic in WRITTEN
        for message in messages(topic).values()
        if message.name != NO_LONGER_WRITTEN
        for mark in sayable(message.payload, message.name)
    }
    assert described - met == set()
