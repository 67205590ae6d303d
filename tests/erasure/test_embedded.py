"""The embedded system forgets: by its publisher, its operator, its catalogue; bytes are searched, figures compared."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from echeance.erasure.cleaning import Cleaning
from echeance.system.directory_copy import directory_copy
from services.clock.dead_letter_index.tables import dead_letters
from services.clock.tables import clock_files
from services.compliance.explanations.tables import explanations
from shared.audit.chain import Chain
from shared.audit.record import decode_record
from shared.audit.store import AuditStore
from shared.audit.tables import audit_records
from shared.database.engine import Database
from shared.domain.events import Event, Voided, encode
from shared.erasure.store import MEASURED_ANEW, ErasureStore, NoteOfErasure, unlink
from shared.erasure.tables import erasures
from shared.log.ports import FILE_EVENTS
from shared.log.sqlite import log_records
from tests.builders import SOURCE, at, decided, members, received, requested, revised, voided
from tests.echeance.command import done, told
from tests.erasure.forgotten import files_naming, forgotten
from tests.services.compliance.test_known_at import FIRST, LAST, evening, figures, told_by
from tests.services.compliance.test_one_answer import lives
from tests.services.world import Site, World, site, world

DAYS = [FIRST + timedelta(days=n) for n in (0, 45, 100)]


def under_telling_names(events: Sequence[Event]) -> list[Event]:
    """The same lives under identifiers that stand in no other bytes."""
    return [_renamed(event) for event in events]


def _renamed(event: Event) -> Event:
    def name(old: str) -> str:
        return old.replace("F-", "Dossier-Secret-")

    changed = replace(event, file_id=name(event.file_id), id=name(event.id))
    if isinstance(changed, Voided):
        return replace(changed, data=replace(changed.data, event_id=name(changed.data.event_id)))
    return changed


async def live_weekly(known: World, events: Sequence[Event]) -> None:
    told, day = 0, FIRST
    while day <= LAST:
        upto = told_by(events, day)
        await known.live(*upto[told:], until=evening(day))
        told, day = len(upto), day + timedelta(days=7)


async def every_figure(web: Site) -> dict[str, Any]:
    """Every figure, now and as it was known, and lists without the files that are to be forgotten."""
    said: dict[str, Any] = {"now": await figures(web)}
    for day in DAYS:
        said[str(day)] = await figures(web, known_at=day.isoformat())
    for path in ("/v1/stops", "/v1/anomalies", "/v1/workload", "/v1/changes", "/v1/reach"):
        answer = await web.get(path)
        assert answer.status_code in (200, 404, 422), (path, answer.text)
        said[path] = answer.json() if answer.status_code == 200 else None
    return said


def without(said: dict[str, Any], gone: frozenset[str]) -> dict[str, Any]:
    """Answers without the rows of some files."""

    def pruned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: pruned(one) for key, one in value.items()}
        if isinstance(value, list):
            return [
                pruned(one)
                for one in value
                if not (isinstance(one, dict) and one.get("file_id") in gone)
            ]
        return value

    pruned_answers: dict[str, Any] = pruned(said)
    return pruned_answers


async def ended(database: Database) -> list[str]:
    query = select(clock_files.c.file_id).where(clock_files.c.breaches_at.is_(None))
    async with database.reading() as connection:
        return sorted((await connection.execute(query)).scalars())


async def explain(database: Database, words: str) -> None:
    row = {"fiscal_year": "2026-2027", "standard": "caq-etudes", "version": 1, "written_at": 0}
    async with database.transaction() as connection:
        values = {**row, "written_by": "a", "fr": words, "en": words}
        await connection.execute(explanations.insert().values(**values))


async def posted(web: Site, token: str, event: dict[str, Any]) -> int:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/cloudevents+json"}
    answer = await web.client.post("/v1/events", content=json.dumps(event), headers=headers)
    return answer.status_code


async def test_what_is_forgotten_stands_in_no_byte_and_every_figure_is_as_before(
    tmp_path: Path,
) -> None:
    chance = random.Random(5)
    events = under_telling_names(sorted(lives(chance, 90), key=lambda one: one.recorded_at))
    data = tmp_path / "data"
    data.mkdir()
    async with world(data, evening(FIRST)) as known, site(known) as web:
        await live_weekly(known, events)
        await known.live(until=evening(LAST))
        some = (await ended(known.embedded.database))[::2]
        assert len(some) > 12
        gone = frozenset(some)
        names = sorted({one.id for one in events if one.file_id in gone} | gone)
        # A dead letter of a file, one of another's that names a file, and an explanation.
        first = next(one for one in events if one.file_id == some[0])
        await known.append(received(some[0], "2026-01-05 09:00", named=first.id))
        await known.append(received("other", "1890-01-05 09:00", named=some[1]))
        await explain(known.embedded.database, f"Voir {some[2]}.")
        await known.live()
        assert len(await known.dead_letters()) == 2
        async for _ in known.embedded.index_letters(known.now):
            pass
        assert files_naming(data, names)
        before = without(await every_figure(web), gone)
        tallies = await known.embedded.compliance.digest()

        # The first is forgotten by its publisher, the others by an operator.
        scopes = ["publish", "forget"]
        token = web.credentials.create("cases", scopes, sources=[SOURCE], created=at("2025-04-01"))
        request = members("forgotten", some[0], at(evening(LAST)).isoformat(), {})
        assert await posted(web, web.token, request) == 403
        assert await posted(web, token, request) == 202
        await known.live(*(forgotten(one, evening(LAST)) for one in some[1:]))
        assert await known.embedded.compliance.digest() == tallies
        assert await every_figure(web) == before
        assert (await known.embedded.clean(known.now)).erased == len(gone)
        assert files_naming(data, names) == {}
        with directory_copy(data) as copy:
            assert files_naming(copy, names) == {}
        for file_id in some:
            assert (await web.get(f"/v1/files/{file_id}")).status_code == 404
        assert "~" not in (await web.get("/v1/alerts", limit=200)).text
        assert await every_figure(web) == before

        # What is repeated does not come back, and is erased as well.
        await known.live(*(one for one in events if one.file_id in gone))
        assert await known.embedded.compliance.digest() == tallies
        assert (await known.embedded.clean(known.now)).erased == len(gone)
        assert files_naming(data, names) == {}

        await known.embedded.reset_computed()
        await known.live()
        assert await known.embedded.compliance.digest() == tallies
        assert await every_figure(web) == before
    exported = tmp_path / "export.csv"
    variables = {"ECHEANCE_PARTITIONS": "2", "ECHEANCE_DATA": str(data)}
    command = ("export", "csv", "--to", exported, "--data", data)
    await asyncio.to_thread(done, *command, variables=variables)
    assert not any(name in exported.read_text() for name in names)


async def test_an_open_file_and_another_sources_are_not_forgotten(tmp_path: Path) -> None:
    async with world(tmp_path, "2026-06-01 12:00") as known:
        await known.live(received("A", "2026-05-04 09:00"), received("B", "2026-05-04 09:00"))
        await known.live(decided("B", "2026-05-05 09:00"))
        stranger = forgotten("B", "2026-06-01 12:00", source="urn:stranger")
        await known.live(
            forgotten("A", "2026-06-01 12:00", source=SOURCE),
            stranger,
            forgotten("C", "2026-06-01 12:00", source=SOURCE),
        )
        details = {one.key.decode(): one.detail for one in await known.dead_letters()}
        assert details == {
            "A": "the file has not ended: decide, withdraw or void it first",
            "B": "the file does not belong to this source",
            "C": "there is no such file",
        }
        tallies = await known.embedded.compliance.digest()
        # Decided since: the old request stays refused when the log is read again.
        await known.live(decided("A", "2026-06-01 12:00", named="late"), until="2026-06-02 12:00")
        assert await known.embedded.compliance.digest() != tallies
        await known.embedded.reset_computed()
        await known.live()
        assert await ended(known.embedded.database) == ["A", "B"]


async def test_a_file_named_like_what_others_write_takes_nothing_of_theirs(tmp_path: Path) -> None:
    """Whoever may forget chooses the identifier of a file that it opens and ends."""
    theirs = received("Other-2026-1", "1890-01-05 09:00", named="permit-2026-1")  # not countable
    names = [theirs.id, SOURCE, "org.echeance.file.received.v1", "1890-01-05T14:00:00Z"]
    async with world(tmp_path, "2026-06-01 12:00") as known:
        await known.live(theirs)
        unreadable = b'{"broken": "permit-2026-1"}'
        await known.append_raw(("Other-2026-1", unreadable))
        for name in names:
            mine = received(name, "2026-05-04 09:00"), decided(name, "2026-05-05 09:00")
            await known.live(*(replace(one, source="urn:hostile") for one in mine))
        kept = await known.dead_letters()
        async for _ in known.embedded.index_letters(known.now):
            pass
        await known.live(
            *(forgotten(name, "2026-06-01 12:00", source="urn:hostile") for name in names)
        )
        cleaning = await known.embedded.clean(known.now)
        assert cleaning == (len(names), 0, 2, 0)
        assert await known.dead_letters() == kept
        async with known.embedded.database.reading() as connection:
            values = (await connection.execute(select(log_records.c.value))).scalars().all()
            indexed = (await connection.execute(select(dead_letters.c.event_id))).scalars().all()
        assert values.count(encode(theirs)) == values.count(unreadable) == 1
        assert indexed == [theirs.id]


async def test_a_file_to_forget_without_a_row_waits_and_the_clock_goes_on(tmp_path: Path) -> None:
    async with world(tmp_path, "2026-06-01 12:00", partitions=1) as known:
        note = NoteOfErasure.decided("Lost-1", "~lost", "operator", 0)
        async with known.embedded.database.transaction() as connection:
            await connection.execute(erasures.insert().values(**note.row(0)))
        await known.live(received("A", "2026-05-04 09:00"))
        assert (await known.last("A")).file_id == "A"
        assert [stage for stage, _ in await ErasureStore(known.embedded.database).unfinished()] == [
            "decided"
        ]


async def test_audit_records_that_cannot_be_read_end_no_cleaning_and_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path, "2026-06-01 12:00") as known:
        await known.live(received("Gone-1", "2026-05-04 09:00"), decided("Gone-1", "2026-05-05"))
        lines = [b'{"file":"Gone-1"', b"\xff Gone-1", about("Gone-1")]
        columns = {"partition": 0, "at": 0, "kind": "read", "name": "a", "file_id": "Gone-1"}
        rows = [{**columns, "offset": place, "line": line} for place, line in enumerate(lines)]
        async with known.embedded.database.transaction() as connection:
            await connection.execute(audit_records.insert(), rows)
        await known.live(forgotten("Gone-1", "2026-06-01 12:00"))
        assert await known.embedded.clean(known.now) == Cleaning(erased=1, unreadable=2)
        store = AuditStore(known.embedded.database)
        faults = (await store.verify([])).faults
        assert [(one.kind, one.seq) for one in faults if one.kind == "unreadable"] == [
            ("unreadable", 1),
            ("unreadable", 2),
        ]
    assert "2 audit records of forgotten files cannot be read" in caplog.text
    assert files_naming(tmp_path, ["Gone-1"]) == {}


def about(file_id: str) -> bytes:
    """An audit record of a request for a file."""
    members: dict[str, Any] = {"at": at("2026-06-01 12:00"), "kind": "access", "by": "token"}
    return Chain("w").seal(**members, file=file_id, salt="s")


async def test_what_is_asked_again_or_was_not_read_stays_to_be_done(tmp_path: Path) -> None:
    async with world(tmp_path, "2026-06-01 12:00", partitions=1) as known:
        await known.live(received("Gone-1", "2026-05-04 09:00"), decided("Gone-1", "2026-05-05"))
        await known.live(forgotten("Gone-1", "2026-06-01 12:00"))
        store = ErasureStore(known.embedded.database)
        read = await store.at_stage(MEASURED_ANEW, 10)
        later = update(erasures).values(requested_at=erasures.c.requested_at + 1)
        async with known.embedded.database.transaction() as connection:
            await connection.execute(later)
            await unlink(connection, read)
        assert len(await store.at_stage(MEASURED_ANEW, 10)) == 1
        # The clock has not read this repetition yet, which it is to count.
        await known.append(received("Gone-1", "2026-05-04 09:00"))
        assert (await known.embedded.clean(known.now)).erased == 1
        [left] = [one for one in await known.records(FILE_EVENTS) if one.key == b"Gone-1"]
        assert left.value
        await known.live()
        assert await store.at_stage(MEASURED_ANEW, 10, repeats=False) == []
        assert (await known.embedded.clean(known.now)).erased == 1
        assert files_naming(tmp_path, ["Gone-1"]) == {}


async def test_a_file_opened_by_mistake_is_voided_then_forgotten(tmp_path: Path) -> None:
    async with world(tmp_path, "2026-06-01 12:00") as known:
        await known.live(received("Mistake-1", "2026-05-04 09:00", named="Mistake-1/r"))
        await known.live(
            voided("Mistake-1", "2026-06-01 11:00", "Mistake-1/r", named="Mistake-1/v"),
            forgotten("Mistake-1", "2026-06-01 12:00", source=SOURCE),
        )
        assert await known.dead_letters() == []
        assert (await known.embedded.clean(known.now)).erased == 1
        assert files_naming(tmp_path, ["Mistake-1"]) == {}
        async with known.embedded.database.reading() as connection:
            [row] = (await connection.execute(select(erasures))).all()
        assert (row.file_id, row.pseudonym, row.stage) == (None, None, "erased")
        assert (row.requested_by, row.erased_at is not None) == ("publisher", True)


async def test_events_at_one_instant_keep_their_order_and_requests_their_answers(
    tmp_path: Path,
) -> None:
    """What happens at one instant happens in the order of identifiers, which are new."""
    events = [
        received("A", "2026-05-04 09:00"),
        requested("A", "2026-05-05 09:00", request_id="z", named="b"),
        requested("A", "2026-05-05 09:00", request_id="a", named="a"),
        decided("A", "2026-05-11 09:00", "refused", named="y"),
        decided("A", "2026-05-11 09:00", "accepted", named="x"),
    ]
    async with world(tmp_path, "2026-06-01 12:00", partitions=1) as known:
        await known.live(*events)
        before = await known.last("A")
        await known.live(forgotten("A", "2026-06-01 12:00"))
        after = (await known.published())[-1]
        assert after.file_id.startswith("~")
        assert after.cycles == before.cycles
        reasons = [(one.source, one.reason) for one in before.anomalies]
        assert [(one.source, one.reason) for one in after.anomalies] == reasons


RETENTION = ("standards:\n", "retention: {after_end: {years: 7}}\nstandards:\n")


async def test_the_catalogue_forgets_what_ended_years_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = revised(2, RETENTION)
    files = [f"Old-{number:04}" for number in range(30)]
    begun = [received(one, "2019-05-06 09:00") for one in files]
    done_ = [decided(one, "2019-05-07 09:00") for one in files[:20]]
    recent = [received("New-1", "2025-05-05 09:00"), decided("New-1", "2025-05-06 09:00")]
    async with world(tmp_path, "2026-05-07 12:00", catalogue=kept) as known:
        await known.live(*begun, *done_, *recent)
        assert len(await ended(known.embedded.database)) == 21  # 7 years are over tomorrow
        tallies = await known.embedded.compliance.digest()
    variables = {"ECHEANCE_PARTITIONS": "2", "ECHEANCE_LANGUAGE": "en"}
    due = ("forget", "--due", "--data", tmp_path)
    listed = await asyncio.to_thread(done, *due, variables=variables)
    assert listed.splitlines()[20:] == ["due: 20"]
    monkeypatch.setattr(import_module("echeance.cli.records.forget"), "_MOST_LISTED", 5)
    listed = await asyncio.to_thread(done, *due, variables=variables)
    assert listed.splitlines()[5:] == ["the first 5 are listed", "due: 20"]
    async with world(tmp_path, "2026-05-08 12:00", catalogue=kept) as known:
        await known.live()  # asks the log, which is read on
        await known.live()
        left = await ended(known.embedded.database)
        assert [one for one in left if not one.startswith("~")] == ["New-1"]
        assert len(left) == 21
        assert await known.embedded.compliance.digest() == tallies
        assert (await known.embedded.clean(known.now)).erased == 20
        assert files_naming(tmp_path, files[:20]) == {}
        async with known.embedded.database.reading() as connection:
            asked = set((await connection.execute(select(erasures.c.requested_by))).scalars())
        assert asked == {"retention"}
    async with world(tmp_path, "2026-05-08 12:00", catalogue=kept) as known:
        store = AuditStore(known.embedded.database)
        told = [decode_record(line) async for line in store.lines()]
        assert [(one.kind, one.by, one.what, dict(one.detail)) for one in told] == [
            ("change", "process", "files_forgotten", {"requested_by": "retention", "files": 20}),
            ("closed", "process", "", {}),
        ]
        assert (await store.verify((await store.heads()).items())).faults == []


async def test_the_command_says_what_goes_asks_and_erases(tmp_path: Path) -> None:
    async with world(tmp_path, "2026-06-01 12:00") as known:
        await known.live(received("Ended-1", "2026-05-04 09:00"), decided("Ended-1", "2026-05-05"))
        await known.live(received("Open-1", "2026-05-04 09:00"))
        tallies = await known.tallies("decided")
    variables = {"ECHEANCE_PARTITIONS": "2", "ECHEANCE_LANGUAGE": "en"}

    async def ran(how: Any, *arguments: str, **more: Any) -> str:
        command = ("forget", *arguments, "--data", tmp_path)
        said: str = await asyncio.to_thread(how, *command, variables=variables, **more)
        return said

    assert "Open-1 has not ended" in await ran(told, "Open-1", "--yes")
    assert "identifies no file" in await ran(told, "not one", "--yes")
    assert "nothing is changed" in await ran(done, "Ended-1", given="n\n")
    said = await ran(done, "Ended-1", given="y\n")
    assert "Ended-1: 2 events of 1 source(s)" in said
    assert "Ended-1 is forgotten and erased." in said
    assert files_naming(tmp_path, ["Ended-1"]) == {}
    assert "is forgotten already" in await ran(done, "Ended-1", "--yes")
    async with world(tmp_path, "2026-06-01 12:00") as known:
        await known.live()
        assert await known.tallies("decided") == tallies == {"on_time": 1}
