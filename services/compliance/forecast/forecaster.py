"""The task that keeps the model of each standard, so that no request computes one.

Models are built once a day, soon after midnight, and again when files have changed, at most every ten
minutes and for a small part of the time; one standard after the other, in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import date
from typing import Final

from services.compliance.forecast.history import read_history
from services.compliance.forecast.model import ForecastModel, build_model
from services.compliance.projection import ComplianceStore
from shared.domain import Catalogue
from shared.errors import UnavailableError
from shared.process import Now, wait_for_stop

_POLL_SECONDS: Final = 5.0
_SOONEST_SECONDS: Final = 600.0
_REST: Final = 50
"""Of the time that building took, until files that changed are looked at again."""
_log = logging.getLogger("echeance.forecast")


class Forecaster:
    """The models by standard; empty until they are built."""

    def __init__(self, store: ComplianceStore, catalogue: Catalogue, now: Now) -> None:
        self._store = store
        self._catalogue = catalogue
        self._now = now
        self._models: Mapping[str, ForecastModel] = {}
        self._built_on: date | None = None
        self._positions: Mapping[int, int] = {}
        self._next_at = float("-inf")

    def model(self, standard: str) -> ForecastModel | None:
        """The model of a standard; None until there is one."""
        return self._models.get(standard)

    async def run(self, stop: asyncio.Event) -> None:
        """Build the models until stopped; they grow old while the database does not answer."""
        clock = asyncio.get_running_loop().time
        while not stop.is_set():
            try:
                await self._build_if_due(clock())
            except UnavailableError as error:
                _log.warning("forecast: %s", error)
            await wait_for_stop(stop, _POLL_SECONDS)

    async def _build_if_due(self, at: float) -> None:
        today = self._catalogue.local_day(self._now())
        positions = await self._store.positions()
        has_changed = positions != self._positions and at >= self._next_at
        if today == self._built_on and not has_changed:
            return
        await self.build()
        self._positions = positions
        took = asyncio.get_running_loop().time() - at
        self._next_at = at + took + max(_SOONEST_SECONDS, _REST * took)

    async def build(self) -> None:
        """Build every model as of today; raises :class:`UnavailableError`."""
        today = self._catalogue.local_day(self._now())
        models = {}
        for name, standard in self._catalogue.standards.items():
            lives, days, withdrawn = await read_history(self._store, self._catalogue, name, today)
            models[name] = await asyncio.to_thread(
                build_model,
                lives,
                days,
                self._catalogue.calendar_of(standard),
                today,
                standard.nearest_terms(today).target,
                withdrawn,
            )
        self._models, self._built_on = models, today
