"""The task that keeps the model of each standard, so that no request computes one.

Models are built as :mod:`services.compliance.refresher` says; one standard after the other, in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from services.compliance.forecast.effects import NO_EFFECTS, DecisionEffects
from services.compliance.forecast.history import read_history
from services.compliance.forecast.model import ForecastModel, build_model
from services.compliance.forecast.readings import read_reach
from services.compliance.periods import parse_period
from services.compliance.projection import ComplianceStore, TallyScope
from services.compliance.refresher import Refresher
from shared.domain import Catalogue
from shared.process import Now

_log: Final = logging.getLogger("echeance.forecast")


class Forecaster:
    """The models by standard; empty until they are built."""

    def __init__(self, store: ComplianceStore, catalogue: Catalogue, now: Now) -> None:
        self._store = store
        self._catalogue = catalogue
        self._now = now
        self._effects = NO_EFFECTS
        self._refresher = Refresher(self.build, store, catalogue, now, _log)

    def model(self, standard: str) -> ForecastModel | None:
        """The model of a standard; None until there is one."""
        return self._effects.models.get(standard)

    @property
    def effects(self) -> DecisionEffects:
        """What decisions change, by these models."""
        return self._effects

    async def run(self, stop: asyncio.Event) -> None:
        """Build the models until stopped."""
        await self._refresher.run(stop)

    async def build(self) -> None:
        """Build every model as of today; raises :class:`UnavailableError`."""
        today = self._catalogue.local_day(self._now())
        models: dict[str, ForecastModel] = {}
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
        month = parse_period("month", today, self._catalogue.fiscal_year_start)
        scope = TallyScope(sorted(self._catalogue.standards), None)
        reached = await read_reach(self._store.database, self._catalogue, month, today, scope)
        self._effects = DecisionEffects(
            models, {row.stairs.standard: row.stairs.known for row in reached}
        )
