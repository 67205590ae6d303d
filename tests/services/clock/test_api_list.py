"""The list of open files over HTTP: soonest breach first, waiting ones last, page after page without a gap or a double."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

from shared.domain.events import Event
from tests.builders import decided, received, requested, withdrawn
from tests.services.world import Site, world_and_site

LIST = "/v1/files"
NOW = "2025-05-22 12:00"
# Received, standard, unit: what it is on 22 May.
FILES: list[Event] = [
    received("late", "2025-04-14", unit="laval"),
    received("critical", "2025-04-25", unit="laval"),
    received("risky", "2025-04-28", unit="montreal"),
    received("fresh", "2025-05-20", unit="montreal"),
    received("complaint", "2025-05-20", standard="plainte", unit="laval"),
    received("mail", "2025-05-21", standard="courriel", unit="estrie"),
    received("waiting", "2025-05-20", unit="laval"),
    requested("waiting", "2025-05-21"),
    received("waiting-late", "2025-04-14", unit="laval"),
    requested("waiting-late", "2025-05-21"),
    received("done", "2025-05-20"),
    decided("done", "2025-05-21"),
    received("gone", "2025-05-20"),
    withdrawn("gone", "2025-05-21"),
    decided("unknown", "2025-05-21"),
]
ORDER = ["late", "waiting-late", "mail", "critical", "risky", "complaint", "fresh", "waiting"]


async def names(web: Site, **asked: Any) -> list[str]:
    return [file["file_id"] for file in (await web.json(LIST, **asked))["files"]]


async def pages(web: Site, **asked: Any) -> list[list[str]]:
    """Every page, each asked for as the one before says."""
    found = []
    after = None
    while True:
        page = await web.json(LIST, **asked, **({"after": after} if after else {}))
        found.append([file["file_id"] for file in page["files"]])
        after = page["next"]
        if after is None:
            return found


async def test_open_files_come_soonest_breach_first_and_waiting_ones_last(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *FILES) as (_, web):
        page = await web.json(LIST)
    assert [file["file_id"] for file in page["files"]] == ORDER
    assert page["next"] is None
    breaches = [file["cycle"]["breaches_at"] for file in page["files"]]
    assert breaches == [*sorted(breaches[:-1]), None]


async def test_a_line_of_the_list_is_the_counter_of_the_file(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *FILES) as (_, web):
        page = await web.json(LIST)
        for line in page["files"]:
            file = await web.json(f"/v1/files/{line['file_id']}")
            assert line["cycle"] == file["cycles"][-1]
            assert (line["standard"], line["unit"]) == (file["standard"], file["unit"])
            assert page["as_of"] == file["as_of"]


NARROWED: list[tuple[dict[str, str], list[str]]] = [
    ({"stage": "overdue"}, ["late", "waiting-late"]),
    ({"stage": "critical"}, ["critical"]),
    ({"stage": "at_risk"}, ["mail", "risky"]),
    ({"stage": "on_track"}, ["complaint", "fresh"]),
    ({"stage": "waiting"}, ["waiting"]),
    ({"standard": "plainte"}, ["complaint"]),
    ({"unit": "laval"}, ["late", "waiting-late", "critical", "complaint", "waiting"]),
    ({"unit": "laval", "standard": "caq-etudes", "stage": "critical"}, ["critical"]),
    ({"unit": "outaouais"}, []),
]


async def test_the_list_is_narrowed_by_stage_standard_and_unit(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *FILES) as (_, web):
        for asked, expected in NARROWED:
            assert await names(web, **asked) == expected, asked


async def test_pages_follow_one_another_without_a_gap_or_a_double(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *FILES) as (_, web):
        for limit in (1, 2, 3, 7, 8, 9):
            found = await pages(web, limit=limit)
            assert [name for page in found for name in page] == ORDER
            assert all(len(page) <= limit for page in found)


async def test_files_due_at_the_same_instant_are_paged_without_a_gap_or_a_double(
    tmp_path: Path,
) -> None:
    twins = [received(f"twin-{number:02}", "2025-05-22 09:00") for number in range(25)]
    waiting = [requested(f"twin-{number:02}", "2025-05-22 10:00") for number in range(10)]
    async with world_and_site(tmp_path, NOW, *FILES, *twins, *waiting) as (_, web):
        found = [name for page in await pages(web, limit=4) for name in page]
    assert len(found) == len(set(found)) == len(ORDER) + 25
    assert sorted(found) == sorted([*ORDER, *(event.file_id for event in twins)])


async def test_a_file_decided_between_two_pages_hides_no_other(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *FILES) as (known, web):
        first = await web.json(LIST, limit=3)
        await known.live(decided("late", "2025-05-22"), decided("mail", "2025-05-22"))
        rest = await names(web, after=first["next"])
    assert [file["file_id"] for file in first["files"]] + rest == ORDER


async def test_pages_of_a_narrowed_list_stay_narrowed(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *FILES) as (_, web):
        found = await pages(web, unit="laval", limit=2)
    assert [name for page in found for name in page] == [
        "late",
        "waiting-late",
        "critical",
        "complaint",
        "waiting",
    ]


async def test_a_reader_lists_the_files_of_its_units_only(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *FILES) as (_, web):
        token = web.units_token("laval", "estrie")
        assert await names(web, token=token) == [
            name for name in ORDER if name not in ("risky", "fresh")
        ]
        assert await names(web, token=token, unit="montreal") == []
        assert await names(web, token=token, unit="estrie") == ["mail"]


async def test_what_is_no_cursor_is_refused(tmp_path: Path) -> None:
    cursors = ["", "x", "~", "12", "12~", "~A", "-1~A", "1.5~A", "1~a b", "١~A", "9" * 5_000 + "~A"]
    async with world_and_site(tmp_path, NOW, *FILES) as (_, web):
        for after in cursors:
            assert await web.refused(LIST, after=after) == (422, "bad-cursor"), after
        assert await names(web, after="9" * 19 + "~A") == []


async def test_a_limit_is_from_1_to_500(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *FILES) as (_, web):
        for limit in ("0", "-1", "501", "x", "1.5", "9" * 5_000):
            assert await web.refused(LIST, limit=limit) == (422, "invalid-parameters")
        assert await names(web, limit=500) == ORDER


async def test_a_filter_that_matches_nothing_lists_nothing(tmp_path: Path) -> None:
    values = ("' OR 1=1 --", "nothing", "", "é\x00")
    async with world_and_site(tmp_path, NOW, *FILES) as (_, web):
        for name, value in product(("stage", "standard", "unit"), values):
            assert await names(web, **{name: value}) == []
