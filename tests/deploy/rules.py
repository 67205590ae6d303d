"""The rules for Prometheus as they are shipped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from shared.metrics import series
from tests.paths import ROOT

FOLDER = ROOT / "deploy" / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
TESTS = sorted((FOLDER / "tests").glob("*.yml"))
DECLARED = {one.name: one for one in (*series.BUSINESS, *series.TECHNICAL)}

_METRIC = re.compile(r"\becheance_[a-z0-9_]+")
_HISTOGRAM = re.compile(r"_(bucket|count|sum)$")


class Rule(NamedTuple):
    """A recording or alerting rule."""

    name: str
    expression: str
    annotations: Mapping[str, str]

    @property
    def is_alert(self) -> bool:
        return ":" not in self.name

    @property
    def metrics(self) -> set[str]:
        """The metrics of ours that it reads."""
        return set(_METRIC.findall(self.expression))


@cache
def shipped() -> Sequence[Rule]:
    """Every rule, in the order of its file."""
    return [
        Rule(rule.get("alert") or rule["record"], rule["expr"], rule.get("annotations", {}))
        for path in RULES
        for group in loaded(path)["groups"]
        for rule in group["rules"]
    ]


def alerts() -> Sequence[Rule]:
    return [rule for rule in shipped() if rule.is_alert]


def recorded() -> Sequence[Rule]:
    return [rule for rule in shipped() if not rule.is_alert]


def declared(metric: str) -> str:
    """The name under which a metric, or a series of a histogram, is declared."""
    return metric if metric in DECLARED else _HISTOGRAM.sub("", metric)


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def anchors(page: Path) -> frozenset[str]:
    """The fragments that lead to a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    slugs = (re.sub(r"[^\w -]", "", title.lower()) for title in titles)
    return frozenset(slug.replace(" ", "-") for slug in slugs)
