"""Compliance over HTTP: how old the files in hand are, and how files come and go."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.compliance.api import parameters as query
from services.compliance.api.requests import RequestParameters
from services.compliance.projection import ComplianceStore
from services.compliance.workload import AgeBand, Grouping, Movement, read_workload
from shared.domain import DayUnit
from shared.http import Reader, problem_responses

GroupedBy = Annotated[
    Grouping,
    Query(alias="by", description="Thirteen months, or weeks from Monday; the last one goes on."),
]


class AgeView(BaseModel):
    """Files in hand from ``first`` to ``last`` days old (null for no end), by stage."""

    first: int
    last: int | None
    on_track: int
    at_risk: int
    critical: int
    overdue: int


class MovementView(BaseModel):
    """Files received, decided and withdrawn from ``first`` to ``last``; ``stock`` was open at the end of it."""

    first: date
    last: date
    received: int
    decided: int
    withdrawn: int
    stock: int


class WorkloadView(BaseModel):
    """The files of one standard: ages in ``days``, without those that wait; and movements."""

    standard: str
    unit: str | None
    today: date
    days: DayUnit
    ages: list[AgeView]
    movements: list[MovementView]


def add(routes: APIRouter, store: ComplianceStore, parameters: RequestParameters) -> None:
    """The workload, over one store."""

    @routes.get(
        "/v1/workload",
        summary="How old the files in hand are, and how files come and go",
        responses=problem_responses(404),
    )
    async def workload(
        reader: Reader,
        standard: query.OneStandard,
        unit: query.AnyUnit = None,
        grouping: GroupedBy = "month",
    ) -> WorkloadView:
        """How old the files in hand of a standard are, and how many came, went and stayed, by month or week."""
        found = await read_workload(
            store.database,
            parameters.catalogue,
            parameters.today(),
            parameters.scope(reader, standard, unit, None),
            grouping,
        )
        return WorkloadView(
            standard=standard,
            unit=unit,
            today=found.today,
            days=found.open_files.days,
            ages=[_age(one) for one in found.ages],
            movements=[_movement(one) for one in found.movements],
        )


def _age(band: AgeBand) -> AgeView:
    return AgeView(first=band.first, last=band.last, **band.stages)


def _movement(movement: Movement) -> MovementView:
    return MovementView(**movement._asdict())
