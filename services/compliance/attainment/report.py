"""The report: every commitment beside its target over a fiscal year, for staff and for the public."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.compliance.attainment.disclosure import Publication, disclose
from services.compliance.attainment.measures import AttainmentReport
from services.compliance.attainment.queries import standard_measures, with_delays
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
) -> AttainmentReport:
    """The figures of a period as they are known now, worst first, each followed by ``each_unit``.

    ``units`` limits what is counted. ``unit_bases`` limits what is read of single units.
    """
    scope = TallyScope(
        sorted(catalogue.standards), None if units is None else sorted(units), each_unit
    )
    rows = await standard_measures(
        store.database, catalogue, period, today, scope, unit_bases=unit_bases
    )
    rows = await with_delays(store.database, catalogue, period, today, scope, rows)
    ranks = {row.standard: (row.margin(), row.standard) for row in rows if row.unit is None}
    ranked = sorted(rows, key=lambda row: ranks[row.standard])
    return AttainmentReport(period, today, ranked)


async def public(
    store: ComplianceStore,
    catalogue: Catalogue,
    period: Period,
    today: date,
    each_unit: Sequence[str],
) -> Publication:
    """What of a fiscal year may be published; a unit withheld keeps its place, which tells nothing."""
    report = await build(store, catalogue, period, today, each_unit=each_unit)
    return disclose(period, today, report.rows, list(catalogue.standards), each_unit)
