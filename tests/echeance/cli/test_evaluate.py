"""``echeance evaluate``: a line in, a line out, and an exit status that says whether all could be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.builders import TEXT
from tests.echeance.command import done, echeance, english, told
from tests.unit.echeance.test_cases import CASES, WORKED, case


def answers(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def agree(found: list[dict[str, Any]], expected: str) -> None:
    assert [one["id"] for one in found] == [one["id"] for one in CASES]
    for one, given in zip(found, CASES, strict=True):
        assert {name: one[name] for name in given[expected]} == given[expected], one["id"]


def test_the_worked_cases_have_their_answers_in_their_order() -> None:
    agree(answers(done("evaluate", WORKED)), "expected")


def test_the_worked_cases_have_their_answers_under_the_other_calendar() -> None:
    found = done("evaluate", WORKED, "--calendar", "qc-public-service")
    agree(answers(found), "expected_public_service")


def test_cases_are_read_from_standard_input() -> None:
    found = answers(done("evaluate", "-", given=f"\n{json.dumps(case(id='é'))}\n\n"))
    assert [one["id"] for one in found] == ["é"]


def test_a_line_that_cannot_be_read_is_answered_and_the_others_go_on() -> None:
    lines = [
        json.dumps(case(id="a")),
        "{",
        json.dumps(case(id="b", standard="x")),
        json.dumps(case()),
    ]
    result = echeance("evaluate", "-", given="\n".join(lines))
    found = answers(result.stdout)
    assert result.exit_code == 1
    assert [("error" in one, one["id"]) for one in found] == [
        (False, "a"),
        (True, None),
        (True, "b"),
        (False, "c1"),
    ]
    assert result.stderr == "2 ligne(s) illisible(s)\n"


def test_bytes_that_are_no_text_and_half_characters_are_answered() -> None:
    raw = b'\xff\xfe\n{"id": "\\ud800", "standard": 1}\n' + json.dumps(case()).encode()
    result = echeance("evaluate", "-", given=raw)
    assert result.exit_code == 1
    assert [one["id"] for one in answers(result.stdout)] == [None, "\ud800", "c1"]


def test_another_catalogue_may_be_given(tmp_path: Path) -> None:
    file = tmp_path / "shorter.yaml"
    file.write_text(TEXT.replace("business_days: 20}", "business_days: 15}"), encoding="utf-8")
    for how in ({}, {"variables": {"ECHEANCE_CATALOGUE": str(file)}}):
        option = [] if how else ["--catalogue", file]
        [found] = answers(done("evaluate", "-", *option, given=json.dumps(case()), **how))
        assert found["due_on"] == "2025-05-20"


def test_an_unknown_calendar_is_told_with_those_there_are() -> None:
    french = told("evaluate", "-", "--calendar", "x", given="")
    assert french == "Error: aucun calendrier 'x' : le catalogue a qc-legal, qc-public-service\n"
    said = told("evaluate", "-", "--calendar", "x", given="", variables=english())
    assert said == "Error: no calendar 'x': the catalogue has qc-legal, qc-public-service\n"


def test_a_file_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    assert "cases.jsonl" in told("evaluate", tmp_path / "cases.jsonl", status=2)
    absent = tmp_path / "catalogue.yaml"
    assert str(absent) in told("evaluate", "-", "--catalogue", absent, given="")


def test_a_catalogue_with_a_fault_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(TEXT.replace("revision: 3", "revision: one"), encoding="utf-8")
    assert "4:11" in told("evaluate", "-", "--catalogue", file, given="")
