"""What changed: the attainment of a period beside the one before, and the same a year earlier."""

from services.compliance.changes.comparison import (
    ComparedDays,
    ComparedRow,
    Comparison,
    PeriodSide,
    Shift,
    compared_periods,
    worst_shifts,
)
from services.compliance.changes.queries import read_comparison
