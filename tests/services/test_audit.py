"""Every request and every change is recorded, in chains that show what was done to them, for auditors alone."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from services.ingest.publisher import BusyError, Publisher
from shared.audit import recorder as recording
from shared.audit.api import audit_filter
from shared.audit.chain import Chain, ChainFault, Head, Verification
from shared.audit.record import AuditRecord, decode_record
from shared.audit.store import AuditFilter, AuditStore, TableSink, forget_file, precede_topic
from shared.audit.topic import AUDIT_SERVICE, AuditIndexWorker, TopicSink, indexed_to
from shared.database import engine
from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.domain import Event
from shared.erasure.store import MEASURED_ANEW, ErasureStore, FileDigests
from shared.erasure.tables import forgotten_files
from shared.errors import TruncatedLogError, UnavailableError
from shared.log import Position
from shared.log.attempts import StoredAttemptCounter
from shared.log.loop import Loop
from shared.log.loop_metrics import LoopMetrics
from shared.log.ports import ORIGIN_HEADER, Batch, Record
from shared.log.sqlite import SqliteLog
from shared.metrics import series
from shared.metrics.registry import Metrics
from shared.process import runner
from tests.builders import CATALOGUE, at
from tests.migrations.databases import opened
from tests.services.guarded import GuardedSite, guarded_site
from tests.services.world import BEGINNING
from tests.unit.ingest.cloudevents.given import NOW, event, written
from tests.waiting import until

SINGLE = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
SECRETS = ("ech_", "Bearer", "passeport")


async def verified(store: AuditStore) -> Verification:
    return await store.verify([*(await store.heads()).items(), *await store.checkpoints()])


def access(records: Sequence[AuditRecord]) -> list[AuditRecord]:
    return [one for one in records if one.kind == "access"]


async def test_a_request_is_recorded_with_who_what_when_whence_and_how_it_ended(
    tmp_path: Path,
) -> None:
    async with guarded_site(tmp_path) as web:
        laval = web.credentials.create("laval", ["read"], created=at(BEGINNING), units=["laval"])
        await web.get("/v1/files/X-1?token=ech_secret", laval, **{"x-request-id": "r-7"})
        await web.get("/v1/attainment?unit=laval&standard=peq&period=2025-04", laval)
        await web.get("/v1/standards")
        one = {**event(), "id": "other"}
        headers = {"authorization": f"Bearer {web.token}"}
        batch = b"[" + written(event()) + b"," + written(one) + b"]"
        await web.client.post("/v1/events", content=written(event()), headers={**SINGLE, **headers})
        await web.client.post("/v1/events", content=batch, headers={**BATCH, **headers})
        records = await web.stop()
        file, attainment, standards, single, both = access(records)
        assert (file.name, file.by, file.token) == ("laval", "token", laval[4:12])
        assert (file.method, file.route, file.file) == ("GET", "/v1/files/{file_id}", "X-1")
        assert (file.status, file.reason, file.origin) == (404, "unknown_file", "192.0.2.1")
        assert (file.request, file.units) == ("r-7", ["laval"])
        assert abs(file.at - runner.now()) < timedelta(minutes=1)
        assert (attainment.units, attainment.standards) == (["laval"], ["peq"])
        assert (standards.route, standards.status, standards.reason) == ("/v1/standards", 200, "")
        assert (single.route, single.events, single.file) == ("/v1/events", 1, event()["subject"])
        assert (both.status, both.events, both.file) == (202, 2, "")
        assert len({one.request for one in access(records)}) == 5
        lines = b"".join([line async for line in web.store.lines()]).decode()
        assert not any(secret in lines for secret in SECRETS)
        assert [one.kind for one in records][-1] == "closed"
        assert (await verified(web.store)).faults == []


async def test_lines_that_are_published_are_told_though_a_later_part_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, parts = Publisher.publish, 0

    async def until_busy(publisher: Publisher, events: Sequence[Event]) -> Sequence[Position]:
        nonlocal parts
        parts += 1
        if parts == 3:
            raise BusyError
        return await publish(publisher, events)

    monkeypatch.setattr(Publisher, "publish", until_busy)
    async with guarded_site(tmp_path) as web:
        lines = b"\n".join(written({**event(), "id": str(number)}) for number in range(1_300))
        headers = {"content-type": "application/x-ndjson", "authorization": f"Bearer {web.token}"}
        answer = await web.client.post("/v1/events", content=lines, headers=headers)
        assert answer.status_code == 429
        [one] = access(await web.stop())
        assert (one.events, one.status, one.reason) == (1_000, 429, "too_busy")


async def test_health_and_static_files_and_public_pages_are_not_recorded(tmp_path: Path) -> None:
    async with guarded_site(tmp_path) as web:
        for path in ("/healthz", "/readyz", "/static/board.css", "/calculator"):
            await web.client.get(path)
        assert access(await web.stop()) == []


async def test_what_can_be_repeated_at_will_is_one_record_with_a_count(tmp_path: Path) -> None:
    async with guarded_site(tmp_path) as web:
        wrong = "ech_" + "A" * 43
        for _ in range(3):
            await web.get("/v1/files/X-1", wrong)
            await web.client.get("/v1/files/X-1/secret")
            await web.get("/metrics")
        records = access(await web.stop())
        assert [(one.name, one.status, one.reason, one.count) for one in records] == [
            ("", 401, "unknown_token", 3),
            ("", 401, "no_token", 3),
            ("all", 200, "", 3),
        ]
        assert (records[0].token, records[0].by) == ("A" * 8, "nobody")
        assert records[0].until is not None and records[0].until >= records[0].at
        assert (records[1].route, records[1].file) == ("/v1/files", "")
        assert not any(one.salt for one in records)


async def test_kinds_that_are_counted_are_bounded_and_none_goes_uncounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_MOST_OF_ONE", 2)
    monkeypatch.setattr(recording, "_MOST_GATHERED", 4)
    async with guarded_site(tmp_path) as web:
        for number in range(5):
            await web.get("/v1/standards", f"ech_{number}" + "A" * 42)
        inner = web.client._transport
        assert isinstance(inner, httpx.ASGITransport)
        for number in range(2, 5):  # the first has room of its own, whatever the flood of the other
            transport = httpx.ASGITransport(inner.app, client=(f"192.0.2.{number}", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://echeance") as other:
                await other.get(f"/v1/files/X-{number}")
        records = access(await web.stop())
        told = [(one.origin, one.reason, one.count) for one in records]
        assert told == [
            ("192.0.2.1", "unknown_token", 1),
            ("192.0.2.1", "unknown_token", 1),
            ("192.0.2.1", "several", 3),
            ("192.0.2.2", "no_token", 1),
            ("", "several", 2),
        ]


async def test_a_file_that_was_asked_for_in_vain_can_be_forgotten(tmp_path: Path) -> None:
    async with guarded_site(tmp_path, requests_per_second=0.01, burst_seconds=300) as web:
        auditor = web.credentials.create("auditor", ["audit"], created=at(BEGINNING))
        made, ended = at(BEGINNING), at(BEGINNING) + timedelta(days=1)
        old = web.credentials.create("old", ["read"], created=made, expires=ended)
        asked = {
            "/v1/files/X-1": auditor,  # 403, before it is routed
            "/files/X-1": web.token,  # 404
            "/v1/files/X-1/no-such-page": web.token,
            "/X-1": web.token,
        }
        for path, token in asked.items():
            await web.get(path, token)
        await web.get("/v1/files/X-1", old)
        await web.get("/v1/files/X-1")  # one too many
        await web.client.get("/v1/files/X-1")
        records = access(await web.stop())
        told = [(one.status, one.route, one.file) for one in records]
        assert told[:2] == [(403, "/v1/files/{file_id}", "X-1"), (404, "/files/{file_id}", "X-1")]
        assert told[2:4] == [(404, "/v1/files", ""), (404, "", "")]
        assert {one[1:] for one in told[4:]} == {("/v1/files/{file_id}", "")}
        async with web.known.embedded.database.transaction() as connection:
            assert await forget_file(connection, "X-1") == (2, 0)
        assert not any([b"X-1" in line async for line in web.store.lines()])


async def test_while_nothing_is_written_what_is_counted_is_counted_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_MOST_WAITING", 1)
    async with guarded_site(tmp_path) as web:
        for _ in range(3):
            await web.client.get("/v1/standards")
            web.recorder._release_gathered()
        counts = [(one.reason, one.count) for one in access(await web.stop())]
        assert counts == [("no_token", 1), ("audit_unavailable", 2)]


async def test_an_expired_token_is_named_and_a_sign_in_recorded(tmp_path: Path) -> None:
    async with guarded_site(tmp_path) as web:
        made = at(BEGINNING)
        expires = made + timedelta(days=1)
        old = web.credentials.create("old", ["read"], created=made, expires=expires)
        await web.get("/v1/standards", old)
        await web.client.post("/sign-in", data={"token": web.token})
        sign_in, refused = access(await web.stop())
        assert (refused.name, refused.by, refused.reason) == ("old", "nobody", "expired_token")
        assert (sign_in.name, sign_in.route, sign_in.method) == ("all", "/sign-in", "POST")


async def test_only_those_who_may_audit_read_the_trail(tmp_path: Path) -> None:
    async with guarded_site(tmp_path) as web:
        reader = web.credentials.create("reader", ["read", "explain"], created=at(BEGINNING))
        auditor = web.credentials.create("auditor", ["audit"], created=at(BEGINNING))
        for path in ("/v1/audit", "/audit"):
            assert (await web.get(path, reader)).status_code == 403
            assert (await web.client.get(path)).status_code in (303, 401)
            assert (await web.get(path, auditor)).status_code == 200
        assert (await web.get("/v1/standards", auditor)).status_code == 403
        assert "/audit" in (await web.get("/", accept="text/html")).text
        assert 'href="/audit"' not in (await web.get("/", reader, accept="text/html")).text
        refused = [one for one in access(await web.stop()) if one.status == 403]
        assert [(one.name, one.route) for one in refused] == [
            ("reader", "/v1/audit"), ("reader", "/audit"), ("auditor", "/v1/standards"),
        ]  # fmt: skip


async def test_the_trail_is_read_in_pages_and_by_what_it_says(tmp_path: Path) -> None:
    async with guarded_site(tmp_path) as web:
        for number in range(5):
            await web.get(f"/v1/files/X-{number}")
        written_ = await web.stop()
        first = (await web.get("/v1/audit?limit=3")).json()
        second = (await web.get(f"/v1/audit?limit=3&after={first['next']}")).json()
        third = (await web.get(f"/v1/audit?limit=3&after={second['next']}")).json()
        pages = first["records"] + second["records"] + third["records"]
        assert len(pages) == len(written_) == 7 and third["next"] is None
        assert [one["seq"] for one in pages] == sorted((one["seq"] for one in pages), reverse=True)
        [one] = (await web.get("/v1/audit?file=X-3")).json()["records"]
        assert (one["file"], one["name"], one["until"]) == ("X-3", "all", None)
        for query, count in (
            ("who=all", 5), ("who=nobody", 0), ("kind=opened", 1), ("file=X-3%00", 1),
            ("since=2020-01-01", 7), ("until=2020-01-01", 0), ("since=2999-01-01", 0),
        ):  # fmt: skip
            records = (await web.get(f"/v1/audit?{query}")).json()["records"]
            assert len(records) == count, query
        for query in ("since=x", "after=x", "kind=x", "limit=0"):
            assert (await web.get(f"/v1/audit?{query}")).status_code == 422, query
        page = await web.get("/audit?file=X-3", accept="text/html")
        assert page.status_code == 200 and page.text.count("/v1/files/{file_id}") == 1


async def test_what_is_loaded_and_changed_is_recorded_with_digests_and_without_secrets(
    tmp_path: Path,
) -> None:
    supervisors = tmp_path / "supervisors.yaml"
    supervisors.write_text("supervisors: []\n")
    async with guarded_site(tmp_path, supervisors=supervisors) as web:
        web.recorder.check_files(first=True)
        supervisors.write_text("supervisors: [] # changed\n")
        web.credentials.create("new", ["read"], created=at(BEGINNING))
        web.credentials.revoke("all")
        web.recorder.check_files()
        web.recorder.check_files()
        records = await web.stop()
        changes = [one for one in records if one.kind == "change"]
        assert [one.what for one in changes] == ["file_changed", "file_changed", "tokens_changed"]
        files = {one.detail["file"]: one.detail for one in changes[:2]}
        assert (
            files["supervisors"]["sha256"] == hashlib.sha256(supervisors.read_bytes()).hexdigest()
        )
        assert files.keys() == {"supervisors", "credentials"}
        tokens = changes[2].detail
        assert [name.split()[0] for name in tokens["made"]] == ["new"]
        assert [name.split()[0] for name in tokens["removed"]] == ["all"]
        [opened_] = [one for one in records if one.kind == "opened"]
        assert opened_.detail["files"].keys() == {"supervisors", "credentials"}
        assert opened_.detail["revision"] == CATALOGUE.revision


async def test_what_is_forgotten_by_schedule_is_recorded_by_its_number_alone(
    tmp_path: Path,
) -> None:
    async with guarded_site(tmp_path) as web:
        count = web.known.embedded.loop_metrics.count_forgotten
        count({"retention": 3, "publisher": 2}, {})
        task = asyncio.create_task(web.recorder.run(stop := asyncio.Event()))
        await until(recorded(web, 1), "the first record")
        count({"retention": 4}, {})
        stop.set()
        await task
        lines = [decode_record(line) async for line in web.store.lines()]
        changes = [(one.by, one.what, one.detail) for one in lines if one.kind == "change"]
        assert changes == [
            ("process", "files_forgotten", {"requested_by": "retention", "files": 3}),
            ("process", "files_forgotten", {"requested_by": "retention", "files": 4}),
        ]
        count({"publisher": 1}, {})
        web.known.embedded.metrics.counter(series.FORGOTTEN_FILES).labels("operator").inc()
        assert web.known.embedded.retention.take() is None


def recorded(web: GuardedSite, changes: int) -> Callable[[], Awaitable[bool]]:
    async def are_there() -> bool:
        rows = await web.store.rows(AuditFilter(kind="change"), None, 10)
        return len(rows) == changes

    return are_there


class FailingSink:
    """A sink that takes nothing while ``away``."""

    def __init__(self) -> None:
        self.away = True
        self.lines: list[bytes] = []

    async def write(self, lines: Sequence[bytes], writer: str) -> None:
        if self.away:
            raise UnavailableError("away")
        self.lines += lines

    async def heads(self, since: datetime) -> dict[str, Head]:
        return {}


async def test_nothing_is_read_without_a_record_and_nothing_is_lost_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_MOST_WAITING", 4)
    async with guarded_site(tmp_path) as web:
        sink = FailingSink()
        monkeypatch.setattr(web.recorder, "_sink", sink)
        statuses = [(await web.get("/v1/standards")).status_code for _ in range(6)]
        assert statuses == [200] * 4 + [503] * 2
        assert not await web.recorder.flush()
        refused = await web.get("/v1/standards")
        assert refused.json()["type"] == "urn:echeance:problem:audit-unavailable"
        assert refused.headers["retry-after"] == "5"
        assert (await web.get("/metrics")).status_code == 200
        assert (await web.client.get("/healthz")).status_code == 200
        assert await web.metric('echeance_audit_records_total{outcome="refused"}') == "3.0"
        sink.away = False
        assert await web.recorder.flush()
        assert (await web.get("/v1/standards")).status_code == 200
        assert [decode_record(line).seq for line in sink.lines] == list(
            range(1, len(sink.lines) + 1)
        )


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("migrated_url"))
    return f"sqlite+aiosqlite:///{tmp_path / 'audit.sqlite'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with its tables, of either kind."""
    async with opened(database_url) as made:
        if made.on_sqlite:
            await migrate(made)
        yield made


