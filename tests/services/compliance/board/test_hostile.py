"""Hostile input, in every parameter of every page and in every field an event can carry: it changes nothing, and shows as text."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import pytest

from services.compliance.board.shell import NAVIGATION
from tests.builders import cloudevent, decided, received, requested, voided
from tests.services.compliance.board.browsing import shown
from tests.services.compliance.lives import lived
from tests.services.world import Site, World

SCRIPT = "<script>alert(1)</script>"
HOSTILE = (
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "' OR 1=1 --",
    "x'; DROP TABLE tallies; --",
    "{{ 7 * 7 }}",
    "x" * 10_000,
    "\x00",
    "\u202e\ud7ff\U0001f4a9\ufeff",
    "../../etc/passwd",
    "9" * 400,
    "-1~" + SCRIPT + "~1",
)
FIGURES = {"standard": "courriel", "unit": "laval", "period": "month", "basis": "decided"}
LISTS = {**FIGURES, "after": "739000~F-1~1"}
REACH = {"standard": "courriel", "unit": "laval", "period": "month"}
CHOICE = {
    "standard": "courriel",
    "unit": "laval",
    "stage": "overdue",
    "waiting": "yes",
    "sort": "due",
}
STOPS = {"standard": "courriel", "unit": "laval", "period": "month"}
YEAR = {"fiscal_year": "2025-2026", "audience": "staff", "by": "unit", "lang": "en"}
PAGES: Mapping[str, Mapping[str, str]] = {
    "/": {"lang": "en"},
    "/worklist": {**CHOICE, "after": "0~1~F-1", "lang": "en"},
    "/worklist.csv": CHOICE,
    "/worklist/stream": {**CHOICE, "after": "0~1~F-1"},
    "/changes": FIGURES,
    "/changes.csv": FIGURES,
    "/pictures": {"standard": "courriel", "unit": "laval", "by": "week"},
    "/stops": STOPS,
    "/stops.csv": STOPS,
    "/stops/files": {**STOPS, "rule": "near_limit", "after": "739000~F-1~courriel~1"},
    "/variation": FIGURES,
    "/attainment": FIGURES,
    "/attainment/files": {**LISTS, "part": "late"},
    "/attainment/corrections": {**FIGURES, "after": "1~1~1~1"},
    "/attainment.csv": FIGURES,
    "/attainment.md": FIGURES,
    "/attainment.json": FIGURES,
    "/forecast": REACH,
    "/forecast.csv": REACH,
    "/alerts": {
        "state": "all",
        "standard": "courriel",
        "unit": "laval",
        "stage": "overdue",
        "after": "1~F-1~1~overdue~1",
    },
    "/report": YEAR,
    "/report.csv": YEAR,
    "/report.md": YEAR,
    "/report.json": YEAR,
    "/calculator": {
        "standard": "courriel",
        "received": "2026-11-20",
        "requested": "2026-11-23",
        "answered": "2026-11-24",
        "lang": "en",
    },
    "/catalogue": {"lang": "en"},
    "/calendars/qc-legal": {"year": "2026", "lang": "en"},
    "/sign-in": {"next": "/", "lang": "en"},
}
"""Every address of the board with its parameters, each with a value that is well written."""
UNMOVED = {("/", "lang"), ("/sign-in", "next")}
"""What is read as something else, and refused nowhere."""


async def everything(known: World) -> tuple[object, ...]:
    """What compliance knows."""
    store = known.embedded.compliance
    return await store.digest(), await store.files(), await store.positions()


def harmless(page: str) -> bool:
    """Whether none of it stands on a page as it was written, where it could be taken for markup."""
    return SCRIPT not in page and "<img src=x" not in page


@pytest.mark.parametrize("path", PAGES)
async def test_a_hostile_parameter_is_refused_or_shown_as_text_and_changes_nothing(
    tmp_path: Path, path: str
) -> None:
    async with lived(tmp_path) as (known, web):
        before = await everything(known)
        for name, value in product(PAGES[path], HOSTILE):
            query = {**PAGES[path], name: value}
            answer = await shown(web, path, **query)
            told = (path, name, value[:40], answer.status_code)
            refused = answer.status_code in {404, 422}
            unmoved = name == "lang" or (path, name) in UNMOVED
            assert refused or (unmoved and answer.status_code == 200), told
            assert not refused or answer.headers["content-type"].startswith("text/html"), told
            assert harmless(answer.text), told
            assert "Traceback" not in answer.text and "sqlalchemy" not in answer.text.lower()
        assert await everything(known) == before


async def test_what_is_well_written_is_answered(web: Site) -> None:
    for path, query in PAGES.items():
        if not path.endswith("/stream"):
            assert (await shown(web, path, **query)).status_code == 200, path


def test_every_page_of_the_navigation_is_among_them() -> None:
    assert {path for _, path in NAVIGATION} <= set(PAGES)


async def test_addresses_that_are_no_text_are_refused_too(tmp_path: Path) -> None:
    async with lived(tmp_path) as (known, web):
        before = await everything(known)
        for raw in (b"%ED%A0%80", b"%FF%FE", b"%00", b"%F4%90%80%80", b"a&unit=b&unit=c"):
            for path in ("/worklist", "/attainment", "/alerts"):
                address = f"{path}?unit={raw.decode()}"
                answer = await shown(web, address)
                assert answer.status_code in {404, 422}, address
        assert await everything(known) == before


WRITTEN = {
    "subject": SCRIPT,
    "id": SCRIPT,
    "source": f"urn:{SCRIPT}",
    "time": SCRIPT,
    "type": SCRIPT,
    "data": {"standard": SCRIPT, "unit": SCRIPT},
}


@pytest.mark.parametrize("member", WRITTEN)
async def test_a_script_in_a_posted_event_is_refused_or_kept_from_every_page(
    tmp_path: Path, member: str
) -> None:
    async with lived(tmp_path) as (known, web):
        event = received("HOSTILE-1", "2026-11-20 09:00", standard="courriel", unit="laval")
        members = {**json.loads(cloudevent(event)), member: WRITTEN[member]}
        answer = await web.client.post(
            "/v1/events",
            json=members,
            headers={
                "authorization": f"Bearer {web.token}",
                "content-type": "application/cloudevents+json",
            },
        )
        assert answer.status_code in {202, 400, 403, 422}, answer.text
        await known.live()
        for page in await _pages(web):
            assert SCRIPT not in page


async def test_a_script_that_reached_the_log_shows_as_text(tmp_path: Path) -> None:
    """As a record of an older version might, or one that was written past ingest."""
    name, long = "montreal-2026-10-19-0", "y" * 10_000
    async with lived(tmp_path) as (known, web):
        await known.live(
            voided(name, "2026-11-23 10:00", f"{name}-decided-2026-10-21T15:00", named=SCRIPT),
            decided(
                name, "2026-10-29 09:00", SCRIPT, named=f"{SCRIPT}2", recorded="2026-11-23 11:00"
            ),
            requested("overdue", "2026-11-20 09:00", SCRIPT, named=SCRIPT),
            received(long, "2026-11-20 09:00", standard="courriel", named=SCRIPT),
        )
        pages = await _pages(web)
    assert all(SCRIPT not in page for page in pages)
    assert any(html.escape(SCRIPT) in page for page in pages)


async def _pages(web: Site) -> Sequence[str]:
    found = []
    common = {"standard": "courriel", "state": "all", "received": "2026-11-20"}
    for path, past in product(PAGES, ("2026-10", "2026-2027")):
        if not path.endswith("/stream"):
            period = "month" if path.startswith("/forecast") else past
            rule = {"rule": "near_limit"} if path == "/stops/files" else {}
            answer = await shown(web, path, period=period, **common, **rule)
            assert answer.status_code == 200, path
            if answer.headers["content-type"].startswith("text/html"):
                found.append(answer.text)
    return found
