"""A file of a service over HTTP: the clocks of its standards, requests, extensions, and the unit that has it now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.builders import (
    ACCESS,
    answered,
    decided,
    extended,
    reached,
    received,
    requested,
    transferred,
)
from tests.services.world import Site, world_and_site

NOW = "2025-05-14 12:00"
FILE, LIST = "/v1/files/A", "/v1/files"
STORY = [
    received("A", "2025-04-28 10:00", standard="access", unit="hall"),
    reached("A", "2025-04-30 10:00", "acknowledged"),
    extended("A", "2025-05-05 10:00", "volume"),
    transferred("A", "2025-05-06 10:00", "archives"),
    requested("A", "2025-05-08 10:00", "r1", kind="third-party", answer_by="2025-05-20"),
    requested("A", "2025-05-09 10:00", "r2", kind="courtesy"),
]


@asynccontextmanager
async def town(folder: Path, *events: Any, now: str = NOW) -> AsyncIterator[Site]:
    async with world_and_site(folder, now, *events, catalogue=ACCESS) as (_, web):
        yield web


async def test_each_standard_of_a_service_has_its_cycle(tmp_path: Path) -> None:
    async with town(tmp_path, *STORY) as web:
        told = await web.json(FILE)
    assert (told["standard"], told["unit"], told["calendar"]) == ("access", "archives", "town")
    assert told["transfers"] == [{"at": "2025-05-06T14:00:00Z", "unit": "archives"}]
    assert told["status"] == "waiting"
    acknowledgement, answer = told["cycles"]
    assert (acknowledgement["standard"], acknowledgement["status"]) == ("access-ack", "decided")
    assert (acknowledgement["on_time"], acknowledgement["unit"]) == (True, "hall")
    assert (answer["standard"], answer["limit"]) == ("access-answer", 40)
    assert (answer["calendar"], answer["waits_for"]) == ("town", "other")
    assert answer["extensions"] == [{"extension": "volume", "at": "2025-05-05T14:00:00Z"}]
    assert answer["requests"] == [
        {
            "request_id": "r1",
            "kind": "third-party",
            "requested_at": "2025-05-08T14:00:00Z",
            "answer_by": "2025-05-20",
            "clock": "stops",
        },
        {
            "request_id": "r2",
            "kind": "courtesy",
            "requested_at": "2025-05-09T14:00:00Z",
            "clock": "runs",
        },
    ]


async def test_a_wait_that_lapses_says_when_and_a_restart_from_when_it_counts(
    tmp_path: Path,
) -> None:
    story = [
        received("A", "2025-04-28 10:00", standard="access-answer", unit="hall"),
        requested("A", "2025-04-30 10:00", "r1", kind="clarification"),
        answered("A", "2025-05-05 10:00", "r1"),
        requested("A", "2025-05-12 10:00", "r2", kind="supplement"),
    ]
    async with town(tmp_path, *story) as web:
        [cycle] = (await web.json(FILE))["cycles"]
    assert cycle["counted_from"] == "2025-05-05T14:00:00Z"
    [request] = cycle["requests"]
    assert request["lapses_at"] == "2025-05-27T04:00:00Z"
    assert cycle["waits_for"] == "client"
    assert "standard" not in cycle and "calendar" not in cycle and "extensions" not in cycle


async def test_what_ended_says_whether_it_kept_the_other_targets(tmp_path: Path) -> None:
    story = [
        received("A", "2025-03-20 10:00", standard="access-answer", unit="hall"),
        extended("A", "2025-04-01 10:00", "agreed", "2025-05-20"),
        decided("A", "2025-05-13 10:00", "disclosed"),
    ]
    async with town(tmp_path, *story) as web:
        [cycle] = (await web.json(FILE))["cycles"]
    assert (cycle["on_time"], cycle["on_time_unextended"], cycle["tiers"]) == (True, False, [True])
    [extension] = cycle["extensions"]
    assert (extension["until"], extension["allowed"]) == ("2025-05-20", 61)


async def test_a_file_is_listed_by_its_most_urgent_open_cycle(tmp_path: Path) -> None:
    events = [
        received("fresh", "2025-05-13", standard="access", unit="hall"),
        received("answered-late", "2025-04-10", standard="access", unit="hall"),
        reached("answered-late", "2025-04-11", "acknowledged"),
        *STORY,
    ]
    async with town(tmp_path, *events) as web:
        lines = (await web.json(LIST))["files"]
        services = (await web.json(LIST, standard="access"))["files"]
    assert [(line["file_id"], line["cycle"]["standard"]) for line in lines] == [
        ("answered-late", "access-answer"),
        ("fresh", "access-ack"),
        ("A", "access-answer"),
    ]
    assert services == lines
    assert {line["standard"] for line in lines} == {"access"}


async def test_the_unit_that_has_a_file_now_sees_it_and_no_other(tmp_path: Path) -> None:
    async with town(tmp_path, *STORY) as web:
        hall, archives = web.units_token("hall"), web.units_token("archives")
        for path in (FILE, f"{FILE}/ledger", f"{FILE}/events", f"{FILE}?at=2025-05-01"):
            assert (await web.get(path, token=hall)).status_code == 404
            assert (await web.get(path, token=archives)).status_code == 200
        assert (await web.json(LIST, token=hall))["files"] == []
        [line] = (await web.json(LIST, token=archives))["files"]
    assert (line["file_id"], line["unit"]) == ("A", "archives")


async def test_the_calculator_answers_for_each_standard_and_by_the_calendar_of_a_unit(
    tmp_path: Path,
) -> None:
    asked = {"received": "2025-05-01T10:00-04:00"}
    async with town(tmp_path) as web:
        service = await web.json("/v1/deadline", standard="access", **asked)
        islands = await web.json("/v1/deadline", standard="access-ack", unit="islands", **asked)
        unknown = await web.get("/v1/deadline?standard=access&unit=mars&received=2025-05-01")
    assert (service["standard"], service["due_on"]) == ("access", "2025-05-08")
    assert [(one["standard"], one["due_on"]) for one in service["standards"]] == [
        ("access-ack", "2025-05-08"),
        ("access-answer", "2025-06-02"),
    ]
    assert (islands["calendar"], islands["due_on"]) == ("islands", "2025-05-09")
    assert "standards" not in islands
    assert unknown.status_code == 404


async def test_the_catalogue_is_told_with_its_services_requests_and_extensions(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as web:
        told = await web.json("/v1/standards")
    assert told["services"] == {"access": {"standards": ["access-ack", "access-answer"]}}
    assert (told["milestones"], told["withdrawals"]) == (["acknowledged"], ["duplicate"])
    assert told["units"]["islands"]["calendar"] == "islands"
    assert told["default_calendar"] == "town"
    assert told["words"]["volume"]["en"] == "volume of the request"
    answer = told["standards"]["access-answer"]
    assert answer["requests"]["clarification"]["clock"] == "restarts"
    [terms] = answer["terms"]
    assert [float(target["percent"]) for target in terms["targets"]] == [90, 99]
    assert terms["extensions"]["volume"]["by"]["civil_days"] == 10
