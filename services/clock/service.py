"""The clock service beside its loop: live counters over HTTP. It has no background task.

The process runs :class:`services.clock.ClockWorker` in a loop over ``file-events``, and the index of
dead letters in one over ``dead-letters``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.clock import api, dead_letter_index
from services.clock.store import ClockStore
from shared.database import Database
from shared.domain import Catalogue
from shared.http import ReceiptWaiter
from shared.process import Now, Service, Settings


@asynccontextmanager
async def service(
    settings: Settings, database: Database, catalogue: Catalogue, now: Now
) -> AsyncIterator[Service]:
    """The clock over its tables."""
    store = ClockStore(database)
    receipts = ReceiptWaiter(store.reached, settings.partitions)
    clocks = api.router(store, catalogue, now, receipts)
    yield Service([clocks, dead_letter_index.api.router(database)], close_streams=receipts.close)
