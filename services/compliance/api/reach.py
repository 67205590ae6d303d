"""Compliance over HTTP: what it takes to reach a target in a current period."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.compliance.api import parameters as query
from services.compliance.api import responses
from services.compliance.api.requests import RequestParameters
from services.compliance.api.views import ReachView
from services.compliance.forecast import read_reach
from services.compliance.projection import ComplianceStore
from shared.http import Reader, problem_responses

CurrentPeriod = Annotated[
    Literal["month", "quarter", "fiscal-year"],
    Query(alias="period", description="The current month, quarter or fiscal year."),
]


def add(routes: APIRouter, store: ComplianceStore, parameters: RequestParameters) -> None:
    """The route, over one store."""

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
