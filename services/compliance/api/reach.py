"""Compliance over HTTP: what it takes to reach a target in a current period, and how likely it is."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.compliance.api import parameters as query
from services.compliance.api import responses
from services.compliance.api.requests import RequestParameters
from services.compliance.api.views import FilesToDecideView, ForecastView, ReachView
from services.compliance.forecast import NO_EFFECTS, Forecaster, read_reach, why_not_ranked
from services.compliance.projection import ComplianceStore, worklist
from shared.http import (
    AfterCursor,
    Principal,
    ProblemError,
    Reader,
    problem_responses,
    read_cursor,
    write_cursor,
)
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
        _require_every_unit(reader)
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

    @routes.get(
        "/v1/forecast/files",
        summary="Where a decision now changes most",
        responses=problem_responses(403, 404),
    )
    async def files_to_decide(
        reader: Reader,
        standard: query.AnyStandard = None,
        unit: query.AnyUnit = None,
        after: AfterCursor = None,
        limit: query.RowsPerPage = 50,
    ) -> FilesToDecideView:
        """The files in time, first those whose decision would add most, on average, to the attainment of their standard; of
        standards where the forecast was better than simple rules, and why not the others. `next` goes on whatever is built
        again meanwhile: no file comes twice, or is missed."""
        units = parameters.units(reader, standard, unit)
        _require_every_unit(reader)
        effects = forecaster.effects if forecaster else NO_EFFECTS
        catalogue, today = parameters.catalogue, parameters.today()
        names = sorted(catalogue.standards) if standard is None else [standard]
        cursor = read_cursor(worklist.OrderCursor, after)
        going_on = cursor.ranked_until if cursor else {}
        ranked = [one for one in going_on or effects.ranked(worklist.MOST_RANKED) if one in names]
        rows = await worklist.page_in_order(
            store.database,
            worklist.WorklistFilter(standard, units, None),
            [effects.part(ranked, today, catalogue.zone)],
            cursor,
            limit,
        )
        why_not = {one: why_not_ranked(effects.models.get(one)) for one in names}
        return FilesToDecideView(
            today=today,
            ranked=sorted(ranked),
            not_ranked={one: why for one, why in why_not.items() if why is not None},
            files=[responses.file_to_decide(snapshot, effects, today) for _, snapshot in rows],
            next=write_cursor(rows[-1][0]) if len(rows) == limit else None,
        )


def _require_every_unit(reader: Principal) -> None:
    if reader.units is not None:
        raise ProblemError(403, "all_units_only", _ALL_UNITS_ONLY)
