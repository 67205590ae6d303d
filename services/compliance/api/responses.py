"""Measures and stored rows in answers: ratios become decimals, ordinals days, microseconds instants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel

from services.compliance.api.views import (
    AttainmentRow,
    CauseView,
    CorrectionView,
    FormulaView,
    MeasuredFile,
    OpenRow,
    ResultView,
    SinceView,
)
from services.compliance.attainment import (
    ON_BASIS,
    BusinessDaysAgo,
    CallFormula,
    Measure,
    OpenFiles,
    decimal,
)
from services.compliance.projection import (
    AnswerOutcome,
    CorrectionRow,
    MeasuredBasis,
    MeasuredCycleRow,
)
from shared.domain import from_microseconds


def attainment_row(
    row: Measure, basis: MeasuredBasis, formulas: Mapping[str, CallFormula]
) -> BaseModel:
    """A measure as it is answered."""
    others = {
        name: FormulaView(attainment=decimal(one.ratio), on_time=one.on_time, of=one.of)
        for name, one in formulas.items()
    }
    return AttainmentRow(
        standard=row.standard,
        unit=row.unit,
        target=decimal(row.target),
        formulas=others or None,
        **{name: figure.number(row) for name, figure in ON_BASIS[basis]._asdict().items()},
    )


def open_row(row: OpenFiles) -> OpenRow:
    """What is open as it is answered."""
    return OpenRow(
        standard=row.standard,
        unit=row.unit,
        open=sum(row.stages.values()),
        stages=dict(row.stages),
        remaining=dict(row.remaining),
        oldest=_since(row.oldest),
        waiting=sum(row.waiting.values()),
        waiting_days=dict(row.waiting),
        waiting_longest=_since(row.waiting_longest),
        followed=row.followed,
    )


def measured_file(row: MeasuredCycleRow) -> MeasuredFile:
    """A stored row as it is answered."""
    return MeasuredFile(
        file_id=row.file_id,
        cycle=row.cycle,
        unit=row.unit,
        received_on=date.fromordinal(row.received_on),
        decided_on=_day(row.decided_on),
        due_on=_day(row.due_on),
        outcome=row.outcome,
    )


def correction(row: CorrectionRow) -> CorrectionView:
    """A stored row as it is answered."""
    cause = None
    if row.event_id is not None:
        assert row.source and row.event_type and row.recorded_at is not None
        cause = CauseView(
            source=row.source,
            id=row.event_id,
            type=row.event_type,
            recorded_at=from_microseconds(row.recorded_at),
        )
    return CorrectionView(
        file_id=row.file_id,
        cycle=row.cycle,
        standard=row.standard,
        unit=row.unit,
        basis=row.basis,
        old=_result(row.old_day, row.old_result),
        new=_result(row.new_day, row.new_result),
        cause=cause,
        generation=row.generation,
        noted_at=from_microseconds(row.noted_at),
    )


def _since(ago: BusinessDaysAgo | None) -> SinceView | None:
    return ago and SinceView(day=ago.day, business_days=ago.business_days)


def _result(day: int | None, result: AnswerOutcome | None) -> ResultView | None:
    if day is None or result is None:
        return None
    return ResultView(day=date.fromordinal(day), result=result)


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)
