"""The lists behind the figures, what is open, corrections, and who may see which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.builders import CATALOGUE, decided, received, requested, revised, voided
from tests.services.compliance.lives import TODAY, lived
from tests.services.world import Site, site, world

ATTAINMENT, REPORT = "/v1/attainment", "/v1/report"
FILES, OPEN = f"{ATTAINMENT}/files", "/v1/open"
MAIL = {"standard": "courriel", "period": "month"}


async def files(web: Site, **asked: Any) -> list[str]:
    return [one["file_id"] for one in (await web.json(FILES, **MAIL, **asked))["files"]]


async def test_the_files_of_a_figure_are_as_many_as_it_counts(web: Site) -> None:
    assert await files(web, part="numerator") == [f"montreal-2026-11-16-{n}" for n in range(3)]
    late = ["laval-2026-11-16-0", "montreal-2026-11-16-3"]
    assert await files(web, part="late") == late
    assert len(await files(web)) == 5
    assert await files(web, part="late", basis="due") == ["overdue", *late]
    assert await files(web, unit="laval") == late[:1]


async def test_a_page_ends_where_it_is_told_and_the_next_goes_on(web: Site) -> None:
    first = await web.json(FILES, **MAIL, limit=3)
    second = await web.json(FILES, **MAIL, limit=3, after=first["next"])
    assert len(first["files"]) == 3 and second["next"] is None
    assert [one["file_id"] for one in first["files"] + second["files"]] == await files(web)


async def test_a_cycle_that_is_measured_no_longer_is_listed_nowhere(tmp_path: Path) -> None:
    name = "laval-2026-11-16-0"
    taken_back = voided(name, "2026-11-20", f"{name}-received-2026-11-16T09:00")
    async with lived(tmp_path, taken_back) as (_, web):
        assert name not in await files(web) + await files(web, basis="due")


async def test_what_is_open_is_counted_by_stage_by_what_remains_and_by_wait(web: Site) -> None:
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


async def test_a_reader_of_some_units_sees_no_file_of_others(web: Site) -> None:
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
    (ATTAINMENT, {"standard": "nothing"}, (404, "unknown-standard")),
    (ATTAINMENT, {"unit": "atlantis"}, (404, "unknown-unit")),
    (ATTAINMENT, {"period": "2026-13"}, (422, "bad-period")),
    (ATTAINMENT, {"period": ""}, (422, "bad-period")),
    (ATTAINMENT, {"basis": "open"}, (422, "invalid-parameters")),
    (ATTAINMENT, {"by": "day"}, (422, "invalid-parameters")),
    (REPORT, {"fiscal_year": "2026-2028"}, (422, "bad-period")),
    (REPORT, {"format": "pdf"}, (422, "invalid-parameters")),
    (REPORT, {"lang": "es"}, (422, "invalid-parameters")),
    (OPEN, {"standard": "nothing"}, (404, "unknown-standard")),
]


async def test_what_cannot_be_listed_is_refused(web: Site) -> None:
    for path, asked, expected in REFUSED:
        assert await web.refused(path, **asked) == expected, (path, asked)


# Due on Tuesday 27 May 2025.
RECEIVED = received("A", "2025-04-28 10:00")


async def test_a_decision_recorded_after_its_month_is_listed_with_its_cause(tmp_path: Path) -> None:
    decision = decided("A", "2025-05-20", named="d", recorded="2025-06-03 09:00")
    async with world(tmp_path) as known, site(known) as web:
        await known.live(RECEIVED, until="2025-04-28 11:00")
        await known.live(decision, until="2025-06-03 09:00")
        found = (await web.json("/v1/corrections"))["corrections"]
    on_time = {"day": "2025-05-20", "result": "on_time"}
    assert [(one["basis"], one["old"], one["new"]) for one in found] == [
        ("decided", None, on_time),
        ("due", {"day": "2025-05-27", "result": "late"}, on_time | {"day": "2025-05-27"}),
    ]
    for one in found:
        assert (one["file_id"], one["cycle"], one["standard"]) == ("A", 1, "caq-etudes")
        assert (one["cause"]["id"], one["cause"]["type"]) == ("d", "decided")
        assert one["cause"]["recorded_at"] == one["noted_at"] == "2025-06-03T13:00:00Z"


async def test_a_new_catalogue_corrects_what_it_counts_otherwise_and_names_no_event(
    tmp_path: Path,
) -> None:
    newer = revised(2, ("business_days: 20}", "business_days: 10}"))
    async with world(tmp_path) as known:
        await known.live(RECEIVED, decided("A", "2025-05-20"), until="2025-05-25")
    (tmp_path / "credentials.json").unlink(missing_ok=True)
    async with world(tmp_path, "2025-06-20", catalogue=newer) as known, site(known) as web:
        await known.live()
        found = (await web.json("/v1/corrections"))["corrections"]
        later = (await web.json("/v1/corrections", since="2025-06-21"))["corrections"]
    assert [(one["basis"], one["old"]["result"], one["new"]["result"]) for one in found] == [
        ("decided", "on_time", "late"),
        ("due", "on_time", "late"),
    ]
    assert [(one["cause"], one["generation"]) for one in found] == [(None, 2), (None, 2)]
    assert later == []
