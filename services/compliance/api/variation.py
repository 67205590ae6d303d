"""Compliance over HTTP: what is usual of an attainment, units around a target, the order of decisions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.compliance.api import parameters as query
from services.compliance.api.requests import RequestParameters
from services.compliance.attainment import decimal
from services.compliance.projection import ComplianceStore
from services.compliance.variation import AgeOrderKeeper, read_chart, read_funnel
from services.compliance.variation.attainment_chart import AttainmentChart, ChartStep
from services.compliance.variation.control_chart import (
    Assurance,
    ChartKind,
    ChartSide,
    ChartSignal,
    Usual,
)
from services.compliance.variation.funnel import Funnel, FunnelPlace
from shared.http import Reader, problem_responses

FunnelPeriod = Annotated[
    str,
    Query(
        alias="period",
        description="Of the funnel: as for `/v1/attainment`. The chart always ends with the running month or quarter.",
    ),
]


class SignalView(BaseModel):
    """A rule that a point is part of: ``beyond`` a limit, a ``shift`` of seven, a ``trend`` of six, two of three ``near`` a limit."""

    rule: ChartSignal
    side: ChartSide


class ChartPointView(BaseModel):
    """A month or quarter that is over, beside what is usual of it; ``mean`` and limits are null where too few have the same terms.

    Points of one ``segment`` have the same terms.
    """

    first: date
    segment: int
    chart: ChartKind
    measured: int
    on_time: int
    late: int
    attainment: float | None
    mean: float | None
    lower: float | None
    upper: float | None
    signals: list[SignalView]


class RunningPointView(BaseModel):
    """The month or quarter that goes on: not judged yet."""

    first: date
    measured: int
    on_time: int
    late: int
    attainment: float | None


class FunnelUnitView(BaseModel):
    """A unit, by its identifier; ``place`` is beside the target, given how many files it has."""

    unit: str
    measured: int
    on_time: int
    late: int
    attainment: float | None
    place: FunnelPlace


class FunnelView(BaseModel):
    """Units around the target; limits are ``dispersion`` (in variances) wider than chance alone makes them."""

    period: str
    first: date
    last: date
    target: float
    dispersion: float
    units: list[FunnelUnitView]


class VariationView(BaseModel):
    """The control chart of a standard and the funnel of its units.

    ``usual`` says what the last point is, ``assurance`` whether what is usual ``reaches`` the target, does so in ``some`` periods,
    or ``misses`` it; null where there are too few points.
    """

    standard: str
    unit: str | None
    basis: query.MeasuredBasis
    step: ChartStep
    target: float
    usual: Usual | None
    assurance: Assurance | None
    points: list[ChartPointView]
    running: RunningPointView | None
    funnel: FunnelView


class OrderMonthView(BaseModel):
    """Decisions that had others beside them, and the mean share of files in hand, received on another day, that came later."""

    first: date
    decisions: int
    mean: float | None


class PassedFileView(BaseModel):
    """A file in hand of a unit: how many received after it were decided there in the last 90 days while it was."""

    file_id: str
    unit: str
    received_on: date
    passed: int


class AgeOrderView(BaseModel):
    """The order of decisions: 1 is first come first decided, 0.5 a lottery. ``as_of`` is null until the files were read once.

    Where very many are known, one in ``one_of`` is counted, and stands for as many.
    """

    standard: str
    unit: str | None
    as_of: datetime | None
    one_of: int
    months: list[OrderMonthView]
    passed: list[PassedFileView]


def add(
    routes: APIRouter,
    store: ComplianceStore,
    parameters: RequestParameters,
    age_order: AgeOrderKeeper | None,
) -> None:
    """The routes, over one store; without ``age_order`` no file is ever read."""

    @routes.get(
        "/v1/variation",
        summary="What is usual of an attainment, and units around its target",
        responses=problem_responses(404),
    )
    async def variation(
        reader: Reader,
        standard: query.OneStandard,
        unit: query.AnyUnit = None,
        period_name: FunnelPeriod = "fiscal-year",
        basis: query.OnBasis = "decided",
    ) -> VariationView:
        """The control chart of a standard, or of one of its units; and every unit that the reader may see around the target."""
        catalogue, database = parameters.catalogue, store.database
        scope = parameters.scope(reader, standard, unit, None)
        of, today = catalogue.standards[standard], parameters.today()
        period = parameters.period(period_name)
        chart = await read_chart(database, of, scope, today, basis)
        every = parameters.scope(reader, standard, None, None)
        units = await read_funnel(database, of, every, period, today, basis)
        target = float(of.nearest_terms(today).target)
        last = chart.last
        return VariationView(
            standard=standard,
            unit=unit,
            basis=basis,
            step=chart.step,
            target=target,
            usual=last.usual() if last else None,
            assurance=last.assurance(target) if last else None,
            points=_points(chart),
            running=chart.running
            and RunningPointView(
                first=chart.running.first,
                attainment=decimal(chart.running.attainment.ratio),
                **chart.running.attainment._asdict(),
            ),
            funnel=FunnelView(
                period=period.name,
                first=period.first,
                last=period.last,
                target=units.target,
                dispersion=round(units.dispersion, 6),
                units=_units(units),
            ),
        )

    @routes.get(
        "/v1/age-order",
        summary="Whether the oldest come first",
        name="age_order",
        responses=problem_responses(404),
    )
    async def order(
        reader: Reader, standard: query.OneStandard, unit: query.AnyUnit = None
    ) -> AgeOrderView:
        """For each decision the share of files in hand that came later, by month; and the files in hand most passed over."""
        units = parameters.units(reader, standard, unit)
        reading = await age_order.order(standard, units) if age_order else None
        if reading is None:
            return AgeOrderView(
                standard=standard, unit=unit, as_of=None, one_of=1, months=[], passed=[]
            )
        return AgeOrderView(
            standard=standard,
            unit=unit,
            as_of=reading.as_of,
            one_of=reading.one_of,
            months=[
                OrderMonthView(
                    first=first,
                    decisions=one.decisions,
                    mean=None if one.mean is None else round(one.mean, 6),
                )
                for first, one in reading.order.months.items()
            ],
            passed=[PassedFileView(**one._asdict()) for one in reading.order.passed],
        )


def _points(chart: AttainmentChart) -> list[ChartPointView]:
    return [
        ChartPointView(
            first=point.first,
            segment=number,
            chart=segment.kind,
            attainment=decimal(point.attainment.ratio),
            mean=_rounded(point.mean),
            lower=_rounded(point.lower),
            upper=_rounded(point.upper),
            signals=[SignalView(rule=one.rule, side=one.side) for one in point.signals],
            **point.attainment._asdict(),
        )
        for number, segment in enumerate(chart.segments, start=1)
        for point in segment.points
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _units(units: Funnel) -> list[FunnelUnitView]:
    return [
        FunnelUnitView(
            unit=one.unit,
            attainment=decimal(one.attainment.ratio),
            place=one.place,
            **one.attainment._asdict(),
        )
        for one in sorted(units.units)
    ]
