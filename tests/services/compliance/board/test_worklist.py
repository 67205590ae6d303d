"""The worklist: everything open, once, soonest breach first, whatever is chosen; and live."""

from __future__ import annotations

import asyncio
import re
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.compliance.board import worklist_rows
from services.compliance.board.live import Live, View
from services.compliance.board.pages.worklist import WORDS as WORKLIST
from services.compliance.board.pages.worklist import (
    WorklistListing,
    WorklistSelection,
    worklist_listing,
)
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
from services.compliance.projection.listing_key import WORKLIST_STAGES
from shared.http.credentials import Principal
from tests.builders import CATALOGUE, ZONE, answered, decided, received, requested
from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.world import Site, World, site, world

EVERYBODY = Principal("all", frozenset({"read"}), frozenset(), None)
STANDARDS = ("courriel", "caq-etudes", "peq")
UNITS = ("montreal", "laval", "estrie")


async def many(known: World) -> None:
    """Thirty-six files of three standards and units, received on twelve days; some wait, some are decided."""
    events: list[Any] = []
    for number in range(36):
        name = f"F-{number:02}"
        day = f"2025-0{4 - number % 3}-{1 + number % 12:02}"
        events.append(
            received(
                name, f"{day} 10:00", standard=STANDARDS[number % 3], unit=UNITS[number // 3 % 3]
            )
        )
        if number % 5 == 0:
            events.append(requested(name, f"{day} 11:00"))
        if number % 7 == 0:
            events.append(decided(name, f"{day} 15:00"))
    await known.live(*events)


async def names(board: Board, choice: WorklistSelection, files: int = 50) -> list[str]:
    """Every file of a choice, page after page."""
    found = await worklist_listing(board, choice, EVERYBODY, files)
    read = [row.file_id for row in found.rows]
    while found.following:
        found = await worklist_listing(
            board, choice._replace(after=found.following), EVERYBODY, files
        )
        read += [row.file_id for row in found.rows]
    return read


def board_of(known: World) -> Board:
    return Board(known.embedded.compliance, CATALOGUE, known.now)


async def open_files(web: Site, **query: str) -> list[dict[str, Any]]:
    """What the clock lists, which reads other tables."""
    found: list[dict[str, Any]] = (await web.json("/v1/files", limit=500, **query))["files"]
    return found


async def test_every_choice_lists_what_the_clock_lists(tmp_path: Path) -> None:
    choices = (("", *STANDARDS), ("", *UNITS), ("", *WORKLIST_STAGES), ("", "yes", "no"))
    async with world(tmp_path, "2025-04-20") as known, site(known) as web:
        await many(known)
        late = [one["file_id"] for one in await open_files(web, stage="overdue")]
        await known.live(*(requested(name, "2025-04-19 11:00") for name in late[::2]))
        board = board_of(known)
        everything = {one["file_id"]: one for one in await open_files(web)}
        assert len(everything) == 30
        for standard, unit, stage, waiting in product(*choices):
            read = await names(board, WorklistSelection(standard, unit, stage, waiting), 4)
            wanted = {
                name: value
                for name, value in (("standard", standard), ("unit", unit), ("stage", stage))
                if value
            }
            assert sorted(read) == sorted(
                one["file_id"]
                for one in await open_files(web, **wanted)
                if not waiting or (one["cycle"]["status"] == "waiting") == (waiting == "yes")
            ), (wanted, waiting)
            breaches = [everything[name]["cycle"]["breaches_at"] or "9999" for name in read]
            assert breaches == sorted(breaches)
        both = await names(board, WorklistSelection("", "", "overdue", "yes"), 4)
    assert len(both) > 2


async def test_what_remains_is_what_the_live_counter_says(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-04-20") as known, site(known) as web:
        await many(known)
        await known.live(
            requested("F-01", "2025-04-18 10:00"), answered("F-01", "2025-04-19 10:00")
        )
        found = await worklist_listing(board_of(known), WorklistSelection("", "", ""), EVERYBODY)
        counters = {one["file_id"]: one["cycle"] for one in await open_files(web)}
        compared = 0
        for row in found.rows:
            if row.remaining is not None:
                assert row.remaining.days == counters[row.file_id]["remaining"], row
                compared += 1
            due = row.due_on.isoformat() if row.due_on else None
            assert due == counters[row.file_id]["due_on"]
    assert compared > 15


async def test_the_page_its_csv_and_its_links_say_the_same(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-04-20") as known, site(known) as web:
        await many(known)
        chosen = {"standard": "courriel", "stage": "overdue"}
        page = (await shown(web, "/worklist", **chosen)).text
        told = await shown(web, "/worklist.csv", **chosen)
    listed_on_page = re.findall(r'<tr id="row-([^"]+)"', page)
    rows = sheet(told)
    assert [row["Dossier"] for row in rows] == listed_on_page != []
    assert {row["Engagement (code)"] for row in rows} == {"courriel"}
    assert '<option value="courriel" selected>' in page
    assert "/worklist.csv?standard=courriel&amp;stage=overdue" in page


async def test_a_reader_sees_own_units_only(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-04-20") as known, site(known) as web:
        await many(known)
        token = web.units_token("laval")
        mine = await open_files(web, unit="laval")
        page = (await shown(web, "/worklist", token=token)).text
        told = (await shown(web, "/worklist.csv", token=token)).text
        other = (await shown(web, "/worklist", token=token, unit="montreal")).text
    assert sorted(re.findall(r'<tr id="row-([^"]+)"', page)) == sorted(
        one["file_id"] for one in mine
    )
    assert told.count("\n") == len(mine) + 1 and "montreal" not in told
    assert '<option value="montreal"' not in page
    assert "Aucun dossier ouvert ne répond à ce choix." in words(other)


@pytest.mark.parametrize(
    "query",
    [
        {"standard": "' OR 1=1 --"},
        {"unit": "<script>alert(1)</script>"},
        {"stage": "overdue'; DROP TABLE tallies; --"},
        {"after": "1~2~3"},
        {"after": "9999999999999999999999~F"},
        {"after": "x" * 10_000},
        {"standard": "x" * 10_000},
        {"unit": "\u202e\ud7ff\U0001f4a9"},
    ],
)
async def test_hostile_filters_change_nothing_and_show_as_text(
    tmp_path: Path, query: dict[str, str]
) -> None:
    async with world(tmp_path, "2025-04-20") as known, site(known) as web:
        await many(known)
        answer = await shown(web, "/worklist", **query)
        after = await shown(web, "/worklist")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script>" not in answer.text and "Retour aux engagements" in answer.text
    assert after.text.count("<tr id=") == 30


async def test_a_change_reaches_who_watches_once_for_all(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-04-20") as known:
        await many(known)
        board = board_of(known)
        live = Live(board)
        translator = Translator("fr", WORKLIST, ZONE)

        async def seen() -> Any:
            return await worklist_listing(board, WorklistSelection("", "", ""), EVERYBODY)

        def changes(before: WorklistListing, after: WorklistListing) -> int:
            return worklist_rows.changed_rows(before.rows, after.rows)

        followers = [
            live.follow(View("everything", seen, translator, "worklist_rows.html", changes=changes))
            for _ in range(20)
        ]
        firsts = [await anext(one) for one in followers]
        assert set(firsts) == {": watching\n\n"}
        async with asyncio.timeout(10):
            assert all(["F-34" in await anext(one) for one in followers])
            await known.live(decided("F-34", "2025-04-19 09:00"))
            told = [await anext(one) for one in followers]
        assert all("F-34" not in one and "1 dossier a changé" in one for one in told)
        assert live.renderings == 2
        for one in followers:
            await one.aclose()


async def test_the_stream_is_refused_for_what_does_not_exist(tmp_path: Path) -> None:
    async with world(tmp_path) as known, site(known) as web:
        answer: httpx.Response = await shown(web, "/worklist/stream", standard="nothing")
    assert answer.status_code == 404
