"""The conformance suite: 134 histories with the answers the counting rules give, under both calendars."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.unit.domain.agreement import Case, assert_agreement
from tests.unit.domain.oracle import Told

_LINES = Path(__file__).with_name("worked_cases.jsonl").read_text(encoding="utf-8").splitlines()
CASES: list[dict[str, Any]] = [json.loads(line) for line in _LINES]


def test_all_the_cases_are_here() -> None:
    assert len(CASES) == len({case["id"] for case in CASES}) == 134


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_worked_case_has_its_answer(case: dict[str, Any]) -> None:
    assert_answer(case, case["calendar"], case["expected"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_worked_case_has_its_answer_under_the_public_service_calendar(
    case: dict[str, Any],
) -> None:
    assert_answer(case, "qc-public-service", case["expected_public_service"])


def assert_answer(case: dict[str, Any], calendar: str, expected: dict[str, Any]) -> None:
    now = datetime.fromisoformat(case["as_of"])
    clock = assert_agreement(Case(events_of(case), now, case["standard"], calendar))
    if not clock.cycles:
        assert expected["status"] == "none"
        return
    last = clock.cycles[-1]
    answer = {
        "status": last.state.status,
        "counted": last.counted,
        "waited": last.waited,
        "elapsed_seconds": last.counted,
        "due_on": last.state.due_on and last.state.due_on.isoformat(),
        "earliest_due_on": last.earliest_due_on and last.earliest_due_on.isoformat(),
        "on_time": last.state.on_time,
    }
    assert {name: answer[name] for name in expected} == expected


def events_of(case: dict[str, Any]) -> list[Told]:
    return [
        Told(
            event["type"],
            datetime.fromisoformat(event["at"]),
            str(number),
            request_id=event.get("request_id"),
            outcome="accepted" if event["type"] == "decided" else None,
        )
        for number, event in enumerate(case["events"])
    ]
