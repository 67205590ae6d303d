"""What a dashboard is here: panels with their queries, each with its words in both languages.

Pure data. Queries read recorded series where there are any (deploy/prometheus/rules), which count a file once however many replicas
export it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from shared.texts import Text

Kind = Literal["lines", "bars", "stat", "gauges", "table"]
"""Lines over time; bars stacked over time; one number; a bar for each series as of now; a row for each standard as of now."""
Unit = Literal["percentunit", "short", "s", "cps", "bytes"]
"""Grafana's names: a share of 1, a number, seconds, a number each second, bytes."""


class Query(NamedTuple):
    """An expression, and what its series are called; in a table, the heading of its column."""

    expression: str
    legend: Text
    unit: Unit | None = None


class Panel(NamedTuple):
    """A chart or number; ``width`` is of 24, ``height`` in Grafana's rows."""

    kind: Kind
    title: Text
    description: Text
    unit: Unit
    queries: Sequence[Query]
    width: int = 12
    height: int = 8


class Choice(NamedTuple):
    """A variable at the head of a dashboard: the values of a label of a series, or a list."""

    name: str
    title: Text
    label_of: str = ""
    listed: Sequence[str] = ()


class Board(NamedTuple):
    """A dashboard; ``name`` is that of its file and identity."""

    name: str
    title: Text
    description: Text
    panels: Sequence[Panel]
    choices: Sequence[Choice] = ()


def same(text: str) -> Text:
    """Words that need no translation: the values of labels."""
    return Text(text, text)
