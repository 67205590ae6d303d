"""Measures of tests: one standard in one period, of which what is not named is 0."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from services.compliance.attainment.attainment import Attainment, Budget
from services.compliance.attainment.measures import Measure

COUNTS = ("abandoned", "received", "withdrawn", "closed", "open", "waiting", "overdue")
NOTHING, NO_BUDGET = Attainment(0, 0, 0), Budget(0, 0, 0)


def measure(standard: str | None = "courriel", unit: str | None = None, **figures: Any) -> Measure:
    """The target is 80 %."""
    counts: dict[str, Any] = dict.fromkeys(COUNTS, 0)
    zero = Measure(standard, unit, Fraction(4, 5), NOTHING, NOTHING, NO_BUDGET, NO_BUDGET, **counts)
    return zero._replace(**figures)
