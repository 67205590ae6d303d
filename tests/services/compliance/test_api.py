"""Attainment over HTTP, against what a hand counted; whoever sees some units only is told of no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.builders import CATALOGUE, revised
from tests.services.compliance.lives import BY_HAND
from tests.services.world import Site, site, world

ATTAINMENT, REPORT = "/v1/attainment", "/v1/report"


async def rows(web: Site, **asked: Any) -> dict[str | None, dict[str, Any]]:
    told = await web.json(ATTAINMENT, standard="courriel", **asked)
    return {row["unit"]: row for row in told["rows"]}


async def test_attainment_is_what_a_hand_counts_in_every_period_on_both_bases(web: Site) -> None:
    for written, by_hand in BY_HAND.items():
        for basis, (on_time, measured) in zip(("decided", "due"), by_hand, strict=True):
            row = (await rows(web, period=written, basis=basis))[None]
            assert (row["on_time"], row["measured"]) == (on_time, measured), (written, basis)
            assert row["late"] == measured - on_time
            expected = round(on_time / measured, 6) if measured else None
            assert row["attainment"] == expected
            assert row["late_allowed"] == measured * 20 // 100
            assert row["target"] == 0.8


async def test_each_unit_has_its_row_and_together_they_make_the_total(web: Site) -> None:
    found = await rows(web, period="month")
    assert list(await rows(web, period="month", unit="laval")) == ["laval"]
    assert (found["montreal"]["on_time"], found["montreal"]["measured"]) == (3, 4)
    assert (found["laval"]["on_time"], found["laval"]["measured"]) == (0, 1)
    assert found[None]["measured"] == 5


async def test_attainment_names_the_period_and_its_days(web: Site) -> None:
    told = await web.json(ATTAINMENT, period="quarter", basis="due")
    default = await web.json(ATTAINMENT)
    assert {name: told[name] for name in ("period", "first", "last", "basis")} == {
        "period": "2026-Q4",
        "first": "2026-10-01",
        "last": "2026-12-31",
        "basis": "due",
    }
    assert (default["period"], default["basis"]) == ("2026-2027", "decided")
    assert {row["standard"] for row in default["rows"]} >= {"courriel", "peq", "telephone"}
    assert [row["standard"] for row in default["rows"]] == [*sorted(CATALOGUE.standards), None]


async def test_each_unit_has_its_total_over_standards_though_it_treats_one_only(web: Site) -> None:
    for path, number in ((ATTAINMENT, "measured"), ("/v1/open", "waiting")):
        told = (await web.json(path, by="unit"))["rows"]
        found = {(row["standard"], row["unit"]): row[number] for row in told}
        for unit in ("laval", "montreal"):
            assert found[None, unit] == found["courriel", unit]


async def test_a_past_period_has_the_target_that_was_promised_then(tmp_path: Path) -> None:
    terms = (
        "      - effective_to: 2026-03-31\n        limit: {business_days: 2}\n"
        "        target_percent: 70\n        summary: {fr: Ancien, en: Old}\n"
        "      - effective_from: 2026-04-01\n        limit: {business_days: 2}\n"
    )
    changed = revised(2, ("      - limit: {business_days: 2}\n", terms))
    async with world(tmp_path, "2026-11-23 12:00", catalogue=changed) as known, site(known) as web:
        targets = [
            (await rows(web, period=asked))[None]["target"]
            for asked in ("2026-03", "2025-2026", "2026-04", "fiscal-year", "2027-05")
        ]
    assert targets == [0.7, 0.7, 0.8, 0.8, 0.8]


async def test_a_reader_of_some_units_is_told_of_no_others(web: Site) -> None:
    token = web.units_token("laval")
    found = await rows(web, token=token)
    assert set(found) == {None, "laval"}
    assert found[None]["measured"] == found["laval"]["measured"] == 6
    assert await rows(web, token=token, unit="montreal") == {}
    report = await web.json(REPORT, token=token)
    [row] = [row for row in report["rows"] if row["standard"] == "courriel"]
    assert (row["received"], row["measured"], row["open"], row["waiting"]) == (8, 6, 0, 1)
    page = (await web.get(REPORT, format="html", token=token)).text
    everything = (await web.get(REPORT, format="html")).text
    cells = '<td class="number">{}</td><td class="number">{}</td>'
    assert cells.format(4, 6) in page and cells.format(9, 13) not in page
    assert cells.format(9, 13) in everything
