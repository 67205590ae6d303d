"""A measure: its margin, by which commitments are ranked, and the formulas of calls."""

from __future__ import annotations

from datetime import date

from services.compliance.attainment.attainment import Attainment, Budget
from services.compliance.attainment.measures import CallFormula
from tests.builders import CATALOGUE
from tests.unit.compliance.attainment.measured import measure

TODAY = date(2026, 11, 23)


def test_the_worst_commitment_comes_first_and_what_is_not_measured_last() -> None:
    late = measure("plainte", decided=Attainment(2, 0, 2))
    kept = measure("courriel", decided=Attainment(5, 5, 0))
    unmeasured = measure("peq", due=Attainment(3, 0, 3))
    ranked = sorted([unmeasured, kept, late], key=lambda row: row.margin())
    assert ranked == [late, kept, unmeasured]
    assert unmeasured.margin("due") < late.margin("due")


def test_each_basis_has_its_attainment_and_its_budget() -> None:
    row = measure(
        decided=Attainment(5, 4, 1),
        due=Attainment(6, 4, 2),
        late=Budget(1, 1, 2),
        late_due=Budget(1, 2, 2),
    )
    assert (row.on("decided"), row.budget("decided")) == (row.decided, row.late)
    assert (row.on("due"), row.budget("due")) == (row.due, row.late_due)


def test_calls_are_measured_by_three_formulas_and_nothing_else_is() -> None:
    calls = measure("telephone", decided=Attainment(3, 1, 2), abandoned=1, withdrawn=1)
    assert calls.formulas(CATALOGUE, TODAY) == {
        "answered": CallFormula(1, 2),
        "answered_or_abandoned_after_the_limit": CallFormula(1, 3),
        "offered": CallFormula(1, 4),
    }
    for other in ("courriel", None):
        assert calls._replace(standard=other).formulas(CATALOGUE, TODAY) == {}
    unanswered = measure("telephone").formulas(CATALOGUE, TODAY)
    assert [formula.ratio for formula in unanswered.values()] == [None] * 3
