"""A file of several standards: measured, listed and warned of under each, and one file in every total of files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from services.compliance.attainment import measures
from services.compliance.periods import parse_period
from services.compliance.projection import TallyScope, worklist
from services.compliance.projection.store import ComplianceStore
from services.compliance.projection.worklist import BEGINNING, WorklistFilter
from tests.builders import answered, decided, requested, voided, withdrawn
from tests.services.world import Site, World, site, world
from tests.wider_catalogue import WIDER, acknowledged, opened, transferred

RECEIVED = opened("A", "2026-03-02", "request")
"""A Monday: to be acknowledged by 9 March, and answered by 1 April."""


@pytest.fixture
async def known(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, "2026-03-03", catalogue=WIDER) as one:
        yield one


@pytest.fixture
async def web(known: World) -> AsyncIterator[Site]:
    async with site(known) as one:
        yield one


async def listed(known: World, *selected: str | None) -> list[tuple[str, str | None, str]]:
    """File, standard and stage of every open file, in the order of the worklist, one a page."""
    found: list[tuple[str, str | None, str]] = []
    after = BEGINNING
    units = [unit for unit in selected if unit is not None] or None
    while True:
        selection = WorklistFilter(None, units, None)
        page = await worklist.page(known.embedded.database, selection, after, 1)
        if not page:
            return found
        [(after, part)] = page
        found.append((part.file_id, part.standard, part.cycles[-1].stage or "waiting"))


async def open_total(web: Site) -> tuple[dict[str, int], int, int]:
    rows = (await web.json("/v1/open"))["rows"]
    row = next(row for row in rows if row["standard"] is None)
    stages = {stage: files for stage, files in row["stages"].items() if files}
    return stages, row["open"], row["waiting"]


async def totals(known: World, unit: str | None = None) -> tuple[int, int, int, int]:
    """What was received, withdrawn, closed and is open over all standards."""
    period, scope = (
        parse_period("2026-03", date(2026, 3, 31)),
        TallyScope(sorted(WIDER.standards), None, ["north", "south"]),
    )
    rows = await measures(known.embedded.database, WIDER, period, date(2026, 3, 31), scope)
    [row] = [row for row in rows if row.standard is None and row.unit == unit]
    return row.received, row.withdrawn, row.closed, row.open


async def test_the_totals_of_an_import_count_a_file_once(known: World) -> None:
    await known.live(RECEIVED, opened("B", "2026-03-02", "permit"))
    store = ComplianceStore(known.embedded.database)
    assert (await store.outcomes("received")).total() == 3
    assert (await store.files_by_outcome("received")).total() == 2
    assert (await store.files_by_outcome("open")).total() == 2


async def test_a_file_is_listed_once_for_each_standard(known: World) -> None:
    await known.live(RECEIVED, opened("B", "2026-03-02", "permit"))
    expected = [
        ("A", "request-ack", "on_track"),
        ("A", "request-answer", "on_track"),
        ("B", "permit", "on_track"),
    ]
    assert await listed(known) == await listed(known, "north") == expected
    size = await worklist.count(known.embedded.database, WorklistFilter(None, None, None), 10)
    assert size == (3, 0)
    await known.live(acknowledged("A", "2026-03-05"), until="2026-03-06")
    assert await listed(known) == expected[1:]
    await known.live(transferred("A", "2026-03-06", "south"), until="2026-03-07")
    assert await listed(known, "south") == expected[1:2]
    assert await known.embedded.compliance.files() == 2


async def test_totals_count_the_file_once(known: World, web: Site) -> None:
    await known.live(RECEIVED, until="2026-03-06")
    assert await open_total(web) == ({"critical": 1}, 1, 0)  # as the most urgent of its standards
    await known.live(acknowledged("A", "2026-03-06 10:00"), until="2026-03-07")
    assert await open_total(web) == ({"on_track": 1}, 1, 0)
    await known.live(requested("A", "2026-03-09"), until="2026-03-10")
    assert await open_total(web) == ({}, 0, 1)
    await known.live(answered("A", "2026-03-11"), decided("A", "2026-03-12"), until="2026-03-13")
    assert await open_total(web) == ({}, 0, 0)
    rows = (await web.json("/v1/attainment", period="2025-2026"))["rows"]
    measured = {row["standard"]: (row["measured"], row["on_time"]) for row in rows}
    assert measured == {
        "request-ack": (1, 1), "request-answer": (1, 1), "permit": (0, 0), "triage": (0, 0), None: (2, 2)
    }  # fmt: skip


async def test_a_file_withdrawn_is_closed_once(known: World) -> None:
    await known.live(RECEIVED, opened("B", "2026-03-02", "permit"))
    assert await totals(known) == await totals(known, "north") == (2, 0, 0, 2)
    await known.live(withdrawn("A", "2026-03-04"), until="2026-03-05")
    assert await totals(known) == (2, 1, 1, 1)
    await known.live(transferred("A", "2026-03-04 09:00", "south"))
    assert await totals(known) == await totals(known, "north") == (2, 1, 1, 1)


async def test_a_cycle_counts_for_the_unit_that_ended_it(known: World, web: Site) -> None:
    await known.live(
        RECEIVED, acknowledged("A", "2026-03-04"), transferred("A", "2026-03-05", "south"),
        decided("A", "2026-03-20"), until="2026-03-21",
    )  # fmt: skip
    rows = (await web.json("/v1/attainment", period="2025-2026", by="unit"))["rows"]
    measured = {(row["standard"], row["unit"]): row["measured"] for row in rows}
    assert measured["request-ack", "north"] == measured["request-answer", "south"] == 1
    assert ("request-answer", "north") not in measured
    files = (await web.json("/v1/attainment/files", standard="request-ack"))["files"]
    assert [(one["file_id"], one["unit"]) for one in files] == [("A", "north")]


async def test_a_file_whose_reception_is_corrected_leaves_its_standards(known: World) -> None:
    await known.live(RECEIVED)
    plain = opened("A", "2026-03-02 01:00", "permit")
    await known.live(voided("A", "2026-03-03", RECEIVED.id), plain, until="2026-03-04")
    assert await listed(known) == [("A", "permit", "on_track")]
    await known.live(
        voided("A", "2026-03-04", plain.id, named="v"), opened("A", "2026-03-03", "request")
    )
    assert [standard for _, standard, _ in await listed(known)] == ["request-ack", "request-answer"]


async def test_from_scratch_is_as_incremental(known: World) -> None:
    for day, one in enumerate(
        [
            RECEIVED,
            acknowledged("A", "2026-03-04"),
            requested("A", "2026-03-05"),
            transferred("A", "2026-03-06", "south"),
            answered("A", "2026-03-07"),
            decided("A", "2026-03-08"),
        ],
        start=3,
    ):
        await known.live(one, until=f"2026-03-{day + 1:02}")
        digest = await known.embedded.compliance.digest()
        await known.embedded.reset_computed()
        await known.live()
        assert await known.embedded.compliance.digest() == digest
