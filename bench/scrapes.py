"""``GET /metrics`` of ten standards and forty units over HTTP, and the cost of refreshing its
figures.

All figures are synthetic: measured is the exposition, not the tally queries.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench.attainment import forty_units
from bench.figures import Figure, p50_and_p99, processor_seconds
from bench.server import Server, answers
from services.compliance import PERIODS, parse_period
from services.compliance.alerts import STAGES as ALERTED
from services.compliance.attainment import (
    OPEN_STAGES,
    REMAINING,
    WAITED,
    Attainment,
    Budget,
    DaysAgo,
    FigureInputs,
    Measure,
    OpenFiles,
    PeriodMeasures,
    business_figures,
)
from shared.domain import Catalogue
from shared.http import Credentials, create_application, scrape
from shared.metrics import Metrics
from shared.process import runner

_TODAY = date(2026, 11, 23)
_MOST = 100_000


def scrape_figures(scrapes: int) -> Iterator[Figure]:
    """Sequential scrapes."""
    catalogue = forty_units()
    known = _synthetic_inputs(catalogue)
    metrics = Metrics(runner.now)
    shown = business_figures(known, catalogue)
    yield Figure("series of 10 standards × 40 units", sum(map(len, shown.values())), "")
    for name, work in (
        ("  put together", lambda: business_figures(known, catalogue)),
        ("  written in both formats", lambda: metrics.show(shown)),
    ):
        yield Figure(name, processor_seconds(work, runs=5) * 1e3, "ms")
    seconds = asyncio.run(_scrape_all(catalogue, metrics, scrapes))
    yield from p50_and_p99("scrape over HTTP", [one * 1e3 for one in seconds], 50.0)


def _synthetic_inputs(catalogue: Catalogue) -> FigureInputs:
    """Random figures, none of them 0."""
    chance = random.Random(2021)

    def some() -> int:
        return chance.randrange(1, _MOST)

    def measure(standard: str) -> Measure:
        late, on_time = some(), some()
        attainment, budget = (
            Attainment(on_time + late, on_time, late),
            Budget(some(), late, late + 1),
        )
        target = catalogue.standards[standard].current.target
        return Measure(
            standard, None, target, attainment, attainment, budget, budget,
            abandoned=some(), received=some(), withdrawn=some(), closed=some(),
            open=some(), waiting=some(), overdue=some(),
        )  # fmt: skip

    def opened(standard: str, unit: str | None) -> OpenFiles:
        stages: dict[str, int] = {stage: some() for stage in OPEN_STAGES}
        left, waited = ({name: some() for name in names} for names in (REMAINING, WAITED))
        oldest = DaysAgo(_TODAY, some())
        return OpenFiles(standard, unit, stages, some(), left, oldest, waited, oldest)

    standards = list(catalogue.standards)
    measured = {
        kind: PeriodMeasures(parse_period(kind, _TODAY), [measure(name) for name in standards])
        for kind in PERIODS
    }
    units = (None, *catalogue.units)
    open_files = [opened(name, unit) for name in standards for unit in units]
    alerts = [(name, stage, some()) for name in standards for stage in ALERTED]
    return FigureInputs(_TODAY, measured, open_files, alerts, {})


async def _scrape_all(catalogue: Catalogue, metrics: Metrics, scrapes: int) -> list[float]:
    async def ready() -> dict[str, str]:
        return {}

    with tempfile.TemporaryDirectory() as folder:
        credentials = Credentials(Path(folder) / "credentials.json")
        token = credentials.create("bench", ["read"], created=runner.now())
        app = create_application([scrape.router(metrics, catalogue)], credentials, ready)
        async with runner.serving(app, "127.0.0.1", 0) as server:
            at = Server(server.port, token)
            return await answers(at, [at.request("GET", "/metrics")] * scrapes, 200)
