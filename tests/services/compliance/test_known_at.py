"""Figures as they were known on a day are those of a system that had only what was recorded by its end.

The expectation is another system, given the events recorded by then and the time of that day.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.compliance.explanations import ExplanationStore
from services.compliance.projection import recounting
from services.compliance.projection.tables import known_cycles, measured_cycles
from shared.domain.events import Event
from shared.text import Text
from tests.builders import at, decided, received, voided
from tests.services.compliance.board.browsing import sheet
from tests.services.compliance.test_one_answer import lives
from tests.services.world import Site, World, site, world

FIRST, LAST = date(2026, 8, 17), date(2026, 11, 26)
"""The system works each day between these."""
PERIODS = ("fiscal-year", "month", "rolling-90", "2026-Q3", "2026-09", "2025-2026")
FORMS = ("csv", "md")
STANDARDS = ("caq-etudes", "courriel", "telephone", "peq")


def evening(day: date) -> str:
    return f"{day} 23:30"


def told_by(events: Sequence[Event], day: date) -> list[Event]:
    return [one for one in events if one.recorded_at <= at(evening(day))]


@asynccontextmanager
async def opened(folder: Path, now: str) -> AsyncIterator[tuple[World, Site]]:
    folder.mkdir()  # noqa: ASYNC240 — nothing else is at work yet
    async with world(folder, now) as known, site(known) as web:
        yield known, web


async def live_daily(known: World, events: Sequence[Event]) -> None:
    told, day = 0, FIRST
    while day <= LAST:
        upto = told_by(events, day)
        await known.live(*upto[told:], until=evening(day))
        told, day = len(upto), day + timedelta(days=1)


async def figures(web: Site, **then: str) -> dict[str, Any]:
    """Every answer that can be asked as it was known."""
    said: dict[str, Any] = {}
    for period in PERIODS:
        for basis in ("decided", "due"):
            answer = await web.json("/v1/attainment", period=period, basis=basis, by="unit", **then)
            said[f"{period} {basis}"] = [
                answer["first"],
                answer["last"],
                *without_empty(answer["rows"]),
            ]
        delays = await web.json("/v1/delays", period=period, by="unit", **then)
        said[f"{period} delays"] = delays["rows"]
    report = await web.json("/v1/report", by="unit", **then)
    said["report"] = [report["today"], *without_empty(report["rows"])]
    for standard in STANDARDS:
        for basis in ("decided", "due"):
            for part in ("numerator", "late"):
                said[f"{standard} {basis} {part}"] = await files(
                    web, standard=standard, basis=basis, part=part, **then
                )
    return said


def without_empty(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Units that have no file may have a row of zeros, or none."""
    kept = [row for row in rows if row["unit"] is None or row["measured"] or row.get("open")]
    return sorted(kept, key=lambda row: (row["standard"] or "", row["unit"] or ""))


async def delay_lines(web: Site, query: dict[str, str]) -> list[tuple[str, str]]:
    """How many files were on time, by their delay: of all units, then of each."""
    lines = sheet(await web.get("/attainment/delays.csv", **query))
    return [(line["Délai (jours ou secondes)"], line["Net, dans le délai"]) for line in lines]


async def files(web: Site, **query: str) -> list[dict[str, Any]]:
    """A whole list, in pages of seven."""
    rows: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        answer = await web.json("/v1/attainment/files", limit=7, **query, **after)
        rows += answer["files"]
        if not answer["next"]:
            return rows
        after = {"after": answer["next"]}


