"""The projection of snapshots into tallies, lists and alerts: one step, one transaction."""

from __future__ import annotations

from services.compliance.projection import (
    corrections,
    listing_key,
    snapshot_tallies,
    tally_queries,
    tally_scope,
)
from services.compliance.projection.corrections import MeasuredBasis
from services.compliance.projection.listing_key import WORKLIST_STAGES, ListingStage, WorklistStage
from services.compliance.projection.rollups import EVERY_UNIT, rollup_cells
from services.compliance.projection.snapshot_tallies import MEASURED_LATE, OPEN_BASES, Basis
from services.compliance.projection.store import ComplianceStore
from services.compliance.projection.tables import (
    COMPUTED,
    anomaly_tallies,
    compliance_files,
    corrections_table,
    measured_cycles,
    open_tallies,
    tallies,
)
from services.compliance.projection.tally_queries import HAS_FILES, open_now, sum_events
from services.compliance.projection.tally_scope import Days, OpenDay, Outcomes, TallyScope
from services.compliance.projection.worker import ComplianceWorker

__all__ = [
    "COMPUTED",
    "EVERY_UNIT",
    "HAS_FILES",
    "MEASURED_LATE",
    "OPEN_BASES",
    "WORKLIST_STAGES",
    "Basis",
    "ComplianceStore",
    "ComplianceWorker",
    "Days",
    "ListingStage",
    "MeasuredBasis",
    "OpenDay",
    "Outcomes",
    "TallyScope",
    "WorklistStage",
    "anomaly_tallies",
    "compliance_files",
    "corrections",
    "corrections_table",
    "listing_key",
    "measured_cycles",
    "open_now",
    "open_tallies",
    "rollup_cells",
    "snapshot_tallies",
    "sum_events",
    "tallies",
    "tally_queries",
    "tally_scope",
]