def lines_of(writer: str, days: Sequence[int], *, first: datetime = NOW) -> list[bytes]:
    """A line a day after ``first``, of one chain."""
    chain = Chain(writer)
    return [
        chain.seal(
            at=first + timedelta(days=day), kind="access", by="token", name="a", token="AbCdEfGh",
            file=f"X-{day}", salt="s",
        )
        for day in days
    ]  # fmt: skip


async def test_old_records_go_in_whole_days_and_what_is_left_is_still_verified(
    database: Database,
) -> None:
    store, sink = AuditStore(database), TableSink(database)
    await sink.write(lines_of("two", [0, 1]), "two")
    await sink.write(lines_of("one", range(10)), "one")
    assert await store.trim(NOW + timedelta(days=95), 90) == 7
    assert await store.trim(NOW + timedelta(days=95), 90) == 0
    left = [decode_record(line) async for line in store.lines()]
    assert [one.file for one in left] == [f"X-{day}" for day in range(5, 10)]
    assert (await store.removed()).keys() == {"one", "two"}
    result = await verified(store)
    assert (result.faults, result.records) == ([], 5)
    await sink.write(lines_of("three", [20]), "three")
    assert (await verified(store)).faults == []


async def test_a_file_is_forgotten_and_the_trail_still_verified(database: Database) -> None:
    store = AuditStore(database)
    await TableSink(database).write(lines_of("one", [0, 1, 1]), "one")
    async with database.transaction() as connection:
        assert await forget_file(connection, "X-1") == (2, 0)
    lines = [line async for line in store.lines()]
    assert b"X-0" in lines[0] and not any(b"X-1" in line for line in lines)
    assert await store.rows(AuditFilter(file="X-1"), None, 10) == []
    assert (await verified(store)).faults == []


