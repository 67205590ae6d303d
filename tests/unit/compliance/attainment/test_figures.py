"""A figure of several commitments: counts add up, a ratio is that of the sums, and there is no target."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.attainment import figures
from services.compliance.attainment.attainment import Attainment, Budget
from services.compliance.attainment.figures import (
    CountFigure,
    DelayFigure,
    Figure,
    RatioFigure,
    TargetFigure,
)
from services.compliance.attainment.measures import Feature, Measure
from tests.unit.compliance.attainment.measured import COUNTS, measure

SOME_COUNTS = ("waiting_other", "extended", "extended_due")

FIGURES: Sequence[Figure] = tuple(
    dict.fromkeys(
        (
            *figures.REPORT_FIGURES,
            *figures.SOME_FIGURES,
            *figures.DECIDED,
            *figures.DUE,
            figures.CLOSED_FIGURE,
        )
    )
)


@st.composite
def attainments(draw: st.DrawFn) -> Attainment:
    on_time, late = draw(files), draw(files)
    return Attainment(on_time + late, on_time, late)


files = st.integers(min_value=0, max_value=500)
budgets = st.builds(Budget, files, files, files)
measures = st.builds(
    Measure,
    standard=st.sampled_from(["courriel", "peq"]),
    unit=st.just("laval"),
    target=st.sampled_from([Fraction(4, 5), Fraction(1)]),
    decided=attainments(),
    due=attainments(),
    late=budgets,
    late_due=budgets,
    **dict.fromkeys((*COUNTS, *SOME_COUNTS), files),
    features=st.just(frozenset(get_args(Feature))),
)


@given(st.lists(measures, min_size=1, max_size=5))
def test_every_figure_of_a_total_is_made_of_its_parts(rows: list[Measure]) -> None:
    total = Measure.total("laval", rows)
    for figure in FIGURES:
        value = figure.value(total)
        match figure:
            case CountFigure():
                assert value == sum(figure.value(row) for row in rows), figure.name
            case RatioFigure(part=part, whole=whole):
                of = sum(whole.value(row) for row in rows)
                on_time = sum(part.value(row) for row in rows)
                assert value == (Fraction(on_time, of) if of else None), figure.name
            case TargetFigure() | DelayFigure():
                assert value is None
    assert (total.standard, total.unit) == (None, "laval")


def test_every_number_of_a_measure_is_declared() -> None:
    """Each is its own: a number taken twice, or by the wrong figure, shows in none or in two."""
    paths = [
        *(f"{name}.{one}" for name in ("decided", "due") for one in Attainment._fields),
        *(f"{name}.{one}" for name in ("late", "late_due") for one in Budget._fields),
        *COUNTS,
        "waiting_other",
    ]
    zero = measure()
    counts = [figure for figure in FIGURES if isinstance(figure, CountFigure)]
    for path in paths:
        name, _, inside = path.partition(".")
        value: Any = getattr(zero, name)._replace(**{inside: 1}) if inside else 1
        row = zero._replace(**{name: value})
        shown = {figure.name for figure in counts if figure.value(row)}
        expected = path.replace("late_due.", "late.").replace("decided.", "").replace("due.", "")
        suffix = "_due" if path.startswith(("due.", "late_due.")) else ""
        wanted = {expected.replace("late.", "late_") + suffix}
        if path.endswith((".allowed", ".committed")):
            wanted |= {f"late_left{suffix}"}
        if path.endswith(".on_time"):
            wanted |= {f"on_time_unextended{suffix}"}
        if path == "abandoned":  # among the late: shown by the other formulas only
            wanted = set()
        assert shown == wanted, path


def test_names_are_unique() -> None:
    names = [figure.name for figure in FIGURES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("ratio", [figures.DECIDED.attainment, figures.DUE.attainment])
def test_a_ratio_is_read_as_a_decimal_and_as_a_percentage(ratio: RatioFigure) -> None:
    found = Attainment(3, 2, 1)
    row = measure(decided=found, due=found)
    assert (ratio.number(row), ratio.cell(row, "en")) == (0.666667, "66.67%")
    assert (ratio.number(measure()), ratio.cell(measure(), "fr")) == (None, "—")


def test_attainment_without_extensions_leaves_out_what_only_they_made_on_time() -> None:
    row = measure(decided=Attainment(10, 8, 2), extended=3, features=frozenset({"extensions"}))
    found = {figure.name: figure.number(row) for figure in figures.SOME_FIGURES}
    assert (found["on_time_unextended"], found["attainment_unextended"]) == (5, 0.5)
    assert figures.DECIDED.attainment.number(row) == 0.8


def test_a_figure_says_nothing_of_standards_that_lack_what_it_is_about() -> None:
    assert not any(figure.applies(measure()) for figure in figures.SOME_FIGURES)
    assert all(figure.applies(measure()) for figure in figures.REPORT_FIGURES)
