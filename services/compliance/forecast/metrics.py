"""What is still possible, and how likely, for Prometheus to scrape: of each standard, all units together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Final

from services.compliance.forecast.effects import DecisionEffects
from services.compliance.forecast.forecaster import Forecaster
from services.compliance.forecast.model import ForecastModel
from services.compliance.forecast.readings import Reaching, read_reach
from services.compliance.forecast.risk import RISKS
from services.compliance.periods import parse_period
from services.compliance.projection import TallyScope, open_now
from shared.database import Database
from shared.domain import Catalogue
from shared.metrics import Figures, series
from shared.metrics.series import Series

_KINDS: Final = ("month", "quarter", "fiscal-year")
_Sample = tuple[Series, tuple[str, ...], float]


class ForecastMetrics:
    """Reads the staircases, and what the models of a forecaster say."""

    def __init__(self, forecaster: Forecaster) -> None:
        self._forecaster = forecaster

    async def read(self, database: Database, catalogue: Catalogue, today: date) -> Figures:
        """Every series of the forecast, as of a day."""
        values: dict[Series, dict[tuple[str, ...], float]] = defaultdict(dict)
        scope, effects = TallyScope(sorted(catalogue.standards), None), self._forecaster.effects
        for kind in _KINDS:
            period = parse_period(kind, today, catalogue.fiscal_year_start)
            for row in await read_reach(database, catalogue, period, today, scope):
                name, model = row.stairs.standard, effects.models.get(row.stairs.standard)
                for one, labels, value in _reach(row):
                    values[one][name, kind, *labels] = value
                if kind == "month" and model is not None:
                    for one, labels, value in _likely(row, model):
                        values[one][name, *labels] = value
        values[series.OPEN_BY_RISK] = await _risks(database, effects, scope, today)
        return values


def _reach(row: Reaching) -> Iterator[_Sample]:
    stairs = row.stairs
    yield series.REACH_OPEN, (), stairs.open
    yield series.REACH_NEEDED, (), stairs.needed
    yield series.REACH_LATE_LEFT, (), stairs.late_left
    yield series.REACH_IMPOSSIBLE, (), stairs.is_impossible
    start = next((step.day for step in stairs.steps if step.needed), None)
    if start is not None:
        yield series.REACH_LATEST_START, (), row.calendar.midnight(start).timestamp()
    for bound, files in zip(
        ("low", "high"), row.at_this_pace(stairs.period.last) or (), strict=False
    ):
        yield series.REACH_PACE, (bound,), files


def _likely(row: Reaching, model: ForecastModel) -> Iterator[_Sample]:
    test, chance = model.back_test, model.chance(row.stairs)
    yield series.FORECAST_SHOWN, (), test.has_skill
    if chance is not None:
        yield series.TARGET_CHANCE, (), chance.tenths / 10
    if test.trials:
        yield series.FORECAST_BRIER, ("forecast",), test.brier_base.forecast
        yield series.FORECAST_BRIER, ("last_month",), test.brier_last_month.rule
        yield series.FORECAST_BRIER, ("so_far",), test.brier_so_far.rule
        yield series.FORECAST_BRIER, ("base",), test.brier_base.rule


async def _risks(
    database: Database, effects: DecisionEffects, scope: TallyScope, today: date
) -> dict[tuple[str, ...], float]:
    said = effects.histories(scope.standards)
    files: Counter[tuple[str, ...]] = Counter(
        {(standard, risk): 0 for standard in said for risk in RISKS}
    )
    if said:
        only = scope._replace(standards=sorted(said))
        for one in await open_now(database, only, ["open_due"]):
            risk = effects.risk_of_day(one.standard, date.fromordinal(one.day), today)
            if risk is not None:
                files[one.standard, risk] += one.files
    return dict(files)
