"""Cases to answers: one line in, one answer out, whatever the line is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from echeance.cases import answer
from shared.domain.catalogue import load_catalogue_text
from tests.builders import CATALOGUE, TEXT
from tests.paths import ROOT
from tests.unit.domain.test_catalogue import WIDE

WORKED = ROOT / "tests" / "unit" / "domain" / "worked_cases.jsonl"
CASES = [json.loads(line) for line in WORKED.read_text(encoding="utf-8").splitlines()]


def case(*events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    given = [{"type": "received", "at": "2025-04-28T10:00:00-04:00"}, *events]
    members = {"id": "c1", "standard": "caq-etudes", "events": given, "as_of": "2025-05-06"}
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}


def answered(given: object, calendar: str | None = None) -> dict[str, Any]:
    return answer(json.dumps(given), CATALOGUE, calendar)


@pytest.mark.parametrize(
    ("calendar", "member"), [(None, "expected"), ("qc-public-service", "expected_public_service")]
)
def test_every_worked_case_has_its_answer(calendar: str | None, member: str) -> None:
    for one in CASES:
        found = answered(one, calendar)
        assert "error" not in found
        assert {name: found[name] for name in one[member]} == one[member], one["id"]


def test_an_answer_has_all_its_members() -> None:
    assert answered(case()) == {
        "id": "c1",
        "status": "open",
        "counted": 6,
        "waited": 0,
        "due_on": "2025-05-27",
        "earliest_due_on": None,
        "on_time": None,
        "cycle": 1,
    }


def test_a_waiting_file_has_an_earliest_deadline() -> None:
    found = answered(case({"type": "documents_requested", "at": "2025-05-02"}))
    assert (found["status"], found["counted"], found["waited"]) == ("waiting", 4, 4)
    assert (found["due_on"], found["earliest_due_on"]) == (None, "2025-05-29")


def test_a_limit_in_minutes_is_answered_in_seconds() -> None:
    call = case(standard="telephone", as_of="2025-04-28T10:02:30-04:00")
    found = answered(call)
    assert (found["elapsed_seconds"], found["counted"], found["due_on"]) == (150, None, None)
    before = answered(case(standard="telephone", as_of="2025-04-28"))
    assert (before["status"], before["elapsed_seconds"]) == ("none", 0)


def test_only_events_that_happened_by_the_moment_asked_about_are_known() -> None:
    decided = {"type": "decided", "at": "2025-05-06T00:00:01-04:00"}
    assert answered(case(decided))["status"] == "open"
    assert answered(case(decided, as_of="2025-05-07"))["status"] == "decided"
    assert answered(case(as_of="2025-04-28"))["status"] == "none"


def test_the_last_cycle_answers() -> None:
    found = answered(
        case(
            {"type": "decided", "at": "2025-04-30"},
            {"type": "reopened", "at": "2025-05-02", "reason": "sent-back"},
        )
    )
    assert (found["cycle"], found["status"], found["counted"]) == (2, "open", 2)


def test_a_voided_event_is_named_by_its_id() -> None:
    found = answered(
        case(
            {"type": "decided", "at": "2025-04-30", "id": "d", "outcome": "refused"},
            {"type": "voided", "at": "2025-05-01", "event_id": "d"},
        )
    )
    assert found["status"] == "open"


def test_a_case_may_say_of_which_source_an_event_is_and_when_it_was_recorded() -> None:
    evil = {"type": "received", "at": "2025-04-21", "source": "urn:evil", "recorded": "2025-05-01"}
    assert answered(case(evil))["due_on"] == "2025-05-27"
    assert answered(case(evil | {"recorded": "2025-04-21"}))["due_on"] == "2025-05-20"
    assert answered(case(evil | {"source": 1}))["error"] == "events[1].source must be a string"
    assert "is not a moment" in answered(case(evil | {"recorded": "then"}))["error"]


def test_the_cases_own_calendar_yields_to_the_one_asked_for() -> None:
    own = case(calendar="qc-public-service", as_of="2026-01-05")
    own["events"][0]["at"] = "2025-12-22"
    assert answered(own)["counted"] == 4
    assert answered(own, "qc-legal")["counted"] == 8


@pytest.mark.parametrize("identifier", [None, 7, ["x"], "é", "\ud800"])
def test_the_id_is_given_back_as_it_came(identifier: object) -> None:
    assert answered(case(id=identifier))["id"] == identifier
    assert answered(case(id=identifier, standard="x"))["id"] == identifier


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (case(standard="x"), ["no standard 'x'", "caq-etudes"]),
        (case(standard=...), ["'standard'"]),
        (case(standard=["caq-etudes"]), ["'standard'"]),
        (case(calendar="x"), ["no calendar 'x'", "qc-legal"]),
        (case(calendar=["qc-legal"]), ["no calendar"]),
        (case(calendar={}), ["no calendar"]),
        (case(events=...), ["events must be a list"]),
        (case(events={}), ["events must be a list"]),
        (case(events=[1]), ["events[0] must be an object"]),
        (case(as_of=...), ["'as_of'"]),
        (case(as_of="tomorrow"), ["'tomorrow' is not a moment"]),
        (case(as_of="2025-05-06T10:00"), ["is not a moment"]),
        (case(as_of="2060-01-01"), ["coverage", "2060-01-01"]),
        (case({"at": "2025-05-01"}), ["events[1]", "'type'"]),
        (case({"type": "approved", "at": "2025-05-01"}), ["'approved' is none of", "decided"]),
        (case({"type": "decided"}), ["events[1]", "'at'"]),
        (case({"type": "decided", "at": "2025-02-30"}), ["is not a moment"]),
        (case({"type": "decided", "at": "2025-05-01", "when": 1}), ["no member 'when'"]),
        (case({"type": "decided", "at": "2025-05-01", "id": 3}), ["events[1].id"]),
        (case({"type": "voided", "at": "2025-05-01"}), ["event_id"]),
        (
            case({"type": "documents_requested", "at": "2025-05-01", "request_id": 1}),
            ["request_id"],
        ),
        (case({"type": "received", "at": "2025-05-01", "attributes": []}), ["attributes"]),
        ([], ["the line must be an object"]),
        (None, ["the line must be an object"]),
    ],
)
def test_a_case_that_cannot_be_read_is_told_what_is_wrong_and_where(
    given: Any, words: list[str]
) -> None:
    found = answered(given)
    assert set(found) == {"id", "error"}
    assert found["id"] == (given.get("id") if isinstance(given, dict) else None)
    for word in words:
        assert word in found["error"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "nonsense",
        '{"id": 1}}',
        "[" * 100_000,
        "9" * 5_000,
        '{"id": NaN}',
        "\ufeff{}",
        "{'id': 1}",
    ],
)
def test_a_line_that_is_not_json_is_answered_too(line: str) -> None:
    found = answer(line, CATALOGUE)
    assert found["id"] is None
    assert "not JSON" in found["error"] or "must be an object" in found["error"]


def test_a_file_is_counted_on_the_calendar_of_its_unit() -> None:
    text = TEXT.replace("en: Montréal}}", "en: Montréal}, calendar: qc-public-service}")
    catalogue = load_catalogue_text(text)
    received = {"type": "received", "at": "2024-12-23T10:00:00-05:00"}
    asked = {"standard": "courriel", "as_of": "2024-12-23T12:00:00-05:00"}
    for unit, due in (("montreal", "2024-12-30"), ("quebec", "2024-12-26")):
        line = json.dumps({**asked, "events": [{**received, "unit": unit}]})
        assert answer(line, catalogue)["due_on"] == due


def test_a_service_is_answered_by_each_of_its_standards() -> None:
    line = json.dumps(
        {
            "id": "s",
            "standard": "request",
            "as_of": "2025-05-12T12:00:00-04:00",
            "events": [
                {"type": "received", "at": "2025-05-05T10:00:00-04:00", "unit": "south"},
                {"type": "reached", "at": "2025-05-06T10:00:00-04:00", "milestone": "acknowledged"},
            ],
        }
    )
    found = answer(line, load_catalogue_text(WIDE))
    assert found["id"] == "s"
    assert list(found["standards"]) == ["request-ack", "request-answer"]
    receipt, reply = found["standards"].values()
    assert (receipt["status"], receipt["counted"], receipt["on_time"]) == ("decided", 1, True)
    assert (reply["status"], reply["counted"]) == ("open", 6)
