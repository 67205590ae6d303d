"""The report: every commitment beside its target over a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.compliance.attainment.measures import AttainmentReport
from services.compliance.attainment.queries import standard_measures, with_delays
from services.compliance.explanations import Explanation, ExplanationStore
from services.compliance.periods import Period
from services.compliance.projection import Basis, ComplianceStore, TallyScope
from shared.domain import Catalogue


async def build(
    store: ComplianceStore,
    catalogue: Catalogue,
    period: Period,
    today: date,
    *,
    units: frozenset[str] | None = None,
    each_unit: Sequence[str] = (),
    unit_bases: Sequence[Basis] | None = None,
    known_on: date | None = None,
) -> AttainmentReport:
    """The figures of a period as known now or on a day, worst first, each followed by ``each_unit``.

    ``units`` limits what is counted. ``unit_bases`` limits what is read of single units, without
    delays. Where ``known_on`` is given, it is ``today`` as well.
    """
    every = None if units is None else sorted(units)
    scope = TallyScope(sorted(catalogue.standards), every, each_unit, known_on)
    rows = await standard_measures(
        store.database, catalogue, period, today, scope, unit_bases=unit_bases
    )
    of_delays = scope if unit_bases is None else scope._replace(each_unit=())
    rows = await with_delays(store.database, catalogue, period, today, of_delays, rows)
    ranks = {row.standard: (row.margin(), row.standard) for row in rows if row.unit is None}
    ranked = sorted(rows, key=lambda row: ranks[row.standard])
    explanations = await read_explanations(store, catalogue, period, known_on)
    return AttainmentReport(period, today, ranked, explanations)


async def read_explanations(
    store: ComplianceStore, catalogue: Catalogue, period: Period, known_on: date | None
) -> Mapping[str, Explanation]:
    """What the body says of a period now, or said at the end of a day, by standard."""
    until = None if known_on is None else catalogue.end_of_day(known_on)
    return await ExplanationStore(store.database).current(period.name, until)
