"""What stopped clocks take off: one answer on API, page, spreadsheet and lists, and only of the reader's units."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.compliance.attainment.metrics import BusinessMetrics
from services.compliance.board.pages.stops import WORDS
from services.compliance.periods import PERIODS
from services.compliance.projection.stop_rules import STOP_RULES
from services.compliance.stops.metrics import stop_figures
from shared.domain.events import Event
from shared.metrics.registry import Metrics
from tests.builders import answered, decided, received, requested, voided
from tests.services.compliance.board.browsing import sheet, shown
from tests.services.scrape import scraped
from tests.services.world import Site, World, site, world

NOW = "2025-09-01 12:00"
CHOSEN = {"standard": "caq-etudes", "period": "2025-2026"}
"""Received on Monday 28 April 2025: due on 27 May."""


def file(name: str, ends: str, *between: Event, unit: str = "montreal") -> Iterator[Event]:
    yield received(name, "2025-04-28 10:00", unit=unit)
    yield from between
    yield decided(name, ends, named=f"{name}-end")


def lives() -> Iterator[Event]:
    yield from file("PLAIN", "2025-05-12 10:00")
    yield from file("LAST", "2025-05-27 10:00", unit="laval")
    yield from file(
        "NEAR",
        "2025-06-03 15:00",
        requested("NEAR", "2025-05-26 10:00"),
        answered("NEAR", "2025-06-03 10:00"),
        unit="laval",
    )
    yield from file(
        "NIGHT",
        "2025-05-14 10:00",
        requested("NIGHT", "2025-05-05 16:10"),
        answered("NIGHT", "2025-05-06 08:40"),
    )
    yield from file("WAITS", "2025-05-20 10:00", requested("WAITS", "2025-05-06 10:00"))
    yield from file("LATE", "2025-06-20 10:00")


@pytest.fixture
async def lived(tmp_path: Path) -> AsyncIterator[tuple[World, Site]]:
    async with world(tmp_path, NOW) as known, site(known) as web:
        await known.live(*lives())
        yield known, web


async def rows(web: Site, **asked: Any) -> dict[str | None, dict[str, Any]]:
    answer = await web.json("/v1/stops", **CHOSEN, **asked)
    return {row["unit"]: row for row in answer["rows"]}


def rules(row: dict[str, Any]) -> dict[str, int]:
    return {one["rule"]: one["files"] for one in row["to_verify"] if one["files"]}


async def files(web: Site, rule: str, **asked: Any) -> list[str]:
    answer = await web.json("/v1/stops/files", **CHOSEN, rule=rule, **asked)
    return [one["file_id"] for one in answer["files"]]


async def test_what_the_stops_take_off_is_as_a_hand_counts_it(lived: tuple[World, Site]) -> None:
    """NEAR removed 6 days, NIGHT 1, WAITS 9: of NEAR alone the limit would have been missed."""
    _, web = lived
    found = await rows(web, by="unit")
    whole = found[None]
    assert (whole["measured"], whole["on_time"], whole["stopped"]) == (6, 5, 3)
    assert (whole["removed_mean"], whole["removed_percentile_80"]) == (pytest.approx(16 / 3), 9)
    assert whole["on_time_by_stops"] == 1
    assert whole["attainment"] == pytest.approx(5 / 6, abs=1e-6)
    assert whole["attainment_without_stops"] == pytest.approx(4 / 6, abs=1e-6)
    assert rules(whole) == {"near_limit": 1, "overnight": 1, "decided_waiting": 1, "last_day": 1}
    assert rules(found["laval"]) == {"near_limit": 1, "last_day": 1}
    assert [(one["kind"], one["files"]) for one in whole["kinds"]] == [(None, 3)]


async def test_a_rule_is_listed_by_the_files_that_it_counts(lived: tuple[World, Site]) -> None:
    _, web = lived
    for unit, row in (await rows(web, by="unit")).items():
        asked = {} if unit is None else {"unit": unit}
        for rule in STOP_RULES:
            assert len(await files(web, rule, **asked)) == rules(row).get(rule, 0), (unit, rule)
    assert await files(web, "overnight") == ["NIGHT"]


async def test_a_base_rate_is_that_of_all_the_units_a_reader_may_see(
    lived: tuple[World, Site],
) -> None:
    _, web = lived

    async def near(token: str | None) -> dict[str, Any]:
        found = (await rows(web, unit="laval", token=token))["laval"]
        return next(one for one in found["to_verify"] if one["rule"] == "near_limit")

    everybody, own = await near(None), await near(web.units_token("laval"))
    assert everybody["base_rate"] == pytest.approx(1 / 6, abs=1e-6)
    assert (own["base_rate"], own["share"]) == (0.5, 0.5)


async def test_a_reader_of_a_unit_sees_no_other(lived: tuple[World, Site]) -> None:
    _, web = lived
    token = web.units_token("laval")
    assert set(await rows(web, by="unit", token=token)) == {None, "laval"}
    assert await rows(web, unit="montreal", token=token) == {}
    assert await files(web, "overnight", token=token) == []
    assert await files(web, "near_limit", token=token) == ["NEAR"]


async def test_a_finding_goes_with_the_event_that_made_it(lived: tuple[World, Site]) -> None:
    known, web = lived
    request = "NIGHT-requested-2025-05-05T16:10"
    await known.live(voided("NIGHT", "2025-08-30", request))
    assert await files(web, "overnight") == []
    assert (await rows(web))[None]["stopped"] == 2
    before = await known.embedded.compliance.digest()
    await known.embedded.reset_computed()
    await known.live()
    assert await known.embedded.compliance.digest() == before
    assert await files(web, "near_limit") == ["NEAR"]


async def test_pages_of_a_list_follow_one_another(lived: tuple[World, Site]) -> None:
    known, web = lived
    for number in range(5):
        await known.live(*file(f"LAST-{number}", "2025-05-27 10:00"))
    first = await web.json("/v1/stops/files", **CHOSEN, rule="last_day", limit=4)
    then = await web.json("/v1/stops/files", **CHOSEN, rule="last_day", after=first["next"])
    names = [one["file_id"] for one in first["files"] + then["files"]]
    assert names == [*(f"LAST-{number}" for number in (4, 3, 2, 1, 0)), "LAST"]
    assert then["next"] is None


async def test_the_page_says_what_the_api_says(lived: tuple[World, Site]) -> None:
    _, web = lived
    page = (await shown(web, "/stops", **CHOSEN)).text
    assert "3 sur 6" in page
    assert "83,33" in page and "66,67" in page
    assert "/stops/files?standard=caq-etudes&amp;period=2025-2026&amp;rule=near_limit" in page
    assert WORDS["only_to_verify"].fr in page
    listed = (await shown(web, "/stops/files", **CHOSEN, rule="near_limit")).text
    assert 'href="/files/NEAR"' in listed and "il restait 1 jour ouvrable" in listed


async def test_the_spreadsheets_say_what_the_api_says(lived: tuple[World, Site]) -> None:
    _, web = lived
    [whole, *units] = sheet(await shown(web, "/stops.csv", **CHOSEN))
    assert (whole["Mesurés"], whole["Arrêtés"], whole["Dans le délai grâce aux arrêts"]) == (
        "6",
        "3",
        "1",
    )
    assert {row["Unité (code)"] for row in units} == {"montreal", "laval"}
    for rule in STOP_RULES:
        lines = sheet(await shown(web, "/stops/files.csv", **CHOSEN, rule=rule))
        assert len(lines) == int(whole[WORDS[f"rule_{rule}"].fr]), rule
        assert {line["Règle (code)"] for line in lines} <= {rule}


async def test_every_standard_is_a_row_of_the_overview(lived: tuple[World, Site]) -> None:
    _, web = lived
    page = (await shown(web, "/stops", period="2025-2026")).text
    assert 'href="/stops?standard=caq-etudes&amp;period=2025-2026"' in page
    empty = (await shown(web, "/stops", period="2012-01")).text
    assert WORDS["nothing"].fr in empty


async def test_the_metrics_say_what_the_api_says(lived: tuple[World, Site]) -> None:
    known, web = lived
    kept, parts = Metrics(known.now), known.embedded
    figures = BusinessMetrics(
        parts.compliance, parts.catalogue, kept, known.now, more=[stop_figures]
    )
    await figures.refresh()
    samples = scraped(kept)
    for period in PERIODS:
        for row in (await web.json("/v1/stops", period=period))["rows"]:
            of = {"standard": row["standard"], "period": period}
            assert samples.of("echeance_stopped_files", **of) == row["stopped"]
            by_stops = samples.of("echeance_on_time_by_stops_files", **of)
            assert by_stops == row["on_time_by_stops"]
            ratio = samples.of("echeance_attainment_without_stops_ratio", **of)
            assert ratio == pytest.approx(row["attainment_without_stops"], abs=1e-6)
            for one in row["to_verify"]:
                files = samples.of("echeance_files_to_verify", rule=one["rule"], **of)
                assert files == one["files"]
