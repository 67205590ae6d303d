"""Compliance over HTTP: what it takes to reach a target in a current period, and how likely it is."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.compliance.api import parameters as query
from services.compliance.api import responses
from services.compliance.api.requests import RequestParameters
from services.compliance.api.views import ForecastView, ReachView
from services.compliance.forecast import Forecaster, read_reach
from services.compliance.projection import ComplianceStore
from shared.http import ProblemError, Reader, problem_responses
from shared.text import Text

CurrentPeriod = Annotated[
    Literal["month", "quarter", "fiscal-year"],
    Query(alias="period", description="The current month, quarter or fiscal year."),
]


_ALL_UNITS_ONLY = Text(
    "La prévision compte toutes les unités ; ce jeton n’en voit que certaines.",
    "The forecast counts every unit; this token sees some of them only.",
)


def add(
    routes: APIRouter,
    store: ComplianceStore,
    parameters: RequestParameters,
    forecaster: Forecaster | None,
) -> None:
    """The routes, over one store; without ``forecaster`` nothing is said to be likely."""

    @routes.get(
        "/v1/reach",
        summary="How many files to decide in time, by which day",
        responses=problem_responses(404),
    )
    async def reach(
        reader: Reader,
        standard: query.AnyStandard = None,
        unit: query.AnyUnit = None,
        period_name: CurrentPeriod = "month",
        by: query.By = None,
    ) -> ReachView:
        """Of the files due in a current period, how many must still be decided in time to reach the target, and the latest
        schedule that does: each standard; by unit too for one standard, or when asked."""
        scope = parameters.scope(reader, standard, unit, by)
        period, today = parameters.period(period_name), parameters.today()
        rows = await read_reach(store.database, parameters.catalogue, period, today, scope)
        return ReachView(
            period=period.name,
            first=period.first,
            last=period.last,
            today=today,
            rows=[
                responses.reach_row(row) for row in rows if unit is None or row.stairs.unit == unit
            ],
        )

    @routes.get(
        "/v1/forecast",
        summary="How likely the target of the current month is",
        responses=problem_responses(403, 404),
    )
    async def forecast(reader: Reader, standard: query.AnyStandard = None) -> ForecastView:
        """The chances of each standard in tenths where its own trials on the past allow it; the trials; the record of the risks
        that files are called."""
        parameters.units(reader, standard, None)
        if reader.units is not None:
            raise ProblemError(403, "all_units_only", _ALL_UNITS_ONLY)
        scope = parameters.scope(reader, standard, None, None)._replace(each_unit=())
        period, today = parameters.period("month"), parameters.today()
        rows = await read_reach(store.database, parameters.catalogue, period, today, scope)
        models = [
            (row.stairs, forecaster.model(row.stairs.standard) if forecaster else None)
            for row in rows
        ]
        return ForecastView(
            period=period.name,
            today=today,
            rows=[responses.forecast_row(stairs, model) for stairs, model in models if model],
        )
