"""Integrity of stops: what stopped clocks take off, and which files are to verify."""

from services.compliance.stops.integrity import (
    Bunching,
    KindMeasure,
    OutstandingRule,
    RuleMeasure,
    StopMeasure,
    base_rates,
    stop_measure,
)
from services.compliance.stops.listings import (
    StopFindingCursor,
    StopFindingFilter,
    StoredFinding,
    files_to_verify,
)
from services.compliance.stops.metrics import stop_figures
from services.compliance.stops.queries import stop_measures
