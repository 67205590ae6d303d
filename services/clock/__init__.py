"""Events to clocks: computes every file's delay on the business-day calendar, and publishes snapshots."""

from services.clock import dead_letter_index, generations
from services.clock.__main__ import serve
from services.clock.evaluator import EvaluatedRow, Evaluator, SnapshotVersion, StoredFile
from services.clock.event_allowance import MOST_EVENTS, MOST_RAISED
from services.clock.forgetting import forget_request
from services.clock.histories import EMPTY_HISTORY, of_events, of_stored
from services.clock.incoming import new_events
from services.clock.recount import Recount
from services.clock.service import service
from services.clock.store import (
    SERVICE,
    CatalogueRefusedError,
    ClockRows,
    ClockStore,
    ForgettingState,
    Generation,
    OwnedPartition,
)
from services.clock.tables import clock_files, clock_generations
from services.clock.worker import ClockWorker
