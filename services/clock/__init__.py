"""Events to clocks: computes every file's delay on the business-day calendar, and publishes snapshots."""

from __future__ import annotations

from services.clock import generations
from services.clock.__main__ import serve
from services.clock.evaluator import Evaluator, StoredFile, UnknownStandardError
from services.clock.event_allowance import MOST_EVENTS, MOST_RAISED
from services.clock.histories import EMPTY_HISTORY, of_events, of_stored
from services.clock.incoming import new_events
from services.clock.recount import Recount, RecountedRows
from services.clock.service import service
from services.clock.store import (
    SERVICE,
    CatalogueRefusedError,
    ClockRows,
    ClockStore,
    Generation,
    OwnedPartition,
)
from services.clock.tables import clock_files, clock_generations
from services.clock.worker import ClockWorker

__all__ = [
    "EMPTY_HISTORY",
    "MOST_EVENTS",
    "MOST_RAISED",
    "SERVICE",
    "CatalogueRefusedError",
    "ClockRows",
    "ClockStore",
    "ClockWorker",
    "Evaluator",
    "Generation",
    "OwnedPartition",
    "Recount",
    "RecountedRows",
    "StoredFile",
    "UnknownStandardError",
    "clock_files",
    "clock_generations",
    "generations",
    "new_events",
    "of_events",
    "of_stored",
    "serve",
    "service",
]
