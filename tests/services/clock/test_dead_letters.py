"""A publisher hears of its own dead letters, and of nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.clock.dead_letter_index.api import REASONS
from shared.domain import DEAD_LETTER_REASONS, REFUSED
from shared.domain.events import encode
from shared.log.dead_letters import dead_letter
from shared.log.ports import DEAD_LETTERS, FILE_EVENTS, Record, RejectedRecord
from tests.builders import SOURCE, at, received
from tests.services.world import BEGINNING, Site, World, world_and_site

PATH = "/v1/dead-letters"
NOW = "2025-05-01 12:00"
OTHER = "urn:example:other"


def again(file_id: str, day: str, source: str = SOURCE) -> Any:
    """An event under the id that every event here has."""
    return received(file_id, f"{day} 10:00", named="one", source=source)


def token(web: Site, name: str, *sources: str) -> str:
    return web.credentials.create(name, ["publish"], sources=sources, created=at(BEGINNING))


async def indexed(known: World) -> None:
    async for _ in known.embedded.index_letters(known.now):
        pass


async def refused_of_a_topic(known: World, source: str) -> None:
    rejected = RejectedRecord(Record(5, b"k", b"{}"), REFUSED, "/time: is required")
    letter = dead_letter("cases.events", 1, rejected, at=known.now(), partitions=2, source=source)
    await known.embedded.log.append(DEAD_LETTERS, [letter])


async def test_a_publisher_reads_its_own_letters_page_by_page_in_its_language(
    tmp_path: Path,
) -> None:
    async with world_and_site(tmp_path, NOW, *(again(name, "2025-04-28") for name in "ABC")) as (
        known,
        web,
    ):
        mine, theirs = token(web, "mine", SOURCE), token(web, "theirs", OTHER)
        await known.live(again("A", "2025-04-25"), until="2025-05-02 12:00")
        await known.live(again("B", "2025-04-25"), until="2025-05-03 12:00")
        await known.live(again("C", "2025-04-25"), until="2025-05-04 12:00")
        nobodys = encode(again("D", "2025-04-28")).replace(b".received.v1", b".received.v9")
        await known.append_raw(("D", nobodys))
        await refused_of_a_topic(known, OTHER)
        await known.live()
        assert len(await known.dead_letters()) == 5
        await indexed(known)

        first = await web.json(PATH, token=mine, limit=2)
        second = await web.json(PATH, token=mine, limit=2, after=first["next"])
        assert [one["file_id"] for one in first["letters"] + second["letters"]] == ["C", "B", "A"]
        assert (first["source"], second["next"]) == (SOURCE, None)
        (letter,) = second["letters"]
        place = {name: letter[name] for name in ("id", "type", "reason", "topic", "detail")}
        assert place == {
            "id": "one", "type": "received", "reason": "conflict", "topic": FILE_EVENTS, "detail": None,
        }  # fmt: skip
        assert letter["at"] == "2025-05-02T16:00:00Z"
        in_english = await web.get(PATH, token=mine, headers={"accept-language": "en"}, limit=1)
        assert in_english.json()["letters"][0]["text"] == REASONS["conflict"].en
        assert letter["text"] == REASONS["conflict"].fr
        (receipt,) = [
            (partition, record.offset)
            for partition, record in await known.placed_records(FILE_EVENTS)
            if record.value == encode(again("A", "2025-04-25"))
        ]
        assert (letter["partition"], letter["offset"]) == receipt

        (other,) = (await web.json(PATH, token=theirs, source=OTHER))["letters"]
        assert (other["topic"], other["partition"], other["offset"]) == ("cases.events", 1, 5)
        assert (other["reason"], other["detail"], other["id"]) == (
            REFUSED, "/time: is required", None,
        )  # fmt: skip


async def test_letters_of_others_are_refused_and_so_are_those_who_publish_nothing(
    tmp_path: Path,
) -> None:
    async with world_and_site(tmp_path, NOW) as (_, web):
        mine, both = token(web, "mine", SOURCE), token(web, "both", SOURCE, OTHER)
        reader = web.credentials.create("reader", ["read"], created=at(BEGINNING))
        assert await web.refused(PATH, token=reader) == (403, "no-scope")
        assert await web.refused(PATH, token=mine, source=OTHER) == (403, "source-not-allowed")
        assert await web.refused(PATH, token=both) == (422, "source-missing")
        assert await web.refused(PATH, token=mine, after="x") == (422, "bad-cursor")
        assert (await web.json(PATH, token=both, source=OTHER))["letters"] == []


async def test_the_index_reads_each_letter_once_and_goes_on_past_what_is_no_letter(
    tmp_path: Path,
) -> None:
    async with world_and_site(tmp_path, NOW, again("A", "2025-04-28")) as (known, web):
        await known.live(again("A", "2025-04-25"))
        await known.append_raw(("A", b"no letter"), topic=DEAD_LETTERS)
        await refused_of_a_topic(known, SOURCE)
        with_nul = encode(again("A", "2025-04-25")).replace(b'"one"', b'"o\\u0000ne"')
        rejected = RejectedRecord(Record(9, b"A", with_nul), "crashed", "a NUL: \0")
        letter = dead_letter(FILE_EVENTS, 0, rejected, at=known.now(), partitions=2)
        await known.embedded.log.append(DEAD_LETTERS, [letter])
        for _ in range(3):  # the letter that the index writes itself is of nobody
            await indexed(known)
        letters = (await web.json(PATH))["letters"]
        assert sorted(one["reason"] for one in letters) == ["conflict", "crashed", "refused"]
        assert {one["id"] for one in letters} == {None, "one"}


def test_every_reason_is_explained_to_publishers() -> None:
    assert set(REASONS) == set(DEAD_LETTER_REASONS)
