"""The deadline calculator over HTTP: when a file received then would be due, and from when it would be at risk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.builders import answered, received, requested
from tests.services.world import world_and_site

DEADLINE = "/v1/deadline"


def stages(told: dict[str, Any]) -> dict[str, str]:
    return {one["stage"]: one["begins_on"] for one in told["stages"]}


async def test_a_deadline_in_business_days_with_its_stages(tmp_path: Path) -> None:
    async with world_and_site(tmp_path) as (_, web):
        told = await web.json(DEADLINE, standard="caq-etudes", received="2025-04-28T10:00-04:00")
    assert told["standard"] == "caq-etudes"
    assert (told["calendar"], told["calendar_version"]) == ("qc-legal", "2021-10")
    assert told["received_at"] == "2025-04-28T10:00:00-04:00"
    assert (told["limit_unit"], told["limit"]) == ("business_days", 20)
    assert (told["due_on"], told["breaches_at"]) == ("2025-05-27", "2025-05-28T00:00:00-04:00")
    assert stages(told) == {
        "on_track": "2025-04-28",
        "at_risk": "2025-05-20",
        "critical": "2025-05-23",
        "overdue": "2025-05-28",
    }
    assert told["stages"][1]["begins_at"] == "2025-05-20T00:00:00-04:00"


async def test_time_at_the_clients_moves_the_deadline(tmp_path: Path) -> None:
    async with world_and_site(tmp_path) as (_, web):
        told = await web.json(
            DEADLINE,
            standard="caq-etudes",
            received="2025-04-28",
            waiting=["2025-05-02/2025-05-12", "2025-05-13T09:00-04:00/2025-05-15T09:00-04:00"],
        )
    # The first wait costs six business days, the second two: 14 and 15 May.
    assert told["due_on"] == "2025-06-06"
    assert [one["stage"] for one in told["stages"]] == [
        "on_track",
        "at_risk",
        "critical",
        "overdue",
    ]


async def test_the_calculator_agrees_with_a_file_that_lived_so(tmp_path: Path) -> None:
    story = received("A", "2025-04-28"), requested("A", "2025-05-02"), answered("A", "2025-05-12")
    async with world_and_site(tmp_path, "2025-05-16", *story) as (_, web):
        [lived] = (await web.json("/v1/files/A"))["cycles"]
        told = await web.json(
            DEADLINE, standard="caq-etudes", received="2025-04-28", waiting="2025-05-02/2025-05-12"
        )
    assert (told["due_on"], told["breaches_at"]) == (lived["due_on"], "2025-06-05T00:00:00-04:00")


REFUSED: list[tuple[dict[str, str], tuple[int, str]]] = [
    ({"standard": "nothing", "received": "2025-04-28"}, (404, "unknown-standard")),
    ({"standard": "peq", "received": "soon"}, (422, "bad-moment")),
    ({"standard": "peq"}, (422, "invalid-parameters")),
    ({"received": "2025-04-28"}, (422, "invalid-parameters")),
    ({"standard": "peq", "received": "2009-12-31"}, (422, "outside-coverage")),
    ({"standard": "peq", "received": "2050-10-01"}, (422, "outside-coverage")),
    ({"standard": "peq", "received": "9999-12-31"}, (422, "outside-coverage")),
]


async def test_what_cannot_be_calculated_is_refused(tmp_path: Path) -> None:
    async with world_and_site(tmp_path) as (_, web):
        for asked, expected in REFUSED:
            assert await web.refused(DEADLINE, **asked) == expected, asked


BAD_WAITS = [
    ("2025-05-02", "bad-wait"),
    ("", "bad-wait"),
    ("2025-05-02/", "bad-moment"),
    ("/2025-05-02", "bad-moment"),
    ("2025-05-02/2025-05-03/2025-05-04", "bad-moment"),
    ("2025-05-12/2025-05-02", "bad-wait"),
    ("2025-04-01/2025-05-02", "bad-wait"),
]


async def test_a_wait_is_a_beginning_and_an_end_after_the_reception(tmp_path: Path) -> None:
    asked = {"standard": "caq-etudes", "received": "2025-04-28"}
    async with world_and_site(tmp_path) as (_, web):
        for waiting, code in BAD_WAITS:
            assert await web.refused(DEADLINE, **asked, waiting=waiting) == (422, code), waiting
