"""docs/security.md has each row of ASVS 5.0's levels 1 and 2 once, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tests.paths import ROOT

PAGE: Final = ROOT / "docs" / "security.md"
IDS: Final = Path(__file__).with_name("asvs-5.0.txt")
"""The number of each row and its level, as ASVS 5.0.0 has them; its words are its own."""
STATES: Final = frozenset({"met", "partly", "not", "–"})
LEAST_MET: Final = 130
_ROW: Final = re.compile(r"(?m)^\| (\d+\.\d+\.\d+) \| ([12]) \| (\S+) \| ([^|]+) \| ([^|]*) \|$")
_TEST: Final = re.compile(r"`([\w/]+\.py)::(\w+)`")


class AsvsRow(NamedTuple):
    id: str
    level: str
    state: str
    how: str
    shown_by: str


def rows(text: str) -> list[AsvsRow]:
    return [AsvsRow(*(cell.strip() for cell in found)) for found in _ROW.findall(text)]


@cache
def functions_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


ROWS: Final = rows(PAGE.read_text("utf-8"))


def test_each_row_stands_there_once_in_order_under_its_level() -> None:
    wanted = [tuple(line.split()) for line in IDS.read_text("utf-8").splitlines()]
    assert [(row.id, row.level) for row in ROWS] == wanted


def test_each_row_says_how_or_why_not() -> None:
    for row in ROWS:
        assert row.state in STATES and row.how, row.id
        if row.state == "–":
            assert not row.shown_by, row.id
        elif row.state == "met":
            assert row.shown_by, f"{row.id}: which test shows it?"


def test_every_test_that_is_named_exists() -> None:
    for row in ROWS:
        named = _TEST.findall(row.shown_by)
        assert len(named) == row.shown_by.count("::"), row.id
        for path, name in named:
            assert name in functions_in(ROOT / path), (row.id, path, name)


def test_enough_rows_are_met_and_the_page_counts_them() -> None:
    counted = Counter(row.state for row in ROWS)
    applicable = sum(counted.values()) - counted["–"]
    assert counted["met"] >= LEAST_MET
    told = f"Of {len(ROWS)} rows {applicable} apply: {counted['met']} are met, {counted['partly']} partly, {counted['not']} not."
    assert told in PAGE.read_text("utf-8").replace("\n", " ")
