"""What was ever stored is still read; what a later version would store is set aside whole, and never guessed at.

Each golden record (``tests/golden/events``) is put into the log as it is, then as a version that is not known, then with a member that
is not known, and the real workers read it. A new stored version is held to this by adding its golden line.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.log.ports import FILE_CLOCKS, FILE_EVENTS
from tests.builders import decided, received
from tests.services.world import World, world

GOLDEN = Path(__file__).parents[1] / "golden" / "events"
_STORED_NAME = re.compile(r"(org\.echeance\.[a-z._-]+\.v)([0-9]+)")
NOW = "2025-07-01"


class Golden(NamedTuple):
    """A stored record: the topic it belongs to, its key, and its bytes."""

    topic: str
    key: str
    value: bytes

    @property
    def version(self) -> tuple[str, int]:
        """Its stored name, in two: the name, and the number of its version."""
        found = _STORED_NAME.fullmatch(json.loads(self.value)["type"])
        assert found is not None
        return found[1], int(found[2])

    def called(self, version: int) -> bytes:
        """The same under another version of its name."""
        name, stored = self.version
        assert self.value.count(f"{name}{stored}".encode()) == 1
        return self.value.replace(f"{name}{stored}".encode(), f"{name}{version}".encode())


def golden() -> dict[str, Golden]:
    """Every golden record that a service reads; the others are read by people, or by other systems."""
    found = {}
    for path in sorted(GOLDEN.glob("*.json")):
        value = path.read_bytes().rstrip(b"\n")
        told = json.loads(value)
        if told["type"].startswith("org.echeance.file.clock."):
            found[path.stem] = Golden(FILE_CLOCKS, told["file_id"], value)
        elif told["type"].startswith("org.echeance.file."):
            found[path.stem] = Golden(FILE_EVENTS, told["subject"], value)
    return found


RECORDS = golden()


def newest(record: Golden) -> int:
    """The last version of a record's name that there is."""
    name, _ = record.version
    return max(one.version[1] for one in RECORDS.values() if one.version[0] == name)


async def stored(known: World, topic: str, key: str, *values: bytes) -> None:
    """Put values into the log as they are, and let the services read them."""
    await known.append_raw(*((key, value) for value in values), topic=topic)
    await known.live()


def test_there_is_a_record_of_every_topic() -> None:
    assert len([one for one in RECORDS.values() if one.topic == FILE_EVENTS]) >= 7
    assert [one for one in RECORDS.values() if one.topic == FILE_CLOCKS]


@pytest.mark.parametrize("name", RECORDS)
async def test_what_was_stored_is_read(name: str, tmp_path: Path) -> None:
    record = RECORDS[name]
    async with world(tmp_path, NOW) as known:
        await stored(known, record.topic, record.key, record.value)
        assert await known.dead_letters() == []


@pytest.mark.parametrize("name", RECORDS)
async def test_what_a_later_version_stored_is_set_aside_and_the_next_record_is_read(
    name: str, tmp_path: Path
) -> None:
    record = RECORDS[name]
    unknown = [
        record.called(newest(record) + 1),
        record.called(newest(record) + 8),
        b'{"colour":"red",' + record.value[1:],
    ]
    async with world(tmp_path, NOW) as known:
        await stored(known, record.topic, record.key, *unknown, record.value)
        letters = await known.dead_letters()
        assert [(letter.reason, letter.topic) for letter in letters] == [
            ("unreadable", record.topic)
        ] * len(unknown)
        assert [letter.value for letter in letters] == unknown
        assert [letter.offset for letter in letters] == [0, 1, 2]
        assert [letter.key for letter in letters] == [record.key.encode()] * len(unknown)
        await known.live(received("other", "2025-06-02"), decided("other", "2025-06-04"))
        assert (await known.tallies("decided"))["on_time"] == 1
