"""The examples: every worked case comes out as its source says, and a made-up month is what its script makes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from echeance import cases
from echeance.importer import mapping_file
from examples import months
from services.ingest.cloudevents.envelope import Rules, parse_structured
from shared.domain import Catalogue
from shared.domain.catalogue import load_catalogue_text
from shared.mapping.rows import ReadRow, RowReader
from tests.paths import ROOT

NOW = datetime(2026, 11, 28, tzinfo=UTC)
EXAMPLES = ROOT / "examples"
WITH_CASES = sorted(path.parent.name for path in EXAMPLES.glob("*/cases.jsonl"))
MEMBERS = {"id", "standard", "as_of", "events", "expected", "how", "source", "note"}


@cache
def catalogue_of(example: str) -> Catalogue:
    text = (EXAMPLES / example / "catalogue.yaml").read_text(encoding="utf-8")
    return load_catalogue_text(text, example)


def worked_cases() -> Iterator[tuple[str, str]]:
    for example in WITH_CASES:
        lines = (EXAMPLES / example / "cases.jsonl").read_text(encoding="utf-8").splitlines()
        yield from ((example, line) for line in lines)


def test_every_body_has_a_catalogue_worked_cases_a_month_and_a_guide() -> None:
    assert len(WITH_CASES) == 6 == len(months.EXAMPLES)
    for example in WITH_CASES:
        files = {path.name for path in (EXAMPLES / example).iterdir()}
        assert files >= {
            "catalogue.yaml",
            "cases.jsonl",
            "mapping.yaml",
            "month.csv",
            "README.md",
        }, example


@pytest.mark.parametrize(
    ("example", "line"),
    [
        pytest.param(example, line, id=f"{example}/{json.loads(line)['id']}")
        for example, line in worked_cases()
    ],
)
def test_a_worked_case_comes_out_as_its_source_says(example: str, line: str) -> None:
    case: dict[str, Any] = json.loads(line)
    assert case.keys() == MEMBERS and case["how"] in ("published", "follows") and case["source"]
    answered = cases.answer(line, catalogue_of(example))
    assert {name: answered.get(name, answered) for name in case["expected"]} == case["expected"]


@pytest.mark.parametrize("example", WITH_CASES)
def test_every_standard_of_an_example_has_a_worked_case(example: str) -> None:
    measured = {json.loads(line)["standard"] for of, line in worked_cases() if of == example}
    written = set(catalogue_of(example).standards)
    assert written - measured <= {"stage-2-acknowledgement"}, written - measured


@pytest.mark.parametrize("example", WITH_CASES)
def test_a_month_is_what_its_script_makes(example: str) -> None:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(months.rows(example))
    path: Path = EXAMPLES / example / "month.csv"
    assert path.read_text(encoding="utf-8") == made.getvalue(), (
        f"python examples/months.py {example}"
    )


@pytest.mark.parametrize("example", WITH_CASES)
def test_a_month_imported_by_its_mapping_is_the_same_as_published(example: str) -> None:
    catalogue = catalogue_of(example)
    mapping, brought = mapping_file.load(EXAMPLES / example / "mapping.yaml", catalogue)
    assert brought.digest == catalogue.digest
    header, *lines = months.rows(example)
    reader = RowReader(mapping, list(header))
    rules = Rules(catalogue=catalogue, now=NOW)
    published = list(months.events(example))
    assert len(lines) == len(published) > 150
    for line, event in zip(lines, published, strict=True):
        (row,) = reader.outcomes(list(line))
        assert isinstance(row, ReadRow), line
        read = parse_structured(row.event, rules)
        told = parse_structured(json.dumps(event).encode(), rules)
        assert (type(read), read.time, read.data) == (type(told), told.time, told.data)
