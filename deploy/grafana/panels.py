"""What a dashboard is here: panels with their queries, each with its words in both languages.

Pure data. Queries read recorded series where there are any (deploy/prometheus/rules), which count a file once however many replicas
export it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from services.compliance.board.words import COMMON
from shared.text import Text

Kind = Literal["lines", "bars", "stat", "gauges", "table"]
"""Lines over time; bars stacked over time; one number; a bar for each series as of now; a row for each standard as of now."""
Unit = Literal["percentunit", "short", "s", "cps", "bytes"]
"""Grafana's names: a share of 1, a number, seconds, a number each second, bytes."""


Scale: TypeAlias = "Sequence[Step]"


class Query(NamedTuple):
    """An expression, and what its series are called; in a table, the heading of its column, its unit, scale and bounds."""

    expression: str
    legend: Text
    unit: Unit | None = None
    scale: Scale | None = None
    bounds: tuple[float, float] | None = None


class Step(NamedTuple):
    """The colour of values from ``since`` on; the first step of a scale has none, and takes what is below."""

    since: float | None
    color: str


NEUTRAL: Scale = (Step(None, "blue"),)
"""A number that is neither good nor bad. Without a scale of its own, Grafana turns a panel red from 80 on."""


class Word(NamedTuple):
    """What a series is called instead of the value of its label, and its colour."""

    text: Text
    color: str


class Link(NamedTuple):
    """Where a series or a row leads; ``{language}`` stands for the edition's, ``{label:…}`` for the value of a label."""

    title: Text
    url: str


class Panel(NamedTuple):
    """A chart or number; ``width`` is of 24, ``height`` in Grafana's rows.

    ``scale`` colours values, and is drawn as lines where ``drawn``; ``words`` rename series by the value that names them. A share has
    its ``bounds``.
    """

    kind: Kind
    title: Text
    description: Text
    unit: Unit
    queries: Sequence[Query]
    width: int = 12
    height: int = 8
    scale: Scale = NEUTRAL
    drawn: bool = False
    bounds: tuple[float | None, float | None] = (None, None)
    words: Mapping[str, Word] = {}
    links: Sequence[Link] = ()


class Choice(NamedTuple):
    """A variable at the head of a dashboard: the values of a label of an info metric, shown by its names, or a list with words."""

    name: str
    title: Text
    named_by: str = ""
    listed: Mapping[str, Text] = {}


class Board(NamedTuple):
    """A dashboard; ``name`` is that of its file and identity, ``since`` the beginning of the range it opens on, ``page`` the page of
    the supervisors' board that it leads to.
    """

    name: str
    title: Text
    description: Text
    panels: Sequence[Panel]
    choices: Sequence[Choice] = ()
    since: str = "now-90d"
    page: str = "/"


STANDARD_NAME = Text("{{name_fr}}", "{{name_en}}")
"""What a standard or unit is called, of a query that :func:`named` made."""

STAGES: Mapping[str, Word] = {
    stage: Word(COMMON[stage], color)
    for stage, color in (
        ("overdue", "red"),
        ("critical", "orange"),
        ("at_risk", "yellow"),
        ("on_track", "green"),
        ("waiting", "gray"),
        ("followed", "blue"),
    )
}
REMAINING: Mapping[str, Word] = {
    "overdue": STAGES["overdue"],
    "0": Word(Text("dernier jour", "last day"), "orange"),
    "1-2": Word(Text("1 ou 2 jours", "1 or 2 days"), "orange"),
    "3-5": Word(Text("de 3 à 5 jours", "3 to 5 days"), "yellow"),
    "6-10": Word(Text("de 6 à 10 jours", "6 to 10 days"), "green"),
    ">10": Word(Text("plus de 10 jours", "more than 10 days"), "green"),
    "waiting": STAGES["waiting"],
}


AGES: Mapping[str, Word] = {
    "0-5": Word(Text("de 0 à 5 jours", "0 to 5 days"), "green"),
    "6-10": Word(Text("de 6 à 10 jours", "6 to 10 days"), "light-green"),
    "11-20": Word(Text("de 11 à 20 jours", "11 to 20 days"), "blue"),
    "21-40": Word(Text("de 21 à 40 jours", "21 to 40 days"), "light-blue"),
    "41-80": Word(Text("de 41 à 80 jours", "41 to 80 days"), "yellow"),
    "81-160": Word(Text("de 81 à 160 jours", "81 to 160 days"), "orange"),
    ">160": Word(Text("plus de 160 jours", "more than 160 days"), "red"),
}


def named(expression: str, label: Literal["standard", "unit"]) -> str:
    """Series with the names of their standard or unit beside it; one of each, while replicas of two catalogues give two."""
    return (
        f"({expression}) * on ({label}) group_left (name_fr, name_en) "
        f"topk by ({label}) (1, echeance_{label}_info)"
    )


def same(text: str) -> Text:
    """Words that need no translation: the values of labels."""
    return Text(text, text)
