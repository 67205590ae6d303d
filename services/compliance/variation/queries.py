"""What control charts and funnels are drawn from: months, quarters and units of one standard."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from services.compliance.attainment.attainment import Attainment, attainment_of
from services.compliance.periods import Period
from services.compliance.projection import Days, MeasuredBasis, TallyScope, monthly_sums, sum_events
from services.compliance.variation.control_chart import ChartPeriod, Segment, segments_of
from services.compliance.variation.funnel import Funnel, funnel
from shared.database import Database
from shared.domain import Standard

ChartStep = Literal["month", "quarter"]
MONTHS: Final = 48
"""Four years of months: sixteen quarters."""
FEWEST_A_MONTH: Final = 20
"""Files of a month on average; below, a chart is of quarters."""
_QUARTER: Final = 3


class AttainmentChart(NamedTuple):
    """The attainment of a standard over time, by month or quarter; ``running`` is not over yet."""

    step: ChartStep
    segments: Sequence[Segment]
    running: ChartPeriod | None

    @property
    def last(self) -> Segment | None:
        return self.segments[-1] if self.segments else None


async def read_chart(
    database: Database, standard: Standard, scope: TallyScope, today: date, basis: MeasuredBasis
) -> AttainmentChart:
    """The chart of the one standard of a scope, all its units together."""
    firsts = _months_until(today)
    days = Days(basis, firsts[0], today)
    sums = await monthly_sums(database, scope._replace(each_unit=()), days)
    outcomes = sums.get(scope.standards[0], {})
    months = [ChartPeriod(one, attainment_of(outcomes.get(one, {}))) for one in firsts]
    changes = [terms.effective_from for terms in standard.terms if terms.effective_from]
    return attainment_chart(months, changes)


def attainment_chart(months: Sequence[ChartPeriod], changes: Sequence[date]) -> AttainmentChart:
    """The chart of some months, of which the last is running; of quarters where files are few."""
    known = [one for one in months[:-1] if one.attainment.measured]
    measured = sum(one.attainment.measured for one in known)
    step: ChartStep = "month" if measured >= FEWEST_A_MONTH * len(known) else "quarter"
    periods = list(months) if step == "month" else _quarters(months)
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


def _months_until(today: date) -> Sequence[date]:
    last = today.year * 12 + today.month - 1
    return [date(one // 12, one % 12 + 1, 1) for one in range(last - MONTHS + 1, last + 1)]


async def read_funnel(
    database: Database, standard: Standard, scope: TallyScope, period: Period, basis: MeasuredBasis
) -> Funnel:
    """The units of the one standard of a scope around its target."""
    sums = await sum_events(database, scope, [Days(basis, period.first, period.last)])
    units: Mapping[str, Attainment] = {
        unit: attainment_of(of_bases.get(basis, {}))
        for (_, unit), of_bases in sums.items()
        if unit is not None
    }
    target = float(standard.nearest_terms(period.last).target)
    return await asyncio.to_thread(funnel, units, target)
