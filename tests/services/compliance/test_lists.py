"""The lists behind the figures, what is open, and who may see which; and that PostgreSQL says what SQLite says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from httpx import ASGITransport, AsyncClient

from services.compliance.api import routes as api
from services.compliance.board import annual
from services.compliance.projection.store import ComplianceStore
from services.compliance.projection.worker import ComplianceWorker
from shared.database.engine import Database
from shared.database.migrations import migrate
from shared.http.application import create_application
from shared.log.ports import FILE_CLOCKS, Batch
from tests.builders import CATALOGUE, decided, received, requested, voided, withdrawn
from tests.services.compliance.lives import TODAY, lived
from tests.services.world import Site, World

FILES, OPEN = "/v1/attainment/files", "/v1/open"
MAIL = {"standard": "courriel", "period": "month"}


async def files(web: Site, **asked: Any) -> list[str]:
    return [one["file_id"] for one in (await web.json(FILES, **MAIL, **asked))["files"]]


async def test_the_files_of_a_figure_are_as_many_as_it_counts(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        assert await files(web, part="numerator") == [f"montreal-2026-11-16-{n}" for n in range(3)]
        late = ["laval-2026-11-16-0", "montreal-2026-11-16-3"]
        assert await files(web, part="late") == late
        assert len(await files(web)) == 5
        assert await files(web, part="late", basis="due") == ["overdue", *late]
        assert await files(web, unit="laval") == late[:1]


async def test_a_page_ends_where_it_is_told_and_the_next_goes_on(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        first = await web.json(FILES, **MAIL, limit=3)
        second = await web.json(FILES, **MAIL, limit=3, after=first["next"])
        assert len(first["files"]) == 3 and second["next"] is None
        assert [one["file_id"] for one in first["files"] + second["files"]] == await files(web)


async def test_a_cycle_that_is_measured_no_longer_is_listed_nowhere(tmp_path: Path) -> None:
    name = "laval-2026-11-16-0"
    taken_back = voided(name, "2026-11-20", f"{name}-received-2026-11-16T09:00")
    async with lived(tmp_path, taken_back) as (_, web):
        assert name not in await files(web) + await files(web, basis="due")


async def test_what_is_open_is_counted_by_stage_by_what_remains_and_by_wait(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        rows = {row["unit"]: row for row in (await web.json(OPEN, standard="courriel"))["rows"]}
    total = rows[None]
    assert total["stages"] == {"on_track": 1, "at_risk": 0, "critical": 1, "overdue": 1}
    assert total["remaining"] == {"overdue": 1, "0": 1, "1-2": 1, "3-5": 0, "6-10": 0, ">10": 0}
    assert (total["open"], total["waiting"]) == (3, 1)
    assert total["oldest"] == {"day": "2026-11-09", "business_days": 10}
    assert rows["laval"]["waiting_longest"] == {"day": "2026-11-20", "business_days": 1}
    assert rows["laval"]["waiting_days"] == {"0-5": 1, "6-20": 0, "21-60": 0, ">60": 0}
    assert set(rows) == {None, "montreal", "laval"}


async def test_what_remains_is_counted_to_the_day(tmp_path: Path) -> None:
    calendar = CATALOGUE.calendar("qc-legal")
    left = [0, 1, 2, 3, 5, 6, 10, 11]
    files = [
        received(f"C{days}", f"{calendar.retreat(TODAY, 20 - days)}", standard="caq-etudes")
        for days in left
    ]
    async with lived(tmp_path, *files) as (_, web):
        [row] = (await web.json(OPEN, standard="caq-etudes", unit="montreal"))["rows"]
    assert row["remaining"] == {"overdue": 0, "0": 1, "1-2": 2, "3-5": 2, "6-10": 2, ">10": 1}


async def test_what_remains_of_a_limit_in_months_is_counted_in_civil_days(tmp_path: Path) -> None:
    """Due on Sunday 29 November and on Friday 4 December: six days and eleven, of which four and nine are business days."""
    files = [received(f"P{day}", day, standard="peq") for day in ("2026-05-29", "2026-06-04")]
    async with lived(tmp_path, *files) as (_, web):
        [row] = (await web.json(OPEN, standard="peq", unit="montreal"))["rows"]
    assert {name: files for name, files in row["remaining"].items() if files} == {
        "6-10": 1,
        ">10": 1,
    }


async def test_waits_are_counted_to_the_day(tmp_path: Path) -> None:
    calendar = CATALOGUE.calendar("qc-legal")
    waits = [0, 5, 6, 20, 21, 60, 61]
    events = []
    for days in waits:
        began = f"{calendar.retreat(TODAY, days)} 09:00"
        events += [received(f"W{days}", began, standard="plainte"), requested(f"W{days}", began)]
    async with lived(tmp_path, *events) as (_, web):
        [row] = (await web.json(OPEN, standard="plainte", unit="montreal"))["rows"]
    assert row["waiting_days"] == {"0-5": 2, "6-20": 2, "21-60": 2, ">60": 1}
    assert row["waiting_longest"]["business_days"] == 61


async def test_calls_are_measured_by_three_formulas(tmp_path: Path) -> None:
    calls = []
    for number, (moment, kind) in enumerate(
        [("10:02", decided), ("10:05", decided), ("10:04", withdrawn), ("10:01", withdrawn)]
    ):
        calls += [
            received(f"T{number}", "2026-11-20 10:00", standard="telephone"),
            kind(f"T{number}", f"2026-11-20 {moment}"),
        ]
    async with lived(tmp_path, *calls) as (_, web):
        [call] = (await web.json("/v1/attainment", standard="telephone", unit="montreal"))["rows"]
        [due] = (
            await web.json("/v1/attainment", standard="telephone", unit="montreal", basis="due")
        )["rows"]
    assert {name: (told["on_time"], told["of"]) for name, told in call["formulas"].items()} == {
        "answered": (1, 2),
        "answered_or_abandoned_after_the_limit": (1, 3),
        "offered": (1, 4),
    }
    assert call["attainment"] == round(1 / 3, 6) and due["formulas"] is None


async def test_events_that_changed_nothing_are_counted_by_source_and_reason(tmp_path: Path) -> None:
    twice = decided("gone", "2026-11-18")
    async with lived(tmp_path, twice, decided("unknown", "2026-11-18")) as (_, web):
        told = (await web.json("/v1/anomalies"))["anomalies"]
        elsewhere = (await web.json("/v1/anomalies", source="https://other.example"))["anomalies"]
        laval = (await web.json("/v1/anomalies", token=web.units_token("laval")))["anomalies"]
    assert [(one["reason"], one["events"]) for one in told] == [
        ("after_end", 1),
        ("before_reception", 1),
    ]
    assert [one["reason"] for one in laval] == ["after_end"] and elsewhere == []


async def test_a_reader_of_some_units_sees_no_file_of_others(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        token = web.units_token("laval")
        assert await files(web, token=token) == ["laval-2026-11-16-0"]
        assert await files(web, token=token, unit="montreal") == []
        rows = (await web.json(OPEN, token=token, by="unit"))["rows"]
        assert {row["unit"] for row in rows} == {None, "laval"}
        assert sum(row["open"] + row["waiting"] for row in rows if row["standard"] is None) <= 2
        assert (await web.json(OPEN, token=token, unit="montreal"))["rows"] == []


REFUSED: list[tuple[str, dict[str, str], tuple[int, str]]] = [
    (FILES, {}, (422, "invalid-parameters")),
    (FILES, {"standard": "nothing"}, (404, "unknown-standard")),
    (FILES, {"standard": "courriel", "unit": "atlantis"}, (404, "unknown-unit")),
    (FILES, {"standard": "courriel", "part": "half"}, (422, "invalid-parameters")),
    (FILES, {"standard": "courriel", "after": "1~2"}, (422, "bad-cursor")),
    (FILES, {"standard": "courriel", "after": "x~F~1"}, (422, "bad-cursor")),
    (FILES, {"standard": "courriel", "after": "1~é~1"}, (422, "bad-cursor")),
    (FILES, {"standard": "courriel", "limit": "501"}, (422, "invalid-parameters")),
    (FILES, {"standard": "courriel", "after": f"{2**31}~F~1"}, (422, "bad-cursor")),
    (FILES, {"standard": "courriel", "after": f"1~F~{2**31}"}, (422, "bad-cursor")),
    ("/v1/corrections", {"after": "1~2~3"}, (422, "bad-cursor")),
    ("/v1/corrections", {"after": f"1~{2**31}~1~1"}, (422, "bad-cursor")),
    ("/v1/corrections", {"after": f"1~1~1~{2**31}"}, (422, "bad-cursor")),
    ("/v1/corrections", {"since": "yesterday"}, (422, "bad-moment")),
    ("/v1/attainment", {"by": "day"}, (422, "invalid-parameters")),
    (OPEN, {"standard": "nothing"}, (404, "unknown-standard")),
]


async def test_what_cannot_be_listed_is_refused(tmp_path: Path) -> None:
    async with lived(tmp_path) as (_, web):
        for path, asked, expected in REFUSED:
            assert await web.refused(path, **asked) == expected, (path, asked)


ADDRESSES = [
    "/v1/attainment?by=unit",
    "/v1/attainment?standard=courriel&period=rolling-90&basis=due",
    "/v1/attainment?unit=laval&period=2026-11",
    "/v1/open?by=unit",
    "/v1/attainment/files?standard=courriel&limit=3",
    "/v1/attainment/files?standard=courriel&limit=3&basis=due&part=late&unit=montreal",
    "/v1/corrections?since=2026-01-01",
    "/v1/anomalies",
    "/v1/report",
]


async def test_postgresql_answers_as_sqlite_does(tmp_path: Path, postgres_url: str) -> None:
    late = "laval-2026-10-19-0"
    more = [requested("overdue", "2026-11-20"), decided("gone", "2026-11-18")]
    async with lived(tmp_path, *more) as (known, web):
        await known.live(voided(late, "2026-11-20", f"{late}-decided-2026-10-22T15:00"))
        there = Database(postgres_url)
        await migrate(there)
        await fold(known, there)
        async with AsyncClient(
            transport=ASGITransport(over(there, known, web)),
            base_url="http://echeance",
            headers={"authorization": f"Bearer {web.token}"},
        ) as client:
            for address in ADDRESSES:
                here, elsewhere = await web.get(address), await client.get(address)
                assert elsewhere.json() == here.json(), address
                assert here.status_code == 200 and elsewhere.status_code == 200
            assert (await client.get("/v1/corrections")).json()["corrections"]
        await there.close()


def over(base: Database, known: World, web: Site) -> Any:
    async def ready() -> dict[str, Any]:
        return {}

    routes = [
        api.router(
            ComplianceStore(base),
            CATALOGUE,
            known.now,
            report_page=annual.renderer(CATALOGUE, known.now),
        )
    ]
    return create_application(routes, web.credentials, ready)


async def fold(known: World, base: Database) -> None:
    """Let another compliance read what was published, in as many steps."""
    worker = ComplianceWorker(ComplianceStore(base), CATALOGUE)
    log = known.embedded.log
    for partition in range(log.partitions):
        begins = await worker.claim(partition)
        for record in await log.read(FILE_CLOCKS, partition, begins):
            outcome = await worker.handle(
                Batch(partition, [record], record.offset + 1), known.now()
            )
            assert outcome is not None
            await worker.commit(outcome)
