"""The control chart of a standard: of its months, or of quarters where its files are few. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from services.compliance.attainment.attainment import Attainment
from services.compliance.variation.control_chart import ChartPeriod, Segment, segments_of

ChartStep = Literal["month", "quarter"]
FEWEST_A_MONTH: Final = 20
"""Files of a month on average; below, a chart is of quarters."""
MONTHS_DRAWN: Final = 25
"""Two years, and the running month."""
_QUARTER: Final = 3


class AttainmentChart(NamedTuple):
    """The attainment of a standard over time, by month or quarter; ``running`` is not over yet."""

    step: ChartStep
    segments: Sequence[Segment]
    running: ChartPeriod | None

    @property
    def last(self) -> Segment | None:
        return self.segments[-1] if self.segments else None


def attainment_chart(months: Sequence[ChartPeriod], changes: Sequence[date]) -> AttainmentChart:
    """The chart of some months, of which the last is running; of quarters where files are few."""
    known = [one for one in months[:-1] if one.attainment.measured]
    measured = sum(one.attainment.measured for one in known)
    step: ChartStep = "month" if measured >= FEWEST_A_MONTH * len(known) else "quarter"
    periods = list(months[-MONTHS_DRAWN:]) if step == "month" else _quarters(months)
    *over, running = periods
    return AttainmentChart(
        step, segments_of(over, changes), running if running.attainment.measured else None
    )


def _quarters(months: Sequence[ChartPeriod]) -> list[ChartPeriod]:
    """Whole quarters, and the running one."""
    parts: dict[date, list[Attainment]] = {}
    for one in months:
        first = one.first.replace(month=(one.first.month - 1) // _QUARTER * _QUARTER + 1)
        if first >= months[0].first:
            parts.setdefault(first, []).append(one.attainment)
    return [ChartPeriod(first, Attainment.total(of)) for first, of in parts.items()]
