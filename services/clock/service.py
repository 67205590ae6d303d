"""The clock service beside its loop: live counters over HTTP. It has no background task.

The process runs :class:`services.clock.ClockWorker` in a loop over ``file-events``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.clock import api
from services.clock.store import ClockStore
from shared.database import Database
from shared.domain import Catalogue
from shared.process import Now, Service


@asynccontextmanager
async def service(database: Database, catalogue: Catalogue, now: Now) -> AsyncIterator[Service]:
    """The clock over its tables."""
    yield Service([api.router(ClockStore(database), catalogue, now)])
