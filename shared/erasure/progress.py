"""The gauges of erasures that some store has still to do."""

from __future__ import annotations

from shared.database import Database
from shared.erasure.store import ErasureStore
from shared.metrics import Metrics, series


class ErasureProgress:
    """How many erasures are pending, and since when the oldest is."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._store = ErasureStore(database)
        self._pending = metrics.gauge(series.ERASURES_PENDING)
        self._oldest = metrics.gauge(series.ERASURE_OLDEST)

    async def refresh(self) -> None:
        """Set the gauges to what the table says now."""
        requested_at = [at for _, at in await self._store.unfinished()]
        self._pending.set(len(requested_at))
        self._oldest.set(min(requested_at, default=0) / 1_000_000)
