"""The projection of snapshots into tallies, lists and alerts: one step, one transaction."""

from services.compliance.projection import (
    corrections,
    listing_key,
    listings,
    snapshot_tallies,
    stop_rules,
    tally_queries,
    tally_scope,
    worklist,
)
from services.compliance.projection.active_alerts import active_alerts, state_of
from services.compliance.projection.corrections import AnswerOutcome, FigurePart, MeasuredBasis
from services.compliance.projection.delay_queries import DelayCount, sum_delays
from services.compliance.projection.listing_key import WORKLIST_STAGES, WorklistStage
from services.compliance.projection.listings import (
    AnswerChangeFilter,
    CorrectionCursor,
    CorrectionFilter,
    CorrectionRow,
    MeasuredCycleRow,
    MeasuredFileCursor,
    MeasuredFileFilter,
)
from services.compliance.projection.rollups import EVERY_UNIT, Grain, rollup_cells
from services.compliance.projection.snapshot_tallies import (
    COUNTED_AGAIN,
    OPEN_BASES,
    OTHER,
    TIER_BASES,
    Basis,
)
from services.compliance.projection.stop_rules import STOP_RULES, StopRule
from services.compliance.projection.store import ComplianceStore
from services.compliance.projection.tables import COMPUTED, stop_findings
from services.compliance.projection.tally_queries import (
    daily_sums,
    grain_sums,
    monthly_sums,
    open_now,
    sum_events,
)
from services.compliance.projection.tally_scope import Days, OpenDay, Outcomes, TallyScope
from services.compliance.projection.worker import ComplianceWorker
