"""When what is computed in the background is computed again.

Once a day, soon after midnight, and again when files have changed: at most every ten minutes, and for
a small part of the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from logging import Logger
from typing import Final

from services.compliance.projection import ComplianceStore
from shared.domain import Catalogue
from shared.errors import UnavailableError
from shared.process import Now, wait_for_stop

_POLL_SECONDS: Final = 5.0
_SOONEST_SECONDS: Final = 600.0
_REST: Final = 50
"""Of the time that computing took, until files that changed are looked at again."""


class Refresher:
    """Calls ``refresh`` when it is due; what it computed grows old while the database does not answer."""

    def __init__(
        self,
        refresh: Callable[[], Awaitable[None]],
        store: ComplianceStore,
        catalogue: Catalogue,
        now: Now,
        log: Logger,
    ) -> None:
        self._refresh = refresh
        self._store = store
        self._catalogue = catalogue
        self._now = now
        self._log = log
        self._day: date | None = None
        self._positions: Mapping[int, int] = {}
        self._next_at = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        """Refresh until stopped."""
        clock = asyncio.get_running_loop().time
        while not stop.is_set():
            try:
                await self.refresh_if_due(clock())
            except UnavailableError as error:
                self._log.warning("not refreshed: %s", error)
            await wait_for_stop(stop, _POLL_SECONDS)

    async def refresh_if_due(self, at: float) -> None:
        """Refresh on another day, or where files have changed; ``at`` in seconds of the loop."""
        today = self._catalogue.local_day(self._now())
        positions = await self._store.positions()
        has_changed = positions != self._positions and at >= self._next_at
        if today == self._day and not has_changed:
            return
        clock = asyncio.get_running_loop().time
        began = clock()
        await self._refresh()
        self._day, self._positions = today, positions
        took = clock() - began
        self._next_at = at + took + max(_SOONEST_SECONDS, _REST * took)