async def test_what_a_process_without_the_database_writes_of_a_forgotten_file_is_not_indexed(
    database: Database,
) -> None:
    digests = FileDigests(database)
    async with database.transaction() as connection:
        row = {"digest": await digests.digest("X-1"), "partition": 3}
        await connection.execute(forgotten_files.insert().values(**row))
    metrics = Metrics(lambda: NOW)
    index = AuditIndexWorker(database, metrics)
    await index.claim(0)
    lines = lines_of("one", [0, 1, 2])
    records = [Record(offset, b"one", line) for offset, line in enumerate(lines)]
    copies = [Record(offset, b"one", lines[0], ((ORIGIN_HEADER, b"0"),)) for offset in (4, 5)]
    batch = Batch(0, [*records, Record(3, b"", b""), *copies], 6)
    outcome = await index.handle(batch, NOW)
    assert outcome is not None and not outcome.rejected
    await index.commit(outcome)
    store = AuditStore(database)
    found = [row.record for row in await store.rows(AuditFilter(), None, 10)]
    assert [(one.file, one.file_forgotten) for one in found] == [
        ("X-2", False),
        ("", True),
        ("X-0", False),
    ]
    assert (await verified(store)).faults == []
    assert b"echeance_audit_unnamed_total 1.0" in metrics.exposition("plain")
    [due] = await ErasureStore(database).at_stage(MEASURED_ANEW, 10)  # the topic is cleaned of it
    assert (due.file_id, due.partition, due.requested_by) == ("X-1", 3, "repeat")


