"""Standards and calendars over HTTP: what is promised, in both languages, and each day off with the law that makes it one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.builders import CATALOGUE, PARTICULAR_DAYS, revised
from tests.services.world import site, world, world_and_site

REVIEW = {"days": 90, "outcomes": ["refused", "rejected"]}
REVIEWED = {"caq-etudes", "peq", "prtq", "regroupement-familial"}


async def test_every_standard_is_told_with_what_it_measures_and_its_source(tmp_path: Path) -> None:
    async with world_and_site(tmp_path) as (_, web):
        told = await web.json("/v1/standards")
    assert (told["catalogue"], told["revision"]) == ("mifi-2021-10", CATALOGUE.revision)
    assert set(told["standards"]) == set(CATALOGUE.standards) and len(told["standards"]) == 10
    assert set(told["units"]) == set(CATALOGUE.units)
    assert "review" not in told
    for name, standard in told["standards"].items():
        assert standard["source"]["fr"] and standard["source"]["en"]
        assert standard["review"] == (REVIEW if name in REVIEWED else None), name
        for terms in standard["terms"]:
            assert terms["summary"]["fr"] and terms["summary"]["en"]


async def test_a_standard_tells_its_limit_its_target_and_its_thresholds(tmp_path: Path) -> None:
    async with world_and_site(tmp_path) as (_, web):
        standards = (await web.json("/v1/standards"))["standards"]
    [terms] = standards["caq-etudes"]["terms"]
    assert terms["limit"] == {"business_days": 20}
    assert float(terms["target_percent"]) == 80
    assert terms["thresholds"] == {"at_risk": 5, "critical": 2}
    [call] = standards["telephone"]["terms"]
    assert call["limit"] == {"minutes": 3, "opening_hours": "contact-centre"}
    assert (call["thresholds"], call["withdrawn"]) == (None, "late_after_limit")


async def test_a_calendar_tells_each_holiday_of_a_year_with_its_law(tmp_path: Path) -> None:
    async with world_and_site(tmp_path) as (_, web):
        told = await web.json("/v1/calendars/qc-legal", year=2025)
    assert (told["calendar"], told["version"], told["zone"]) == (
        "qc-legal",
        "2021-10",
        "America/Toronto",
    )
    assert told["coverage"] == {"first_year": 2010, "last_year": 2050}
    assert [holiday["day"] for holiday in told["holidays"]] == [
        "2025-01-01",
        "2025-04-18",
        "2025-04-21",
        "2025-05-19",
        "2025-06-24",
        "2025-07-01",
        "2025-09-01",
        "2025-10-13",
        "2025-12-25",
    ]
    national = told["holidays"][4]
    assert national["name"] == {"fr": "Fête nationale", "en": "National Holiday"}
    assert national["law"]["fr"] == "Loi sur la fête nationale, art. 2"
    assert told["opening_hours"]["contact-centre"]["wednesday"] == ["10:30-16:30"]


async def test_a_calendar_without_a_year_tells_all_its_holidays(tmp_path: Path) -> None:
    async with world_and_site(tmp_path) as (_, web):
        for name in CATALOGUE.calendars:
            told = await web.json(f"/v1/calendars/{name}")
            days = [date.fromisoformat(holiday["day"]) for holiday in told["holidays"]]
            assert set(days) == set(CATALOGUE.calendar(name).holidays)
            assert days == sorted(days)


async def test_a_calendar_that_does_not_exist_is_not_found(tmp_path: Path) -> None:
    async with world_and_site(tmp_path) as (_, web):
        assert await web.refused("/v1/calendars/nothing") == (404, "unknown-calendar")


async def test_a_year_is_a_number(tmp_path: Path) -> None:
    async with world_and_site(tmp_path) as (_, web):
        refused = await web.refused("/v1/calendars/qc-legal", year="MMXXV")
        assert refused == (422, "invalid-parameters")
        assert (await web.json("/v1/calendars/qc-legal", year=1900))["holidays"] == []


async def test_any_reader_may_see_the_catalogue_whatever_its_units(tmp_path: Path) -> None:
    async with world_and_site(tmp_path) as (_, web):
        laval = web.units_token("laval")
        for path in ("/v1/standards", "/v1/calendars/qc-legal"):
            assert await web.json(path, token=laval) == await web.json(path)


async def test_particular_days_are_told_beside_the_holidays(tmp_path: Path) -> None:
    catalogue = revised(2, PARTICULAR_DAYS)
    async with world(tmp_path, catalogue=catalogue) as known, site(known) as web:
        told = await web.json("/v1/calendars/qc-public-service", year=2026)
        every = await web.json("/v1/calendars/qc-public-service")
    names = {"name": {"fr": "Matin de fête", "en": "Festive morning"}}
    law = {"law": {"fr": "Décret 1", "en": "Order 1"}}
    assert told["half_days"] == [{"day": "2026-12-22", **names, **law, "closes": "12:00"}]
    assert [one["day"] for one in told["extra_working_days"]] == ["2026-12-19"]
    hours = {"opening_hours": "complaints", "hours": ["10:00-12:00", "22:00-24:00"]}
    assert told["extra_opening"] == [{"day": "2026-12-19", **hours}]
    assert [one["day"] for one in every["extra_opening"]] == ["2026-12-19", "2027-01-09"]
