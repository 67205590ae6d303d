"""What control charts and funnels are drawn from: months, quarters and units of one standard."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Final

from services.compliance.attainment.attainment import Attainment, attainment_of, measured_days
from services.compliance.periods import Period, last_months
from services.compliance.projection import Days, MeasuredBasis, TallyScope, monthly_sums, sum_events
from services.compliance.projection.tally_scope import TallySums
from services.compliance.variation.attainment_chart import AttainmentChart, attainment_chart
from services.compliance.variation.control_chart import ChartPeriod
from services.compliance.variation.funnel import Funnel, funnel
from shared.database import Database
from shared.domain import Standard

_MONTHS: Final = 48
"""Four years of months: sixteen quarters."""


async def read_chart(
    database: Database, standard: Standard, scope: TallyScope, today: date, basis: MeasuredBasis
) -> AttainmentChart:
    """The chart of the one standard of a scope, all its units together."""
    scope = scope._replace(each_unit=())
    firsts = [month.first for month in last_months(today, _MONTHS)]
    sums = await monthly_sums(database, scope, Days(basis, firsts[0], today))
    outcomes = sums.get(scope.standards[0], {})
    months = [ChartPeriod(one, attainment_of(outcomes.get(one, {}))) for one in firsts]
    if basis == "due":
        so_far = await _in_days(database, scope, Period("month", firsts[-1], today), today, basis)
        running = attainment_of(so_far.get((scope.standards[0], None), {}).get(basis, {}))
        months[-1] = ChartPeriod(firsts[-1], running)
    changes = [terms.effective_from for terms in standard.terms if terms.effective_from]
    return attainment_chart(months, changes)


async def _in_days(
    database: Database, scope: TallyScope, period: Period, today: date, basis: MeasuredBasis
) -> TallySums:
    """The sums of the days of a period that count on a basis."""
    days = measured_days(period, basis, today)
    return await sum_events(database, scope, [Days(basis, days.first, days.last)])


async def read_funnel(
    database: Database,
    standard: Standard,
    scope: TallyScope,
    period: Period,
    today: date,
    basis: MeasuredBasis,
) -> Funnel:
    """The units of the one standard of a scope around its target."""
    sums = await _in_days(database, scope, period, today, basis)
    units: Mapping[str, Attainment] = {
        unit: attainment_of(of_bases.get(basis, {}))
        for (_, unit), of_bases in sums.items()
        if unit is not None
    }
    target = float(standard.nearest_terms(period.last).target)
    return await asyncio.to_thread(funnel, units, target)