async def test_a_use_is_noted_once_a_minute_for_each_secret(database: Database) -> None:
    sink = TableSink(database)
    await sink.write(lines_of("one", [0, 0, 1]), "one")
    uses = await AuditStore(database).last_uses()
    assert uses == {"AbCdEfGh": NOW.astimezone(UTC) + timedelta(days=1)}


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("DELETE FROM audit_records WHERE \"offset\" = 1", "missing"),
        ("DELETE FROM audit_records WHERE \"offset\" = 2", "cut"),
        ("UPDATE audit_records SET line = {other} WHERE \"offset\" = 1", "unreadable"),
        ("UPDATE audit_records SET \"offset\" = 9 WHERE \"offset\" = 0", "missing"),
    ],
)  # fmt: skip
async def test_what_the_owner_of_the_tables_alters_is_found(
    database: Database, statement: str, kind: str
) -> None:
    await TableSink(database).write(lines_of("one", [0, 1, 2]), "one")
    other = "X'7b'" if database.on_sqlite else r"'\x7b'"
    async with database.transaction() as connection:
        await connection.execute(text(statement.format(other=other)))
    found = {one.kind for one in (await verified(AuditStore(database))).faults}
    assert kind in found
    rows = await AuditStore(database).rows(AuditFilter(), None, 10)
    assert all(isinstance(row.record, AuditRecord) for row in rows)


