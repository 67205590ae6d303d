"""The dashboards for Grafana: the files are as generated, complete in both languages, and no panel is empty."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import pytest

from deploy.grafana.__main__ import BOARDS, FOLDER, files
from tests.deploy.rules import DECLARED, declared, recorded
from tests.deploy.watched import Watched
from tests.servers.child import patiently

_CHOSEN = {"$standard": "caq-etudes", "$period": "fiscal-year"}
_SERIES = re.compile(r"\becheance[a-z0-9_:]+")


class Shown(NamedTuple):
    """A panel as it stands in a file."""

    file: str
    title: str
    panel: Any

    @property
    def expressions(self) -> list[str]:
        return [target["expr"] for target in self.panel["targets"]]


def shown(language: str = "*") -> Iterator[Shown]:
    for path in sorted(FOLDER.glob(f"{language}/*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            yield Shown(f"{path.parent.name}/{path.stem}", panel["title"], panel)


def test_the_files_are_as_generated() -> None:
    kept = {path: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.json")}
    assert kept == dict(files()), "run `python -m deploy.grafana`, and read the difference"


def test_every_panel_has_a_title_a_description_a_unit_and_a_query() -> None:
    for one in shown():
        assert one.title, one.file
        assert one.panel["description"], one.title
        assert one.panel["fieldConfig"]["defaults"]["unit"], one.title
        assert one.expressions and all(one.expressions), one.title


def test_both_editions_ask_the_same_and_neither_is_left_untranslated() -> None:
    french, english = list(shown("fr")), list(shown("en"))
    assert [one.expressions for one in french] == [one.expressions for one in english]
    for one, other in zip(french, english, strict=True):
        assert one.title != other.title
        assert one.panel["description"] != other.panel["description"]
    for board in BOARDS:
        assert board.title.fr != board.title.en


def test_no_panel_lies_over_another() -> None:
    for file in {one.file for one in shown()}:
        taken: set[tuple[int, int]] = set()
        for one in shown():
            if one.file != file:
                continue
            at = one.panel["gridPos"]
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            assert max(x for x, _ in cells) < 24
            assert not cells & taken, (file, one.title)
            taken |= cells


def test_panels_read_what_is_declared_or_recorded() -> None:
    known = {rule.name for rule in recorded()} | DECLARED.keys()
    for one in shown("fr"):
        for expression in one.expressions:
            for series in _SERIES.findall(expression.replace('job="echeance"', "")):
                assert series in known or declared(series) in known, (one.title, series)


@pytest.mark.parametrize("one", list(shown("fr")), ids=lambda one: f"{one.file} {one.title}")
def test_no_panel_is_empty(life: Watched, one: Shown) -> None:
    for expression in one.expressions:
        for variable, chosen in _CHOSEN.items():
            expression = expression.replace(variable, chosen)
        patiently(partial(life.query, expression), f"an answer to {expression}")
