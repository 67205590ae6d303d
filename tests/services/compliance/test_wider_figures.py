"""Figures of the wider law: with and without extensions, of each tier, of waits for others and of long ones."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.compliance.alerts import counts
from services.compliance.projection import active_alerts
from tests.builders import answered, decided, requested, withdrawn
from tests.services.world import Site, World, site, world
from tests.wider_catalogue import WIDER, asked_third, extended, opened

YEAR = {"period": "2025-2026"}


@pytest.fixture
async def known(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, "2025-05-01", catalogue=WIDER) as one:
        yield one


@pytest.fixture
async def web(known: World) -> AsyncIterator[Site]:
    async with site(known) as one:
        yield one


async def rows(
    web: Site, path: str = "/v1/attainment", **asked: str
) -> dict[str | None, dict[str, object]]:
    return {row["standard"]: row for row in (await web.json(path, **{**YEAR, **asked}))["rows"]}


async def test_attainment_is_given_with_and_without_extensions(known: World, web: Site) -> None:
    await known.live(
        opened("A", "2025-05-01", "request-answer"), decided("A", "2025-05-20"),
        opened("B", "2025-05-01", "request-answer"), extended("B", "2025-05-20"),
        decided("B", "2025-06-20"),
        opened("C", "2025-05-01", "request-answer"), extended("C", "2025-05-20"),
        decided("C", "2025-08-20"),
        until="2025-09-01",
    )  # fmt: skip
    answer = (await rows(web))["request-answer"]
    assert [answer[name] for name in ("measured", "on_time", "on_time_unextended")] == [3, 2, 1]
    assert answer["attainment_unextended"] == 0.333333
    assert "on_time_unextended" not in (await rows(web))["permit"]
    listed = await web.json(
        "/v1/attainment/files", standard="request-answer", part="numerator", **YEAR
    )
    assert [one["outcome"] for one in listed["files"]] == ["on_time", "on_time_extended"]


async def test_each_tier_has_its_attainment(known: World, web: Site) -> None:
    await known.live(
        opened("A", "2025-05-01", "permit"), decided("A", "2025-06-01"),
        opened("B", "2025-05-01", "permit"), decided("B", "2025-07-15"),
        opened("C", "2025-05-01", "permit"), decided("C", "2025-08-15"),
        opened("D", "2025-05-01", "permit"), withdrawn("D", "2025-08-15"),
        until="2025-09-01",
    )  # fmt: skip
    second = {
        "tier": 2, "target": 0.95, "attainment": 0.666667, "measured": 3, "on_time": 2, "late": 1
    }  # fmt: skip
    permit = (await rows(web))["permit"]
    assert (permit["measured"], permit["on_time"], permit["tiers"]) == (3, 1, [second])
    assert "tiers" not in (await rows(web))["request-ack"]
    assert "tiers" not in (await rows(web, basis="due"))["permit"]
    report = await web.get("/v1/report", fiscal_year="2025-2026", format="csv")
    table = {row["standard"]: row for row in csv.DictReader(io.StringIO(report.text))}
    assert table["permit"]["tier_2_attainment"] == "0.666667"
    assert table["request-ack"]["tier_2_attainment"] == ""
    assert "tier_2_target" in table["permit"] and "on_time_unextended" in table["permit"]


async def test_waits_for_others_and_long_waits_are_counted_apart(known: World, web: Site) -> None:
    await known.live(
        opened("A", "2025-05-01", "request-answer"), requested("A", "2025-05-02"),
        opened("B", "2025-05-01", "request-answer"),
        asked_third("B", "2025-05-02"),
        until="2025-05-05",
    )  # fmt: skip
    names = ("open", "waiting", "waiting_other", "waiting_long")
    expected = {"open": 0, "waiting": 1, "waiting_other": 1, "waiting_long": 0}
    for standard in ("request-answer", None):
        found = (await rows(web, "/v1/open"))[standard]
        assert {name: found[name] for name in names} == expected
    await known.live(until="2025-06-01")
    found = (await rows(web, "/v1/open"))["request-answer"]
    assert {name: found[name] for name in names} == {**expected, "waiting_long": 2}
    await known.live(
        answered("A", "2025-06-02"), answered("B", "2025-06-02", "third"), until="2025-06-03"
    )
    found = (await rows(web, "/v1/open"))["request-answer"]
    assert [found[name] for name in names] == [2, 0, 0, 0]


async def test_ages_and_waits_are_in_the_days_of_the_limit(known: World, web: Site) -> None:
    """1 May 2025 is a Thursday, 5 May a Monday."""
    await known.live(
        opened("A", "2025-05-01", "request-ack"),
        opened("B", "2025-05-01", "request-answer"), requested("B", "2025-05-01"),
        opened("C", "2025-05-01", "triage"),
        until="2025-05-08 12:00",
    )  # fmt: skip
    found = await rows(web, "/v1/open")
    assert found["request-ack"]["oldest"] == {"day": "2025-05-01", "business_days": 5}
    assert found["triage"]["oldest"] == {"day": "2025-05-01", "civil_days": 7}
    assert found["request-answer"]["waiting_longest"] == {"day": "2025-05-01", "civil_days": 7}
    assert found["request-answer"]["waiting_days"] == {"0-5": 0, "6-20": 1, "21-60": 0, ">60": 0}


async def test_a_limit_in_hours_has_the_formulas_of_calls(known: World, web: Site) -> None:
    await known.live(
        opened("A", "2025-05-01 10:00", "triage"), decided("A", "2025-05-01 13:00"),
        opened("B", "2025-05-01 10:00", "triage"), withdrawn("B", "2025-05-01 15:00"),
        opened("C", "2025-05-01 10:00", "triage"), withdrawn("C", "2025-05-01 11:00"),
        until="2025-05-02",
    )  # fmt: skip
    formulas = (await rows(web))["triage"]["formulas"]
    assert isinstance(formulas, dict)
    assert [one["attainment"] for one in formulas.values()] == [1, 0.5, 0.333333]


async def test_long_waits_are_listed_and_counted_apart_from_breaches(
    known: World, web: Site
) -> None:
    await known.live(
        opened("A", "2025-05-01", "request-answer"), requested("A", "2025-05-02"),
        opened("B", "2025-05-01", "request"),
        until="2025-06-20",
    )  # fmt: skip
    breaches = (await web.json("/v1/alerts", active="true"))["alerts"]
    assert {one["file_id"] for one in breaches} == {"B"}
    assert {one["standard"] for one in breaches} == {"request-ack", "request-answer"}
    [wait] = (await web.json("/v1/alerts", stage="waiting_long"))["alerts"]
    assert (wait["file_id"], wait["due_on"], wait["breaches_at"]) == ("A", None, None)
    database = known.embedded.database
    stages = [stage for _, stage, _ in await counts.by_unit(database, None)]
    assert "overdue" in stages and "waiting_long" not in stages
    assert await counts.by_unit(database, None, ["waiting_long"]) == [("north", "waiting_long", 1)]
    states = {
        (one.alert.file_id, one.alert.of_standard, one.alert.stage): one.state
        async for one in active_alerts(database)
    }
    for (_, of_standard, _), state in states.items():
        assert state is not None and (state.standard or "") == of_standard
    assert ("A", "", "waiting_long") in states and ("B", "request-ack", "overdue") in states
