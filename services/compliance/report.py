"""The report: every commitment beside its target, over a fiscal year, worst first.

Counts are whole files, summed over partitions when they are read; ``forms`` writes them for programs and for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.compliance.attainment import Period
from services.compliance.measures import Measure, measures
from services.compliance.store import ComplianceStore
from services.compliance.sums import Scope
from shared.catalogue import Catalogue


class Report(NamedTuple):
    """All standards, worst first."""

    period: Period
    today: date
    rows: Sequence[Measure]


async def build(
    store: ComplianceStore,
    catalogue: Catalogue,
    asked: Period,
    today: date,
    *,
    units: frozenset[str] | None = None,
) -> Report:
    """The figures of a period as they are known now; ``units`` limits what is seen."""
    scope = Scope(sorted(catalogue.standards), None if units is None else sorted(units))
    rows = await measures(store.database, catalogue, asked, today, scope)
    single = [row for row in rows if row.standard is not None]
    return Report(asked, today, sorted(single, key=lambda row: (row.margin, row.standard)))