@pytest.mark.parametrize(
    "change", ["at = at + 1", "kind = 'change'", "name = 'b'", "file_id = 'ZZZ'", "file_id = NULL"]
)
async def test_a_row_that_searches_find_by_other_values_than_its_line_has_is_found(
    database: Database, change: str
) -> None:
    await TableSink(database).write(lines_of("one", [0, 1, 2]), "one")
    async with database.transaction() as connection:
        await connection.execute(text(f'UPDATE audit_records SET {change} WHERE "offset" = 1'))
    assert (await verified(AuditStore(database))).faults == [ChainFault("misfiled", "one", 2)]


async def test_processes_append_to_a_topic_and_the_index_has_their_chains(
    database: Database, tmp_path: Path
) -> None:
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'log.sqlite'}") as base:
        await migrate(base)
        log = SqliteLog(base, partitions=4, batch_records=100)
        sink = TopicSink(log, AuditStore(database))
        for writer in ("one", "two", "three"):
            lines = lines_of(writer, range(3))
            await sink.write(lines, writer)
            await sink.write(lines[1:], writer)  # an append that was not known to be taken
        index = AuditIndexWorker(database, Metrics(lambda: NOW))
        attempts = StoredAttemptCounter(database, index.service)
        metrics = LoopMetrics(Metrics(lambda: NOW))
        loop = Loop(
            log, "echeance.audit", index, lambda: NOW, attempts, metrics, letters_per_hour=10
        )
        async for _ in runner.run_to_end(loop):
            pass
        result = await verified(AuditStore(database))
        assert (result.faults, result.records) == ([], 15)
        heads = await sink.heads(NOW)
        assert {writer: head.seq for writer, head in heads.items()} == {
            "one": 3,
            "two": 3,
            "three": 3,
        }
        assert heads == result.heads


