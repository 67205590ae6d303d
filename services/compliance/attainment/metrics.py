"""The task that refreshes the business figures of ``/metrics``, so that no scrape reads the database.

It reads all figures when a position has moved, on another day and every minute, and the progress of
a rebuild every few seconds; at most a fifth of its time is spent reading.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Final

from services.compliance.alerts import counts
from services.compliance.attainment.open_files import read_open_files
from services.compliance.attainment.queries import measures, with_delays
from services.compliance.attainment.samples import FigureInputs, PeriodMeasures, business_figures
from services.compliance.periods import PERIODS, parse_period
from services.compliance.projection import ComplianceStore, TallyScope, listings
from shared.database import Database, rebuilds
from shared.domain import Catalogue
from shared.errors import UnavailableError
from shared.metrics import Figures, Metrics, series
from shared.process import Now, wait_for_stop

_SOONEST_SECONDS: Final = 0.5
_LATEST_SECONDS: Final = 60.0
_PROGRESS_SECONDS: Final = 5.0
_REST: Final = 4
_log = logging.getLogger("echeance.figures")


FigureReader = Callable[[Database, Catalogue, date], Awaitable[Figures]]
"""More business figures, as of a day."""


class BusinessMetrics:
    """The business figures, in memory; ``now`` is the time they are of, ``more`` reads others."""

    def __init__(
        self,
        store: ComplianceStore,
        catalogue: Catalogue,
        metrics: Metrics,
        now: Now,
        more: Sequence[FigureReader] = (),
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._metrics = metrics
        self._now = now
        self._more = more
        self._known_at = metrics.gauge(series.SNAPSHOT_AT)
        self._figures: Figures = {}
        self._shown: Figures = {}
        self._read_of: tuple[Mapping[int, int], date] | None = None
        self._read_at = self._progress_at = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        """Refresh the figures until stopped; they grow old while the database does not answer."""
        clock = asyncio.get_running_loop().time
        while not stop.is_set():
            began = clock()
            try:
                await self.refresh()
            except UnavailableError as error:
                _log.warning("figures: %s", error)
            await wait_for_stop(stop, max(_SOONEST_SECONDS, _REST * (clock() - began)))

    async def refresh(self) -> None:
        """Read the figures if they may have changed; raises :class:`UnavailableError`."""
        began, at = self._metrics.wall(), asyncio.get_running_loop().time()
        today = self._catalogue.local_day(self._now())
        of = await self._store.positions(), today
        if of != self._read_of or at - self._read_at >= _LATEST_SECONDS:
            self._figures = await self._read(today)
            self._read_of, self._read_at = of, at
            self._progress_at = float("-inf")
        if at - self._progress_at >= _PROGRESS_SECONDS:
            await self._show({**self._figures, series.REBUILD: await self._progress()})
            self._progress_at = at
        self._known_at.set(began.timestamp())

    async def _read(self, today: date) -> Figures:
        inputs = await _inputs(self._store, self._catalogue, today)
        figures = {**business_figures(inputs, self._catalogue)}
        for read in self._more:
            figures |= await read(self._store.database, self._catalogue, today)
        return figures

    async def _progress(self) -> Mapping[tuple[str, ...], float]:
        """The share done of each service's rebuild."""
        async with self._store.database.reading() as connection:
            progress = await rebuilds.rebuild_progress(connection)
        return {(service,): one.done / one.total for service, one in progress.items() if one.total}

    async def _show(self, figures: Figures) -> None:
        if figures != self._shown:
            await asyncio.to_thread(self._metrics.show, figures)
            self._shown = figures


async def _inputs(store: ComplianceStore, catalogue: Catalogue, today: date) -> FigureInputs:
    database, standards = store.database, sorted(catalogue.standards)
    measured = {}
    for kind in PERIODS:
        period = parse_period(kind, today, catalogue.fiscal_year_start)
        scope = TallyScope(standards, None)
        rows = await measures(database, catalogue, period, today, scope)
        rows = await with_delays(database, catalogue, period, today, scope, rows)
        measured[kind] = PeriodMeasures(period, rows)
    everywhere = TallyScope(standards, None, sorted(catalogue.units))
    running = await read_open_files(database, catalogue, today, everywhere)
    strays = {
        source: events
        for source, reason, events in await listings.anomaly_counts(database, None, None)
        if reason == "other_source"
    }
    return FigureInputs(today, measured, running, await counts.by_standard(database), strays)
