"""``echeance files``: a file given back to its source, and room made in one that was full; on a data directory and on a real Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.domain.events import AllowanceRaised, Assigned, Event, decode_event
from shared.log.ports import FILE_EVENTS, partition_of
from shared.process import distributed
from shared.settings import read_settings
from tests.builders import SOURCE, decided, received, withdrawn
from tests.echeance.command import done, english, told
from tests.services.world import world

EVIL = "urn:evil"
TAKEN = received("A", "2025-04-21 10:00", source=EVIL, unit="laval")
OWN = received("A", "2025-04-28 10:00")
DECIDED = decided("A", "2025-05-02 10:00")


async def test_a_file_given_back_counts_what_its_source_sent_and_a_rebuild_says_the_same(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2025-05-06 12:00") as known:
        await known.live(TAKEN, OWN, DECIDED)
        before = await known.last("A")
        assert (before.unit, before.cycles[-1].status) == ("laval", "open")
        assert [one.reason for one in before.anomalies] == ["other_source"] * 2
    said = await asyncio.to_thread(
        done, "files", "give", "A", "--to", SOURCE, "--data", tmp_path, variables=_as(tmp_path)
    )
    assert said.splitlines()[0] == f"A appartient désormais à {SOURCE}."
    assert "echeance dead-letters replay --file A" in said
    async with world(tmp_path, "2035-05-06 12:00") as known:
        await known.live()
        after = await known.last("A")
        assert (after.unit, after.cycles[-1].status) == ("montreal", "decided")
        assert [(one.source, one.reason) for one in after.anomalies] == [(EVIL, "other_source")]
        digest = await known.embedded.compliance.digest()
        await known.embedded.reset_computed()
        await known.live()
        assert await known.embedded.compliance.digest() == digest


async def test_a_full_file_takes_more_once_it_is_mended_and_what_it_refused_can_be_sent_again(
    tmp_path: Path,
) -> None:
    many = [withdrawn("A", "2025-04-01", named=f"x-{number}") for number in range(999)]
    async with world(tmp_path, "2025-05-06 12:00") as known:
        await known.live(OWN, *many, DECIDED)
        assert (await known.state("A")).status == "open"
        [letter] = await known.dead_letters()
        assert letter.reason == "too_many_events" and "echeance files mend" in letter.detail
    mended = ("files", "mend", "A", "--source", SOURCE, "--data", tmp_path)
    variables = _as(tmp_path, ECHEANCE_LANGUAGE="en")
    said = await asyncio.to_thread(done, *mended, variables=variables)
    assert said.splitlines()[0] == f"A takes up to 2000 events of {SOURCE}."
    letters = ("dead-letters", "replay", "--file", "A", "--data", tmp_path)
    assert "sent again: 1" in await asyncio.to_thread(done, *letters, variables=variables)
    async with world(tmp_path, "2035-05-06 12:00") as known:
        await known.live()
        assert (await known.state("A")).status == "decided"
        assert len(await known.dead_letters()) == 1


def _as(folder: Path, **more: str) -> Mapping[str, str]:
    return {"ECHEANCE_PARTITIONS": "2", "ECHEANCE_DATA": str(folder), **more}


@pytest.mark.parametrize(
    ("arguments", "words", "status"),
    [
        (["give", "A b", "--to", "urn:a"], "'A b' identifies no file", 1),
        (["give", "A", "--to", "not a uri"], "is not a source", 1),
        (["give", "A", "--to", ""], "is not a source", 1),
        (["give", "A", "--to", "urn:echeance:operator"], "is not a source", 1),
        (["give", "A"], "--to", 2),
        (["mend", "A"], "--source", 2),
        (["mend", "A", "--source", "urn:a", "--events", "1000"], "1001<=x<=3000", 2),
        (["mend", "A", "--source", "urn:a", "--events", "3001"], "1001<=x<=3000", 2),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: list[str], words: str, status: int, tmp_path: Path
) -> None:
    said = told("files", *arguments, "--data", tmp_path, status=status, variables=english())
    assert words in said


async def test_on_kafka_both_are_appended_to_the_files_partition(kafka_without_topics: str) -> None:
    variables = english(ECHEANCE_KAFKA=kafka_without_topics, ECHEANCE_PARTITIONS="3")
    await asyncio.to_thread(done, "topics", "create", "--replicas", "1", variables=variables)
    give = ("files", "give", "KAFKA-1", "--to", SOURCE)
    said = await asyncio.to_thread(done, *give, variables=variables)
    assert "when the system starts again" not in said
    mend = ("files", "mend", "KAFKA-1", "--source", SOURCE, "--events", "1500")
    await asyncio.to_thread(done, *mend, variables=variables)
    found: list[Event] = []
    async with distributed.cluster(read_settings(variables)) as log:
        partition = partition_of(b"KAFKA-1", log.partitions)
        async for records in log.replay(FILE_EVENTS, partition):
            found += [decode_event(one.value) for one in records if one.key == b"KAFKA-1"]
    assigned, raised = found
    assert isinstance(assigned, Assigned) and assigned.data.source == SOURCE
    assert isinstance(raised, AllowanceRaised)
    assert (raised.data.source, raised.data.events) == (SOURCE, 1_500)