async def test_an_index_whose_positions_were_lost_reads_the_topic_again_and_adds_nothing_twice(
    database: Database,
) -> None:
    lines = lines_of("one", range(4))
    await _indexed(AuditIndexWorker(database, Metrics(lambda: NOW)), lines[:3])
    await _lose_positions(database)
    async with database.transaction() as connection:
        await forget_file(connection, "X-1")  # its line in the table is another since
    await _indexed(AuditIndexWorker(database, Metrics(lambda: NOW)), lines)
    result = await verified(AuditStore(database))
    assert (result.faults, result.records) == ([], 4)
    await _lose_positions(database)
    with pytest.raises(TruncatedLogError, match=r"another record at 0 .* topics adopt audit"):
        await _indexed(AuditIndexWorker(database, Metrics(lambda: NOW)), lines_of("two", [0]))


async def test_an_index_keeps_what_it_has_when_its_topic_is_made_again(database: Database) -> None:
    """Twice, and in their order: else a chain that goes on in the next topic would not be verified."""
    lines, index = lines_of("one", range(6)), AuditIndexWorker(database, Metrics(lambda: NOW))
    for part in (lines[:3], lines[3:5], lines[5:]):
        await _indexed(index, part)
        await _lose_positions(database)
        async with database.transaction() as connection:
            await precede_topic(connection)
    result = await verified(AuditStore(database))
    assert (result.faults, result.records) == ([], 6)