@pytest.mark.parametrize("seed", [3, 4])
async def test_known_at_is_a_replay_of_what_was_recorded_by_then(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    events = sorted(lives(chance, 120), key=lambda event: event.recorded_at)
    days = [FIRST + timedelta(days=n) for n in (0, 14, 45, 75, 100)]
    async with opened(tmp_path / "all", evening(FIRST)) as (known, web):
        await live_daily(known, events)
        said = {day: await figures(web, known_at=day.isoformat()) for day in days}
        assert said[days[-1]] != await figures(web)
        await known.embedded.reset_computed()
        await known.live()
        for day in days:
            assert await figures(web, known_at=day.isoformat()) == said[day], "after a rebuild"
    for day in days:
        async with opened(tmp_path / str(day), evening(day)) as (known, web):
            await known.live(*told_by(events, day))
            expected = await figures(web)
            for name, answer in expected.items():
                assert said[day][name] == answer, (day, name)


async def test_a_decision_recorded_late_and_one_taken_back(tmp_path: Path) -> None:
    async with opened(tmp_path / "w", "2026-09-01 12:00") as (known, web):
        await known.live(received("A", "2026-09-01 09:00"), received("B", "2026-09-01 09:00"))
        await known.live(
            decided("B", "2026-09-10 09:00", named="mistake"), until="2026-09-10 12:00"
        )
        await known.live(
            decided("A", "2026-09-11 09:00", recorded="2026-10-05 09:00"), until="2026-10-05 12:00"
        )
        await known.live(voided("B", "2026-10-20 09:00", "mistake"), until="2026-10-20 12:00")

        async def on(day: str | None) -> tuple[int, list[str]]:
            query: dict[str, Any] = {"standard": "caq-etudes", "period": "2026-09"}
            query |= {"known_at": day} if day else {}
            row = (await web.json("/v1/attainment", **query))["rows"][0]
            listed = await files(web, part="denominator", **query)
            return row["measured"], [one["file_id"] for one in listed]

        assert await on("2026-09-09") == (0, [])
        assert await on("2026-09-30") == (1, ["B"])
        assert await on("2026-10-05") == (2, ["B", "A"])
        assert await on("2026-10-20") == await on(None) == (1, ["A"])


async def test_a_file_that_arrives_with_its_decision_is_unknown_before(tmp_path: Path) -> None:
    """Of a file of which nothing was known its name alone is kept, also through what follows."""
    async with opened(tmp_path / "w", "2026-10-05 12:00") as (known, web):
        story = (
            received("A", "2026-09-01 09:00", recorded="2026-10-05 09:00"),
            decided("A", "2026-09-10 09:00", recorded="2026-10-05 09:00", named="first"),
        )
        await known.live(*story)
        await known.live(voided("A", "2026-10-20 09:00", "first"), until="2026-10-20 12:00")
        await known.live(
            decided("A", "2026-09-14 09:00", recorded="2026-10-22 09:00"), until="2026-10-22 12:00"
        )
        async with known.embedded.database.reading() as connection:
            kept = await connection.exec_driver_sql("SELECT known_on, files FROM known_files")
            assert [tuple(row) for row in kept] == [(date(2026, 10, 5).toordinal(), '["A"]')]

        async def on(day: str) -> tuple[int | None, list[int]]:
            query = {"standard": "caq-etudes", "period": "2026-09", "known_at": day}
            [row] = (await web.json("/v1/delays", **query))["rows"]
            return row["net"]["median"], [one["counted"] for one in await files(web, **query)]

        for rebuilt in (False, True):
            assert await on("2026-10-04") == (None, [])
            assert await on("2026-10-05") == await on("2026-10-19") == (6, [6])
            assert await on("2026-10-20") == (None, [])
            assert await on("2026-10-22") == (8, [8])
            if not rebuilt:
                await known.embedded.reset_computed()
                await known.live()
                await known.embedded.note_recount(known.now)


async def test_explanations_are_those_written_by_then(tmp_path: Path) -> None:
    async with opened(tmp_path / "w", "2026-05-04 12:00") as (known, web):
        store = ExplanationStore(known.embedded.database)
        versions = (
            ("2026-05-04 23:59:59", "Premier."),
            ("2026-05-06 00:00:00", "Deuxième."),
            ("2026-05-08 09:00", ""),
        )
        for number, (moment, words) in enumerate(versions):
            await store.write(
                "2025-2026",
                "caq-etudes",
                Text(words, ""),
                after=number,
                by="director",
                at=at(moment),
            )
        await known.live(until="2026-06-01 12:00")
        said = (
            ("2026-05-03", None, "staff"),
            ("2026-05-04", "Premier.", "staff"),
            ("2026-05-05", "Premier.", "public"),
            ("2026-05-07", "Deuxième.", "staff"),
            ("2026-05-08", None, "public"),
        )
        for day, text, audience in said:
            query = {"fiscal_year": "2025-2026", "audience": audience, "known_at": day}
            answer = await web.json("/v1/report", **query)
            found = {one["standard"]: one["fr"] for one in answer.get("explanations", [])}
            assert found == ({"caq-etudes": text} if text else {}), day
            page = (await web.get("/report", **query)).text
            then = page[page.index('aria-labelledby="known"') :].partition("</section>")[0]
            assert ("Explication connue alors" in then) == bool(text), "now there is none"
            for form in (then, *[(await web.get(f"/report.{one}", **query)).text for one in FORMS]):
                for version in ("Premier.", "Deuxième."):
                    assert (version in form) == (version == text), (day, version)


async def test_what_an_earlier_program_counted_is_not_known(tmp_path: Path) -> None:
    async with opened(tmp_path / "w", "2026-09-01 12:00") as (known, web):
        await known.live(received("A", "2026-09-01 09:00"), until="2026-09-20 12:00")
        async with known.embedded.database.transaction() as connection:
            began = date(2026, 9, 10).toordinal()
            await connection.exec_driver_sql(f"INSERT INTO known_since (began_on) VALUES ({began})")
        for path in ("/v1/attainment", "/v1/report"):
            assert await web.refused(path, known_at="2026-09-09") == (422, "not-known-then")
            assert (await web.get(path, known_at="2026-09-10")).status_code == 200
            assert (await web.get(path, known_at="2030-01-01")).status_code == 200


async def test_what_a_rebuild_changes_is_known_on_its_day(tmp_path: Path) -> None:
    async with opened(tmp_path / "w", "2026-09-01 12:00") as (known, web):
        await known.live(
            received("A", "2026-09-01 09:00"),
            decided("A", "2026-09-10 09:00"),
            until="2026-09-10 12:00",
        )
        async with known.embedded.database.transaction() as connection:
            for change in (
                "UPDATE tallies SET files = 5 WHERE basis = 'decided'",
                "UPDATE measured_cycles SET outcome = 'late'",
            ):
                await connection.exec_driver_sql(change)

        async def on(day: str) -> tuple[int, int]:
            query = {"standard": "caq-etudes", "period": "2026-09", "known_at": day}
            row = (await web.json("/v1/attainment", **query))["rows"][0]
            return row["measured"], len(await files(web, part="late", **query))

        await known.live(until="2026-10-02 12:00")
        assert await on("2026-10-01") == (5, 1)
        await known.embedded.reset_computed()
        await known.live()
        await known.embedded.note_recount(known.now)
        await known.live(until="2026-10-05 12:00")
        assert await on("2026-10-01") == (5, 1)
        assert await on("2026-10-02") == await on("2026-10-04") == (1, 0)


async def test_the_pages_show_what_was_known_beside_what_is_known_now(tmp_path: Path) -> None:
    async with opened(tmp_path / "w", "2026-03-02 12:00") as (known, web):
        await known.live(
            received("A", "2026-03-02 09:00"),
            decided("A", "2026-03-10 09:00"),
            until="2026-03-10 12:00",
        )
        late = decided("B", "2026-03-12 09:00", recorded="2026-04-20 09:00")
        await known.live(received("B", "2026-03-02 09:00"), late, until="2026-04-20 12:00")
        query = {"standard": "caq-etudes", "period": "2025-2026", "known_at": "2026-04-10"}
        page = (await web.get("/attainment", **query)).text
        assert "Tel que connu le 10 avril 2026, et maintenant" in page
        then, now = "1 sur 1", "<strong>2 sur 2"
        section = page[page.index('aria-labelledby="known"') :]
        assert then in section and now in section
        lists = [html.unescape(one) for one in re.findall('href="(/attainment/files[^"]*)"', page)]
        of_then = [one for one in lists if "known_at=" in one]
        assert of_then and all(one in html.unescape(section) for one in of_then)
        for address, listed_files in (of_then[0], {"A"}), (lists[0], {"A", "B"}):
            text = (await web.get(address)).text
            assert set(re.findall('href="/files/([AB])"', text)) == listed_files, address
        heading = "Délais tels que connus le 10 avril 2026"
        assert heading in page and "1 décidés et mesurés" in page.partition(heading)[2]
        assert "2 décidés et mesurés" in page.partition(heading)[0]
        lines = {
            known_at: await delay_lines(web, {**query, "known_at": known_at})
            for known_at in ("", "2026-04-10")
        }
        assert lines == {"": [("6", "1"), ("8", "1")] * 2, "2026-04-10": [("6", "1")] * 2}
        listed = (await web.get("/attainment/files", **query)).text
        assert "Liste telle que connue le 10 avril 2026." in listed
        assert "/files/A" in listed and "/files/B" not in listed
        sheet = (await web.get("/attainment.json", **query)).json()
        assert (sheet["today"], sheet["rows"][0]["measured"]) == ("2026-04-10", 1)
        report = {"fiscal_year": "2025-2026", "known_at": "2026-04-10"}
        page = (await web.get("/report", **report)).text
        section = page[page.index('aria-labelledby="known"') :]
        assert then in section and now in section
        api = await web.json("/v1/report", **report)
        assert api == (await web.get("/report.json", **report)).json()
        public = (await web.get("/report", **report, audience="public")).text
        assert "Tel que connu le" in public
        assert (await web.get("/attainment", known_at="yesterday")).status_code == 422


async def test_a_rebuild_compares_each_cycle_with_its_own(tmp_path: Path) -> None:
    """Comparing each with every other would take some 60 million instructions, and of a million files days."""
    columns = [column.name for column in measured_cycles.columns]
    row = ("", 1, 0, "peq", "laval", 739_000, 739_020, 739_030, "on_time", 14, 14)
    cycles = [(f"F-{number:05}", *row) for number in range(3_000)]
    async with (
        opened(tmp_path / "data", evening(LAST)) as (known, _),
        known.embedded.database.transaction() as connection,
    ):
        await connection.execute(
            measured_cycles.insert(), [dict(zip(columns, cycle, strict=True)) for cycle in cycles]
        )
        await recounting.begin_recount(connection, {})
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.set_progress_handler(lambda: 1, 2_000_000)  # ends a statement that takes more
        await recounting.end_recount(connection, LAST)
        await driver.set_progress_handler(None, 0)
        stored = await connection.execute(known_cycles.select())
        assert stored.all() == []
