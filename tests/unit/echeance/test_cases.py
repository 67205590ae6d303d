"""Cases to answers: one line in, one answer out, whatever the line is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from echeance.cases import answer
from shared.domain import EVENT_TYPES, data_members
from tests.builders import ACCESS, CATALOGUE
from tests.paths import ROOT

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


REQUEST = {"type": "received", "at": "2025-04-28T10:00:00-04:00"}
DAYS = {"status": "open", "waited": 0, "earliest_due_on": None, "on_time": None, "cycle": 1}


def town(*events: dict[str, Any], standard: str = "access", as_of: str = "2025-05-06") -> Any:
    given = {"id": "t", "standard": standard, "as_of": as_of, "events": [REQUEST, *events]}
    return answer(json.dumps(given), ACCESS)


def test_a_service_is_answered_by_each_of_its_standards() -> None:
    assert town() == {
        "id": "t",
        "standards": {
            "access-ack": {**DAYS, "counted": 6, "due_on": "2025-05-05", "on_time": False},
            "access-answer": {**DAYS, "counted": 8, "due_on": "2025-05-28"},
        },
    }
    reached = {"type": "reached", "at": "2025-05-01", "milestone": "acknowledged"}
    answers = town(reached)["standards"]
    assert (answers["access-ack"]["status"], answers["access-answer"]["status"]) == (
        "decided",
        "open",
    )
    before = town(as_of="2025-04-01")["standards"]
    assert [one["status"] for one in before.values()] == ["none", "none"]


def test_what_only_some_cycles_have_is_answered_where_it_says_something() -> None:
    asked = {"type": "documents_requested", "at": "2025-04-30", "kind": "third-party"}
    assert town(asked, standard="access-answer")["waits_for"] == "other"
    story = [
        {"type": "documents_requested", "at": "2025-04-29", "kind": "clarification"},
        {"type": "documents_received", "at": "2025-04-30"},
        {"type": "extended", "at": "2025-05-01", "extension": "agreed", "until": "2025-06-30"},
        {"type": "transferred", "at": "2025-05-02", "unit": "archives"},
        {"type": "decided", "at": "2025-06-20", "outcome": "refused"},
    ]
    found = town(*story, standard="access-answer", as_of="2025-07-01")
    assert found["counted_from"] == "2025-04-30T04:00:00Z"
    assert (found["on_time"], found["on_time_unextended"], found["tiers"]) == (True, False, [True])


def test_a_rule_that_had_no_effect_is_an_anomaly_of_its_event() -> None:
    agreed = {"type": "extended", "at": "2025-05-01", "extension": "agreed"}
    answered_twice = {"type": "documents_received", "at": "2025-05-02"}
    for standard in ("access", "access-answer"):
        assert town(agreed, answered_twice, standard=standard)["anomalies"] == [
            {"event": "events[2]", "reason": "nothing_outstanding"},
            {"event": "events[1]", "reason": "extends_nothing"},
        ]
    assert "anomalies" not in town()


def test_a_file_that_no_terms_measure_says_so() -> None:
    whole = answered(case(standard="evaluation-comparative"))
    assert whole["measured"] is False
    for priority in ({}, {"attributes": {"priority": "low"}}):
        given = {**REQUEST, "unit": "hall", **priority}
        line = {"id": 1, "standard": "urgent", "as_of": "2025-04-29", "events": [given]}
        assert answer(json.dumps(line), ACCESS).get("measured") is (None if priority else False)


def test_the_limit_in_time_has_the_instant_it_ends_at() -> None:
    found = answered(case(standard="telephone"))
    assert found["due_on"] is None
    assert found["breaches_at"].startswith("2025-04-28T14:03:00")


def test_a_file_is_counted_on_the_calendar_of_its_unit_unless_another_is_asked_for() -> None:
    given = {"id": 1, "standard": "access-ack", "as_of": "2025-05-01", "events": [REQUEST | {"at": "2025-05-01", "unit": "islands"}]}  # fmt: skip
    assert answer(json.dumps(given), ACCESS)["due_on"] == "2025-05-09"
    assert answer(json.dumps(given), ACCESS, "town")["due_on"] == "2025-05-08"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"type": "extended", "at": "2025-05-01"}, ["events[1].extension", "required"]),
        ({"type": "extended", "at": "2025-05-01", "extension": "more"}, ['"more"', "volume"]),
        ({"type": "transferred", "at": "2025-05-01"}, ["events[1].unit", "required"]),
        ({"type": "reached", "at": "2025-05-01"}, ["events[1].milestone", "required"]),
        (
            {"type": "documents_requested", "at": "2025-05-01", "answer_by": "soon"},
            ["events[1].answer_by", "2026-04-30"],
        ),
    ],
)
def test_what_counts_must_be_said(event: dict[str, Any], words: list[str]) -> None:
    for word in words:
        assert word in town(event)["error"]


@pytest.mark.parametrize(
    ("given", "french"),
    [
        ("{", "ce n’est pas du JSON"),
        (case(standard="x"), "aucun engagement ni service 'x'\u00a0: le catalogue a caq-etudes"),
        (case(as_of="hier"), "'hier' n’est pas un moment\u00a0: écrivez 2026-11-23"),
        (case(as_of="2060-01-01"), "hors des années que couvre un calendrier"),
        (case(calendar="x"), "aucun calendrier 'x'"),
        (case({"type": "decided", "at": "2025-05-01", "when": 1}), "n’a pas de membre 'when'"),
        (case({"type": "voided", "at": "2025-05-01"}), "events[1].event_id: Ce membre est requis."),
        ([], "la ligne doit être un objet"),
    ],
)
def test_a_fault_is_told_in_the_language_asked_for(given: Any, french: str) -> None:
    line = given if isinstance(given, str) else json.dumps(given)
    assert french in answer(line, CATALOGUE, spoken="fr")["error"]


def test_the_documented_case_has_the_documented_answer() -> None:
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    example = page[page.index("$ cat > case.jsonl") :].splitlines()
    assert answer(example[1], ACCESS) == json.loads(example[4])


def test_every_member_of_a_case_and_its_answer_is_documented() -> None:
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    section = page[page.index("## Cases: ") :]
    names = {member.name for event in EVENT_TYPES for member in data_members(event)}
    more = ["measured", "anomalies", "waits_for", "counted_from", "on_time_unextended", "tiers"]
    in_time = ["elapsed_seconds", "breaches_at"]
    for name in (
        *names,
        *more,
        *in_time,
        *answered(case()),
        "type",
        "at",
        "source",
        "recorded",
        "note",
    ):
        assert f"`{name}`" in section, name
