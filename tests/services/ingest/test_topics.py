"""Topics of other systems on a real Kafka: every record is an event, says nothing, or is a dead letter, whatever ends the process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic

from services.ingest.metrics import IntakeMetrics
from services.ingest.topics import open_topics, topic_loops
from services.ingest.topics.record_reader import RecordReader
from shared.domain import Withdrawn, decode_event
from shared.errors import SettingError
from shared.http.credentials import Credentials
from shared.log.kafka.source_topic import SourceTopic
from shared.log.ports import FILE_EVENTS
from shared.log.quarantine import BATCH_ATTEMPTS, RECORD_ATTEMPTS
from shared.log.step_lock import StepLock
from shared.metrics import Metrics, series
from tests.builders import at, members
from tests.log.kafka_logs import administrator
from tests.services.world import World, world
from tests.unit.ingest.topics.test_record_reader import MAPPING, SOURCE
from tests.waiting import until

NOW = "2025-05-01 12:00"
DATA = {"standard": "caq-etudes", "unit": "montreal"}


def event(file_id: str, kind: str = "received", **changes: Any) -> dict[str, Any]:
    data = DATA if kind == "received" else {}
    posted = members(kind, file_id, "2025-04-28T09:30:00-04:00", data, source=SOURCE)
    return {**posted, **changes}


class Cases:
    """Topics of another system, and the system that reads them."""

    def __init__(self, bootstrap: str, known: World, folder: Path) -> None:
        self.bootstrap, self.known, self.folder = bootstrap, known, folder
        self.credentials = Credentials(folder / "credentials.json")
        self.metrics = Metrics(known.now)
        self.name = f"cases.{uuid4().hex}"
        self.topics: list[str] = []

    async def reads(self, *, partitions: int = 1, **topics: Mapping[str, Any]) -> None:
        """Create topics, whose names are completed by the test's own, and write ``sources.yaml``."""
        described = {
            f"{self.name}.{name}": {"source": SOURCE, **one} for name, one in topics.items()
        }
        file = {"brokers": {"bootstrap": self.bootstrap}, "topics": described}
        (self.folder / "sources.yaml").write_text(json.dumps(file))
        (self.folder / "mapping.yaml").write_text(MAPPING)
        self.topics = list(described)
        async with administrator(self.bootstrap) as admin:
            await admin.create_topics([NewTopic(name, partitions, 1) for name in self.topics])

    async def send(self, topic: str, *records: tuple[Any, Mapping[str, bytes]]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        for value, headers in records:
            raw = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
            await producer.send_and_wait(
                f"{self.name}.{topic}", raw, key=b"key", headers=list(headers.items())
            )
        await producer.stop()

    def loops(self) -> Sequence[Any]:
        known = self.known
        topics = open_topics(
            known.settings._replace(sources=self.folder / "sources.yaml", session_seconds=6),
            known.embedded.catalogue,
            self.credentials,
        )
        assert topics is not None
        intake = IntakeMetrics(self.metrics)
        log = known.embedded.log
        return list(topic_loops(topics, log, self.metrics, intake, known.now, StepLock()))

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """One process that reads the topics."""
        stop = asyncio.Event()
        tasks = [asyncio.create_task(work(stop)) for work in self.loops()]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    async def files(self) -> list[str]:
        """The files of the events in our log, in order, with repetitions."""
        return sorted(
            decode_event(one.value).file_id for one in await self.known.records(FILE_EVENTS)
        )

    def counted(self, topic: str) -> dict[str, float]:
        counter = self.metrics.counter(series.SOURCE_RECORDS)
        return {
            outcome: value
            for outcome in ("accepted", "ignored", "refused")
            if (value := counter.labels(f"{self.name}.{topic}", outcome)._value.get())
        }


@pytest.fixture
async def cases(kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[Cases]:
    async with world(tmp_path / "data", NOW) as known:
        made = Cases(kafka_bootstrap, known, tmp_path)
        yield made
        async with administrator(kafka_bootstrap) as admin:
            await admin.delete_topics(made.topics)


async def test_every_format_is_read_and_what_is_no_event_is_a_letter_of_its_source(
    cases: Cases,
) -> None:
    outbox = {"format": "outbox", "mapping": "mapping.yaml"}
    await cases.reads(
        plain={"format": "cloudevents"}, routed=outbox, rows={**outbox, "format": "outbox-table"}
    )
    binary = event("B")
    data = binary.pop("data")
    payload = {"case": "D", "at": "2025-04-28T09:30:00-04:00"}
    row = {"id": "3", "type": "Opened", "payload": payload}
    other = event("X", source="urn:example:other")
    await cases.send(
        "plain",
        (event("A"), {}),
        (data, {f"ce_{name}": value.encode() for name, value in binary.items()}),
        (None, {}),
        (other, {}),
        (b"\x00\x00\x00\x00\x11\x0cavro", {"trace": b"7"}),
    )
    await cases.send("routed", ({**payload, "case": "C"}, {"id": b"2", "eventType": b"Opened"}))
    await cases.send("rows", ({"op": "c", "after": row}, {}), ({"op": "d", "before": row}, {}))
    async with cases.at_work():
        await until(lambda: cases.counted("plain").get("refused") == 2, "the topic is read")
        await until(lambda: cases.counted("routed"), "the outbox is read")
        await until(lambda: cases.counted("rows").get("ignored"), "the table is read")
    assert await cases.files() == ["A", "B", "C", "D"]
    assert cases.counted("plain") == {"accepted": 2, "ignored": 1, "refused": 2}
    assert cases.counted("rows") == {"accepted": 1, "ignored": 1}
    of_other, avro = await cases.known.dead_letters()
    assert [one.reason for one in (of_other, avro)] == ["refused", "refused"]
    assert {one.source for one in (of_other, avro)} == {SOURCE}
    assert of_other.topic == f"{cases.name}.plain" and of_other.offset == 3
    assert json.loads(of_other.value) == other and "/source" in of_other.detail
    assert (avro.key, avro.headers) == (b"key", (("trace", b"7"),))
    assert avro.value.startswith(b"\x00") and "schema 17" in avro.detail


async def test_a_crash_between_append_and_commit_repeats_events_and_skips_none(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cases.reads(plain={"format": "cloudevents"})
    await cases.send("plain", *((event(name), {}) for name in "ABC"), (b"{", {}))
    commit = SourceTopic.commit

    class EndError(Exception):
        pass

    async def ended(self: SourceTopic, partition: int, next_offset: int) -> None:
        raise EndError

    monkeypatch.setattr(SourceTopic, "commit", ended)
    with pytest.raises(EndError):
        async with asyncio.timeout(60):
            await cases.loops()[0](asyncio.Event())
    assert await cases.files() == ["A", "B", "C"]
    monkeypatch.setattr(SourceTopic, "commit", commit)
    async with cases.at_work():
        await until(lambda: cases.counted("plain").get("accepted") == 3, "it is read again")
    assert await cases.files() == ["A", "A", "B", "B", "C", "C"]
    await cases.known.live()
    assert await cases.known.tallies("received") == {"begun": 3}
    assert [one.value for one in await cases.known.dead_letters()] == [b"{", b"{"]
    async with cases.at_work():  # nothing is read a third time
        await cases.send("plain", (event("D"), {}))
        await until(lambda: cases.counted("plain").get("accepted") == 4, "the next is read")
    assert (await cases.files()).count("A") == 2


async def test_a_record_that_ends_the_process_again_and_again_becomes_a_letter(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cases.reads(plain={"format": "cloudevents"})
    await cases.send("plain", (event("A"), {}), (b"poison", {}), (event("B"), {}))
    read = RecordReader.read

    class EndError(BaseException):
        pass

    def ending(self: RecordReader, record: Any, rules: Any) -> Any:
        if record.value == b"poison":
            raise EndError
        return read(self, record, rules)

    monkeypatch.setattr(RecordReader, "read", ending)
    ends, stop = 0, asyncio.Event()
    work = asyncio.create_task(cases.loops()[0](stop))
    while ends <= BATCH_ATTEMPTS + RECORD_ATTEMPTS:
        finished = asyncio.create_task(
            until(lambda: cases.counted("plain").get("accepted") == 2, "both others are read")
        )
        await asyncio.wait([work, finished], return_when=asyncio.FIRST_COMPLETED)
        if finished.done():
            break
        finished.cancel()
        assert isinstance(work.exception(), EndError)
        ends += 1
        work = asyncio.create_task(cases.loops()[0](stop))
    stop.set()
    await work
    assert RECORD_ATTEMPTS <= ends <= BATCH_ATTEMPTS + RECORD_ATTEMPTS
    (letter,) = await cases.known.dead_letters()
    assert (letter.reason, letter.value, letter.source) == ("crashed", b"poison", SOURCE)
    assert sorted(set(await cases.files())) == ["A", "B"]


async def test_files_that_a_token_reserved_stay_its_own_and_units_are_held(cases: Cases) -> None:
    create = partial(cases.credentials.create, created=at(NOW), scopes=["publish"])
    create("owner", sources=["urn:example:owner"], prefixes=["OWN-"])
    create("own", sources=[SOURCE], prefixes=["MY-"])
    await cases.reads(plain={"format": "cloudevents", "units": ["montreal"], "prefixes": ["MY-"]})
    elsewhere = event("MY-2", data={"standard": "caq-etudes", "unit": "laval"})
    await cases.send("plain", *((one, {}) for one in (event("OWN-1"), event("MY-1"), elsewhere)))
    async with cases.at_work():
        await until(lambda: cases.counted("plain").get("refused") == 2, "the topic is read")
    assert await cases.files() == ["MY-1"]
    details = [one.detail for one in await cases.known.dead_letters()]
    assert "/subject" in details[0] and "/data/unit" in details[1]


async def test_several_processes_share_the_partitions_and_lose_nothing(
    cases: Cases, kafka_bootstrap: str
) -> None:
    await cases.reads(partitions=4, plain={"format": "cloudevents"})
    sent = []

    async def send(first: int, last: int) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
        await producer.start()
        for number in range(first, last):
            value = json.dumps(event(f"F-{number}", "withdrawn")).encode()
            await producer.send(cases.topics[0], value, partition=number % 4)
            sent.append(f"F-{number}")
        await producer.stop()

    await send(0, 200)
    async with cases.at_work():
        await until(lambda: cases.counted("plain").get("accepted", 0) > 100, "one process reads")
        async with cases.at_work():
            await send(200, 400)
            await asyncio.sleep(2)  # a rebalance in the middle
        await send(400, 500)
        await until(lambda: cases.counted("plain").get("accepted", 0) >= 500, "everything is read")
    assert set(await cases.files()) == set(sent)
    assert isinstance(decode_event((await cases.known.records(FILE_EVENTS))[0].value), Withdrawn)


async def test_a_file_without_brokers_needs_those_of_the_settings(cases: Cases) -> None:
    await cases.reads(plain={"format": "cloudevents"})
    path = cases.folder / "sources.yaml"
    file = json.loads(path.read_text())
    del file["brokers"]
    path.write_text(json.dumps(file))
    with pytest.raises(SettingError, match="brokers:, or ECHEANCE_KAFKA"):
        cases.loops()
