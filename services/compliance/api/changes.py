"""Compliance over HTTP: what changed from one period to another."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from services.compliance.api import parameters as query
from services.compliance.api.requests import RequestParameters
from services.compliance.attainment import decimal
from services.compliance.changes import (
    ComparedDays,
    ComparedRow,
    Comparison,
    PeriodSide,
    Shift,
    read_comparison,
)
from services.compliance.projection import ComplianceStore, MeasuredBasis
from services.compliance.variation.chance import ChanceVerdict
from shared.domain import DayUnit
from shared.http import Reader, problem_responses


class PeriodView(BaseModel):
    """A period by its name, and the days of it that are compared."""

    period: str
    first: date
    last: date


class SideView(BaseModel):
    """Files of one period. ``late_above`` are late beyond what the target allows; ``corrections``, answers about the whole period changed after their month had closed."""

    target: float
    attainment: float | None
    measured: int
    on_time: int
    late: int
    late_allowed: int
    late_above: int
    corrections: int


class ShiftView(BaseModel):
    """From an earlier period to the current one: ``points`` of percentage, and late files above what the target allows.

    ``chance`` explains a difference within its interval of 95 %, leaves doubt up to 99.8 %, and does not explain one beyond.
    """

    points: float | None
    late_above: int
    chance: ChanceVerdict | None


class ChangedRow(BaseModel):
    """One standard and unit (null for all). ``year_ago`` is null where it is the period before.

    ``new_terms``: the terms are not those of an earlier period.
    """

    standard: str
    unit: str | None
    current: SideView
    before: SideView
    year_ago: SideView | None
    since_before: ShiftView
    since_year_ago: ShiftView | None
    new_terms: bool


class ChangesView(BaseModel):
    """A period beside the one before and the same a year earlier, what got worse first.

    Of a period that goes on, ``elapsed`` days of ``unit`` are compared; null where whole periods are.
    """

    basis: MeasuredBasis
    elapsed: int | None
    unit: DayUnit
    current: PeriodView
    before: PeriodView
    year_ago: PeriodView | None
    rows: list[ChangedRow]


def add(routes: APIRouter, store: ComplianceStore, parameters: RequestParameters) -> None:
    """The comparison, over one store."""

    @routes.get(
        "/v1/changes",
        summary="What changed since the period before, and in a year",
        responses=problem_responses(404),
    )
    async def changes(
        reader: Reader,
        standard: query.AnyStandard = None,
        unit: query.AnyUnit = None,
        period_name: query.PeriodName = "month",
        basis: query.OnBasis = "decided",
        by: query.By = None,
    ) -> ChangesView:
        """A period beside the one before and the same a year earlier, to the same point while it goes on; by unit too for one standard, or when asked."""
        comparison = await read_comparison(
            store.database,
            parameters.catalogue,
            parameters.period(period_name),
            basis,
            parameters.today(),
            parameters.scope(reader, standard, unit, by),
        )
        return _view(comparison)


def _view(comparison: Comparison) -> ChangesView:
    periods = comparison.periods
    return ChangesView(
        basis=comparison.basis,
        elapsed=periods.elapsed,
        unit=periods.unit,
        current=_period(periods.current),
        before=_period(periods.before),
        year_ago=periods.year_ago and _period(periods.year_ago),
        rows=[_row(row) for row in comparison.rows],
    )


def _period(one: ComparedDays) -> PeriodView:
    return PeriodView(period=one.period.name, first=one.period.first, last=one.last)


def _row(row: ComparedRow) -> ChangedRow:
    since_year_ago = row.since_year_ago
    return ChangedRow(
        standard=row.standard,
        unit=row.unit,
        current=_side(row.current),
        before=_side(row.before),
        year_ago=row.year_ago and _side(row.year_ago),
        since_before=_shift(row.since_before),
        since_year_ago=since_year_ago and _shift(since_year_ago),
        new_terms=row.new_terms,
    )


def _side(side: PeriodSide) -> SideView:
    files = side.attainment
    return SideView(
        target=float(side.target),
        attainment=decimal(files.ratio),
        measured=files.measured,
        on_time=files.on_time,
        late=files.late,
        late_allowed=files.late_allowed(side.target),
        late_above=side.late_above,
        corrections=side.corrections,
    )


def _shift(change: Shift) -> ShiftView:
    return ShiftView(
        points=decimal(change.points), late_above=change.late_above, chance=change.chance
    )
