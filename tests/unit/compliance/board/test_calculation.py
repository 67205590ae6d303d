"""The calculator: the dates of a reception, or its mistakes field by field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from services.compliance.board.calculation import CalculatorForm, CalculatorInputError, calculate
from tests.builders import CATALOGUE


def test_a_wait_moves_the_deadline_and_the_days_lead_up_to_it():
    [plain] = calculate(CalculatorForm("courriel", "2026-11-23"), CATALOGUE, 6)
    [waits] = calculate(
        CalculatorForm("courriel", "2026-11-23", [("2026-11-24", "2026-11-26")]), CATALOGUE, 6
    )
    assert plain.cycle.state.due_on == date(2026, 11, 25)
    assert waits.cycle.state.due_on == date(2026, 11, 27)
    assert [day.day for day in plain.days][-1] == date(2026, 11, 25)
    assert [grid.first for grid in plain.months] == [date(2026, 11, 1)] and not plain.shortened


@pytest.mark.parametrize(
    ("standard", "received", "waits", "mistakes"),
    [
        ("nothing", "2026-11-23", [], {"standard": "unknown_standard"}),
        ("courriel", "", [], {"received": "missing"}),
        ("courriel", "2026-02-30", [], {"received": "unreadable"}),
        ("courriel", "2150-01-01", [], {"received": "outside"}),
        ("courriel", "1066-10-14", [], {"received": "outside"}),
        ("caq-etudes", "2050-12-30", [], {"received": "outside"}),
        ("telephone", "2026-11-23", [], {"received": "needs_time"}),
        ("courriel", "2026-11-23", [("2026-11-24", "")], {"wait-1": "both_dates"}),
        ("courriel", "2026-11-23", [("2026-11-26", "2026-11-24")], {"wait-1": "backwards"}),
        ("courriel", "2026-11-23", [("2026-11-20", "2026-11-24")], {"wait-1": "before_reception"}),
    ],
)
def test_a_mistake_is_told_by_its_field(
    standard: str, received: str, waits: Sequence[tuple[str, str]], mistakes: dict[str, str]
):
    with pytest.raises(CalculatorInputError) as refused:
        calculate(CalculatorForm(standard, received, waits), CATALOGUE, 6)
    assert refused.value.mistakes == mistakes
