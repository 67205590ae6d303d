"""A file over HTTP: its counter at any moment, from what was known at any moment, and the days that made it.

A CAQ received on Monday 28 April 2025 is due on 27 May. It waits here from 2 to 12 May: days 1 to 4 are 29 April to 2 May, day 5
is 13 May, and the six business days at the client's, 5 to 12 May, bring the deadline to 4 June.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import msgspec

from shared.domain import ledger
from shared.domain.cycles import history
from shared.domain.events import decode_history
from shared.domain.ownership import NOT_SHARED
from tests.builders import CATALOGUE, SOURCE, answered, decided, received, requested, voided
from tests.services.world import world_and_site

STORY = [
    received("A", "2025-04-28 10:00", attributes={"evaluation": "initiale"}),
    requested("A", "2025-05-02 10:00", "r1"),
    answered("A", "2025-05-12 10:00", "r1"),
]
NOW = "2025-05-14 12:00"
FILE, LEDGER, EVENTS = "/v1/files/A", "/v1/files/A/ledger", "/v1/files/A/events"


async def test_the_live_counter_says_where_the_file_stands(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STORY) as (_, web):
        told = await web.json(FILE)
    assert told["file_id"] == "A"
    assert (told["standard"], told["unit"]) == ("caq-etudes", "montreal")
    assert told["attributes"] == {"evaluation": "initiale"}
    assert (told["calendar"], told["catalogue"], told["revision"]) == (
        "qc-legal",
        "mifi-2021-10",
        CATALOGUE.revision,
    )
    assert (told["status"], told["as_of"], told["known_at"]) == (
        "open",
        "2025-05-14T16:00:00Z",
        None,
    )
    assert told["next_crossing"] == "2025-05-28T04:00:00Z"
    assert told["anomalies"] == []
    assert [event["type"] for event in told["events"]] == [
        "received",
        "documents_requested",
        "documents_received",
    ]
    assert told["events"][1] == {
        "type": "documents_requested",
        "source": SOURCE,
        "id": "A-requested-2025-05-02T10:00",
        "time": "2025-05-02T14:00:00Z",
        "recorded_at": "2025-05-02T14:00:00Z",
    }


async def test_a_cycle_tells_its_count_its_limit_and_its_deadline(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STORY) as (_, web):
        [cycle] = (await web.json(FILE))["cycles"]
    assert cycle == {
        "number": 1,
        "status": "open",
        "received_at": "2025-04-28T14:00:00Z",
        "received_on": "2025-04-28",
        "limit_unit": "business_days",
        "limit": 20,
        "counted": 6,
        "waited": 10,
        "remaining": 14,
        "due_on": "2025-06-04",
        "earliest_due_on": None,
        "breaches_at": "2025-06-05T04:00:00Z",
        "on_time": None,
        "measured": True,
        "stage": "on_track",
        "stage_since": "2025-05-12T14:00:00Z",
        "ended_on": None,
        "outcome": None,
        "review_until": None,
        "stops": [
            {
                "began_at": "2025-05-02T14:00:00Z",
                "recorded_at": "2025-05-02T14:00:00Z",
                "ended_at": "2025-05-12T14:00:00Z",
                "party": "client",
                "counted": 4,
                "removed": 6,
            }
        ],
    }


MOMENTS = [
    ("2025-04-27", "none", None, None),
    ("2025-04-28T10:00:00-04:00", "open", 0, "2025-05-27"),
    ("2025-04-28T13:59:59Z", "none", None, None),
    ("2025-04-29", "open", 1, "2025-05-27"),
    ("2025-05-02T14:00:00Z", "waiting", 4, None),
    ("2025-05-11", "waiting", 4, None),
    ("2025-05-12T10:00:00-04:00", "open", 4, "2025-06-04"),
    ("2025-05-13", "open", 5, "2025-06-04"),
    ("2025-06-04", "open", 20, "2025-06-04"),
    ("2025-06-05", "open", 21, "2025-06-04"),
]


async def test_the_counter_is_right_at_any_moment_past_or_to_come(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STORY) as (_, web):
        for moment, status, counted, due_on in MOMENTS:
            told = await web.json(FILE, at=moment)
            last = told["cycles"][-1] if told["cycles"] else {"counted": None, "due_on": None}
            assert (told["status"], last["counted"], last["due_on"]) == (status, counted, due_on)


async def test_a_plus_sign_that_the_address_turned_into_a_space_is_understood(
    tmp_path: Path,
) -> None:
    async with world_and_site(tmp_path, NOW, *STORY) as (_, web):
        told = await web.json(f"{FILE}?at=2025-05-13T00:00:00+00:00")
    assert told["as_of"] == "2025-05-13T00:00:00Z"


async def test_an_event_that_arrived_late_is_unknown_before_it_was_recorded(tmp_path: Path) -> None:
    late = decided("A", "2025-05-13 16:00", recorded="2025-05-20 09:00")
    async with world_and_site(tmp_path, "2025-05-21", *STORY, late) as (_, web):
        now = await web.json(FILE, at="2025-05-15")
        then = await web.json(FILE, at="2025-05-15", known_at="2025-05-19")
        after = await web.json(FILE, at="2025-05-15", known_at="2025-05-20T13:00:00Z")
        days = await web.json(LEDGER, at="2025-05-15", known_at="2025-05-19")
    assert now["status"] == after["status"] == "decided"
    assert (then["status"], then["cycles"][0]["counted"]) == ("open", 7)
    assert then["known_at"] == "2025-05-19T04:00:00Z"
    assert len(then["events"]) == 3
    assert days[0]["days"][-1]["day"] == "2025-05-15"


async def test_a_file_is_unknown_before_its_first_event_was_recorded(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STORY) as (_, web):
        assert await web.refused(FILE, known_at="2025-04-28") == (404, "unknown-file")
        assert await web.refused(LEDGER, known_at="2025-04-28") == (404, "unknown-file")


async def test_a_file_that_does_not_exist_is_not_found(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STORY) as (_, web):
        for path in ("/v1/files/nobody", "/v1/files/nobody/ledger", "/v1/files/%00"):
            assert await web.refused(path) == (404, "unknown-file")


async def test_what_is_no_moment_is_refused(tmp_path: Path) -> None:
    written = ["", "yesterday", "2025-02-30", "2025-05-01T10:00", "2025-05-01T25:00Z", "9" * 5_000]
    async with world_and_site(tmp_path, NOW, *STORY) as (_, web):
        for path, name, moment in product((FILE, LEDGER), ("at", "known_at"), written):
            assert await web.refused(path, **{name: moment}) == (422, "bad-moment"), moment


async def test_a_moment_after_the_years_of_the_calendar_is_refused(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STORY) as (_, web):
        for path in (FILE, LEDGER):
            assert await web.refused(path, at="2051-01-01") == (422, "outside-coverage")
            assert await web.refused(path, at="9999-12-31T23:59:59-12:00") == (422, "bad-moment")


async def test_a_reader_sees_the_files_of_its_units_and_no_others(tmp_path: Path) -> None:
    story = [*STORY, received("B", "2025-05-01", unit="laval")]
    async with world_and_site(tmp_path, NOW, *story) as (_, web):
        laval = web.units_token("laval", "estrie")
        assert (await web.json("/v1/files/B", token=laval))["unit"] == "laval"
        assert (await web.json("/v1/files/B/ledger", token=laval)) != []
        for path in (FILE, LEDGER):
            assert await web.refused(path, token=laval) == (404, "unknown-file")
            assert await web.refused(path, token=laval, at="2025-04-01") == (404, "unknown-file")


async def test_a_file_whose_reception_is_not_known_is_shown_to_who_sees_all_units_only(
    tmp_path: Path,
) -> None:
    async with world_and_site(tmp_path, NOW, decided("A", "2025-05-13")) as (_, web):
        told = await web.json(FILE)
        assert (told["status"], told["standard"], told["calendar"]) == ("none", None, None)
        assert [one["reason"] for one in told["anomalies"]] == ["before_reception"]
        assert await web.json(LEDGER) == []
        laval = web.units_token("laval")
        assert await web.refused(FILE, token=laval) == (404, "unknown-file")


async def test_a_limit_in_months_is_told_in_civil_days_and_one_in_minutes_in_seconds(
    tmp_path: Path,
) -> None:
    story = [
        received("A", "2025-01-31", standard="peq"),
        received("B", "2025-05-14 11:59", standard="telephone"),
    ]
    async with world_and_site(tmp_path, NOW, *story) as (_, web):
        [months] = (await web.json(FILE))["cycles"]
        [call] = (await web.json("/v1/files/B"))["cycles"]
    assert (months["limit_unit"], months["limit"], months["due_on"]) == (
        "civil_days",
        181,
        "2025-07-31",
    )
    assert (call["limit_unit"], call["limit"], call["counted"]) == ("seconds", 180, 60)
    assert call["breaches_at"].startswith("2025-05-14T16:02:00")


async def test_the_ledger_is_that_of_the_law_day_by_day(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STORY) as (known, web):
        told = await web.json(LEDGER)
        standard = CATALOGUE.standards["caq-etudes"]
        expected = ledger.file_ledger(
            history(STORY), standard, CATALOGUE.calendar_of(standard), known.now(), NOT_SHARED
        )
        counter = await web.json(FILE)
    assert told == json.loads(msgspec.json.encode(expected))
    assert sum(day["counted"] for day in told[0]["days"]) == counter["cycles"][0]["counted"]


async def test_days_are_whole_numbers(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STORY) as (_, web):
        [cycle] = (await web.json(FILE))["cycles"]
        told = await web.json("/v1/deadline", standard="peq", received="2025-05-01")
    amounts = [cycle[name] for name in ("limit", "counted", "waited", "remaining")]
    assert all(type(amount) is int for amount in [*amounts, told["limit"]])


async def test_an_event_is_visible_as_soon_as_it_is_counted(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STORY) as (known, web):
        await known.append(decided("A", "2025-05-14 11:00"))
        assert (await web.json(FILE))["status"] == "open"
        await known.live()
        assert (await web.json(FILE))["status"] == "decided"


async def test_the_events_are_those_that_were_recorded_and_give_the_counter_again(
    tmp_path: Path,
) -> None:
    more = [decided("A", "2025-05-13 09:00"), voided("A", "2025-05-14 09:00", STORY[0].id)]
    async with world_and_site(tmp_path, NOW, *STORY, *more) as (_, web):
        answer = await web.get(EVENTS)
        earlier = await web.get(EVENTS, known_at="2025-05-13")
        other = await web.get(EVENTS, token=web.units_token("laval"))
        unknown = await web.refused("/v1/files/nothing/events")
    assert answer.headers["content-type"] == "application/json"
    assert decode_history(answer.content) == history([*STORY, *more])
    assert decode_history(earlier.content) == history(STORY)
    assert other.status_code == 404 and unknown == (404, "unknown-file")
