"""The report: every commitment beside its target, over a fiscal year, worst first; for staff, and
as it may be published.

Counts are whole files, summed over partitions when they are read; ``report_formats`` writes them
for programs and for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.compliance.attainment.disclosure import Publication, disclose
from services.compliance.attainment.measures import Report
from services.compliance.attainment.queries import measures
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
    by_unit: bool = False,
    unit_bases: Sequence[Basis] | None = None,
) -> Report:
    """The figures of a period as they are known now; ``units`` limits what is seen.

    With ``by_unit``, each commitment is followed by its units, in the order of the catalogue, of
    which only ``unit_bases`` are read where these are given.
    """
    each = sorted(catalogue.units if units is None else units) if by_unit else ()
    scope = TallyScope(
        sorted(catalogue.standards), None if units is None else sorted(units), each_unit=each
    )
    rows = await measures(
        store.database, catalogue, period, today, scope, unit_bases=unit_bases, together=False
    )
    totals = [row for row in rows if row.unit is None]
    of_units = {(row.standard, row.unit): row for row in rows if row.unit is not None}
    ordered = []
    for total in sorted(totals, key=lambda row: (row.margin, row.standard)):
        ordered.append(total)
        ordered += [
            of_units[total.standard, unit]
            for unit in catalogue.units
            if (total.standard, unit) in of_units
        ]
    return Report(period, today, ordered)


async def public(
    store: ComplianceStore, catalogue: Catalogue, period: Period, today: date, *, by_unit: bool
) -> Publication:
    """What of a fiscal year may be published; by unit, also units without files."""
    rows = await build(store, catalogue, period, today, by_unit=by_unit)
    return disclose(
        rows.period,
        today,
        rows.rows,
        list(catalogue.standards),
        list(catalogue.units) if by_unit else [],
    )
