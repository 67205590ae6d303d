"""Compliance over HTTP: what stopped clocks take off, and the files that are to verify."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.compliance.api import parameters as query
from services.compliance.api.requests import RequestParameters
from services.compliance.attainment import decimal
from services.compliance.projection import ComplianceStore, StopRule, TallyScope
from services.compliance.stops import (
    Bunching,
    KindMeasure,
    RuleMeasure,
    StopFindingCursor,
    StopFindingFilter,
    StopMeasure,
    StoredFinding,
    files_to_verify,
    stop_measures,
)
from shared.domain import from_microseconds
from shared.http import AfterCursor, Principal, Reader, problem_responses, read_cursor, write_cursor

OfRule = Annotated[StopRule, Query(description="The rule that singles files out.")]


class StopKindView(BaseModel):
    """The files stopped by a kind of request, null for one without a kind; what their stops removed, in the unit of the limit."""

    kind: str | None
    files: int
    removed_mean: float | None
    removed_percentile_80: int | None
    on_time_by_stops: int


class StopRuleView(BaseModel):
    """The files that a rule singles out. ``base_rate`` is its share among all the units that the reader may see.

    ``chance`` is the probability of so many or more at the base rate, null where that expects as many; ``stands_out`` below 1 %.
    """

    rule: StopRule
    files: int
    share: float | None
    base_rate: float | None
    chance: float | None
    stands_out: bool


class BunchingView(BaseModel):
    """Files decided on their last day, beside ``around``, those decided one and two days before and after it."""

    on_last_day: int
    around: int
    expected: float
    chance: float | None
    stands_out: bool


class StopRow(BaseModel):
    """One standard and unit (null for all): the measured files that ended in the period.

    ``on_time_by_stops`` would have been late had nothing stopped them; ``attainment_without_stops`` counts them so.
    ``bunching`` is null where the limit is too short to test, or in opening time.
    """

    standard: str
    unit: str | None
    measured: int
    on_time: int
    attainment: float | None
    stopped: int
    stopped_share: float | None
    removed_mean: float | None
    removed_percentile_80: int | None
    on_time_by_stops: int
    attainment_without_stops: float | None
    kinds: list[StopKindView]
    to_verify: list[StopRuleView]
    bunching: BunchingView | None


class StopsView(BaseModel):
    """What stopped clocks took off in a period. Files ``to_verify`` deserve a look: nothing says that they are wrong."""

    period: str
    first: date
    last: date
    rows: list[StopRow]


class FileToVerify(BaseModel):
    """A cycle that a rule singles out. ``removed`` is what all its stops took off, in the unit of the limit.

    ``at`` is the instant that the finding is about; ``amount`` what remained of the limit (``near_limit``), opening hours waited
    (``overnight``), waits (``serial``), civil days to the recording (``recorded_late``), the reopening (``reopened``) or the end
    (``unanswered``, ``decided_waiting``).
    """

    file_id: str
    cycle: int
    unit: str
    ended_on: date
    outcome: str
    removed: float
    at: datetime
    amount: float


class FilesToVerify(BaseModel):
    """A page of the files that a rule singles out, the last ended first."""

    standard: str
    unit: str | None
    rule: StopRule
    period: str
    first: date
    last: date
    files: list[FileToVerify]
    next: str | None


def add(routes: APIRouter, store: ComplianceStore, parameters: RequestParameters) -> None:
    """The routes, over one store."""

    @routes.get(
        "/v1/stops", summary="What stopped clocks take off", responses=problem_responses(404)
    )
    async def stops(
        reader: Reader,
        standard: query.AnyStandard = None,
        unit: query.AnyUnit = None,
        period_name: query.PeriodName = "fiscal-year",
        by: query.By = None,
    ) -> StopsView:
        """What stopped clocks took off, the attainment that rests on it, and how many files each rule singles out."""
        period = parameters.period(period_name)
        scope = stop_scope(parameters, reader, standard, unit, by_unit=by == "unit")
        today = parameters.today()
        rows = await stop_measures(store.database, parameters.catalogue, period, today, scope)
        return StopsView(
            period=period.name,
            first=period.first,
            last=period.last,
            rows=[_row(row) for row in rows if unit is None or row.unit == unit],
        )

    @routes.get(
        "/v1/stops/files",
        summary="Files that are to verify",
        name="stop_files",
        responses=problem_responses(404),
    )
    async def files(
        reader: Reader,
        standard: query.OneStandard,
        rule: OfRule,
        unit: query.AnyUnit = None,
        period_name: query.PeriodName = "fiscal-year",
        after: AfterCursor = None,
        limit: query.RowsPerPage = 50,
    ) -> FilesToVerify:
        """The files of one standard that a rule singles out: to verify, and no more than that."""
        units = parameters.units(reader, standard, unit)
        period = parameters.period(period_name)
        selection = StopFindingFilter(standard, units, rule, period.first, period.last)
        cursor = read_cursor(StopFindingCursor, after)
        rows = await files_to_verify(store.database, selection, cursor, limit)
        end = StopFindingCursor.after(rows[-1]) if len(rows) == limit else None
        return FilesToVerify(
            standard=standard,
            unit=unit,
            rule=rule,
            period=period.name,
            first=period.first,
            last=period.last,
            files=[file_to_verify(row) for row in rows],
            next=write_cursor(end) if end else None,
        )


def stop_scope(
    parameters: RequestParameters,
    reader: Principal,
    standard: str | None,
    unit: str | None,
    *,
    by_unit: bool,
) -> TallyScope:
    """What to read: the units that the reader may see, together for the base rates, and those asked about."""
    chosen = parameters.units(reader, standard, unit)
    scope = parameters.scope(reader, standard, None, "unit" if by_unit else None)
    return scope if unit is None else scope._replace(each_unit=sorted(chosen or ()))


def file_to_verify(row: StoredFinding) -> FileToVerify:
    """A stored row as it is answered."""
    return FileToVerify(
        **{
            **row._asdict(),
            "ended_on": date.fromordinal(row.ended_on),
            "at": from_microseconds(row.at),
        }
    )


def _row(row: StopMeasure) -> StopRow:
    return StopRow(
        standard=row.standard,
        unit=row.unit,
        measured=row.decided.measured,
        on_time=row.decided.on_time,
        attainment=decimal(row.decided.ratio),
        stopped=row.stopped,
        stopped_share=decimal(row.share_stopped),
        removed_mean=decimal(row.all_kinds.mean),
        removed_percentile_80=row.all_kinds.percentile_80,
        on_time_by_stops=row.by_stops,
        attainment_without_stops=decimal(row.without_stops.ratio),
        kinds=[_kind(one) for one in row.kinds],
        to_verify=[_rule(one) for one in row.rules],
        bunching=row.bunching and _bunching(row.bunching),
    )


def _kind(one: KindMeasure) -> StopKindView:
    return StopKindView(
        kind=one.kind or None,
        files=one.files,
        removed_mean=decimal(one.mean),
        removed_percentile_80=one.percentile_80,
        on_time_by_stops=one.by_stops,
    )


def _rule(one: RuleMeasure) -> StopRuleView:
    return StopRuleView(
        rule=one.rule,
        files=one.files,
        share=decimal(one.share),
        base_rate=decimal(one.base),
        chance=one.chance,
        stands_out=one.stands_out,
    )


def _bunching(one: Bunching) -> BunchingView:
    return BunchingView(
        on_last_day=one.on_last_day,
        around=one.around,
        expected=float(one.expected),
        chance=one.chance,
        stands_out=one.stands_out,
    )