async def test_an_index_goes_on_where_its_topic_was_put_back_to_an_earlier_day(
    database: Database,
) -> None:
    """What both have is not indexed again; what only the index has stands before what only the topic has."""
    lines = lines_of("one", range(6))
    restored = [*lines[:2], b"", b"no record", *lines_of("two", [0, 1])]
    before = [*lines[:3], b"no record", *lines[3:]]
    await _indexed(AuditIndexWorker(database, Metrics(lambda: NOW)), before)
    store = AuditStore(database)
    assert await indexed_to(Lines(before), store, 0, 0, 7) == 7
    assert await indexed_to(Lines(before[:5]), store, 0, 1, 7) == 5
    assert await indexed_to(Lines(lines_of("two", [0])), store, 0, 0, 7) == 0
    begins = await indexed_to(Lines(restored), store, 0, 0, 7)
    assert begins == 4
    async with database.transaction() as connection:
        await engine.reset_positions(connection, AUDIT_SERVICE, [begins])
        await precede_topic(connection)
    await _indexed(AuditIndexWorker(database, Metrics(lambda: NOW)), restored)
    result = await verified(store)
    assert (result.faults, result.records) == ([], 8)


class Lines:
    """A topic whose only partition has these lines."""

    partitions = 1

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._records = [Record(offset, b"", line) for offset, line in enumerate(lines)]

    async def ends(self, topic: str) -> Sequence[int]:
        return [len(self._records)]

    async def replay(
        self, topic: str, partition: int, first: int = 0, last: int | None = None
    ) -> AsyncIterator[Sequence[Record]]:
        for record in self._records[first:last]:
            yield [record]


async def _indexed(index: AuditIndexWorker, lines: Sequence[bytes]) -> None:
    """The index of a topic whose only partition has these lines."""
    first = await index.claim(0)
    records = [Record(offset, b"", line) for offset, line in enumerate(lines) if offset >= first]
    outcome = await index.handle(Batch(0, records, len(lines)), NOW)
    assert outcome is not None
    await index.commit(outcome)


async def _lose_positions(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("DELETE FROM positions"))


async def test_a_checkpoint_names_the_chains_of_others_so_that_a_lost_one_shows(
    tmp_path: Path,
) -> None:
    async with guarded_site(tmp_path) as web:
        sink = TableSink(web.known.embedded.database)
        now = runner.now()
        await sink.write(lines_of("other", [0, 0], first=now), "other")
        await web.recorder.checkpoint(now - timedelta(hours=1))
        records = await web.stop()
        assert [one.kind for one in records if one.kind == "checkpoint"]
        assert (await verified(web.store)).faults == []
        async with web.known.embedded.database.transaction() as connection:
            await connection.execute(text('DELETE FROM audit_records WHERE "offset" < 2'))
            await connection.execute(text("DELETE FROM audit_chains WHERE writer = 'other'"))
        assert [(one.kind, one.writer, one.seq) for one in (await verified(web.store)).faults] == [
            ("cut", "other", 2)
        ]


def test_days_are_those_of_the_catalogue() -> None:
    wanted = audit_filter(CATALOGUE, "2025-05-01", "2025-05-02T00:00:00Z", "a\0", None, "access")
    assert wanted == AuditFilter(
        at("2025-05-01 00:00").astimezone(UTC),
        datetime(2025, 5, 2, tzinfo=UTC),
        "a",
        None,
        "access",
    )
