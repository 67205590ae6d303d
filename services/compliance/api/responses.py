"""Measures and stored rows in answers: ratios become decimals, ordinals days, microseconds instants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel

from services.compliance.api import views
from services.compliance.attainment import (
    ON_BASIS,
    CallFormula,
    DaysAgo,
    Measure,
    OpenFiles,
    decimal,
    report_formats,
)
from services.compliance.delays.distribution import DelayDistribution, Delays, histogram
from services.compliance.forecast import DecisionEffects, ForecastModel, Reaching, Staircase
from services.compliance.projection import (
    AnswerOutcome,
    CorrectionRow,
    MeasuredBasis,
    MeasuredCycleRow,
)
from services.compliance.workload import age_bands
from shared.domain import ClockSnapshot, from_microseconds


def attainment_row(
    row: Measure, basis: MeasuredBasis, formulas: Mapping[str, CallFormula]
) -> BaseModel:
    """A measure as it is answered."""
    return views.AttainmentRow(
        standard=row.standard,
        unit=row.unit,
        target=decimal(row.target),
        formulas=report_formats.formulas_as_dicts(formulas) or None,
        **{
            name: figure.number(row)
            for name, figure in ON_BASIS[basis]._asdict().items()
            if figure.applies(row)
        },
        **({"tiers": report_formats.tiers_as_dicts(row.tiers)} if row.tiers else {}),
    )


def open_row(row: OpenFiles) -> views.OpenRow:
    """What is open as it is answered."""
    return views.OpenRow(
        **{
            **row._asdict(),
            "open": sum(row.stages.values()),
            "ages": {band.name: band.stages for band in age_bands(row.ages)},
            "oldest": _since(row.oldest),
            "waiting": sum(row.waiting.values()),
            "waiting_days": row.waiting,
            "waiting_longest": _since(row.waiting_longest),
        }
    )


def delay_row(standard: str, unit: str | None, delays: Delays) -> views.DelayRow:
    """The delays of a place as they are answered."""
    return views.DelayRow(
        standard=standard,
        unit=unit,
        limit_unit=delays.unit,
        limit=delays.limit,
        decided=delays.net.files,
        net=_statistics(delays.net),
        gross=_statistics(delays.gross),
        net_histogram=_bins(delays.net, delays.limit),
        gross_histogram=_bins(delays.gross, delays.limit),
    )


def _statistics(some: DelayDistribution) -> views.DelayStatistics:
    return views.DelayStatistics(
        mean=decimal(some.mean),
        median=some.percentile(50),
        p80=some.percentile(80),
        p90=some.percentile(90),
    )


def _bins(some: DelayDistribution, limit: float) -> list[views.DelayBin]:
    bins = histogram(some, limit).bins if some.files else ()
    return [views.DelayBin(**one._asdict()) for one in bins]


def measured_file(row: MeasuredCycleRow) -> views.MeasuredFile:
    """A stored row as it is answered."""
    days = {name: _day(getattr(row, name)) for name in ("received_on", "decided_on", "due_on")}
    return views.MeasuredFile(**{**row._asdict(), **days})


def correction(row: CorrectionRow) -> views.CorrectionView:
    """A stored row as it is answered."""
    cause = None
    if row.event_id is not None:
        assert row.source and row.event_type and row.recorded_at is not None
        cause = views.CauseView(
            source=row.source,
            id=row.event_id,
            type=row.event_type,
            recorded_at=from_microseconds(row.recorded_at),
        )
    return views.CorrectionView(
        **{
            **row._asdict(),
            "old": _result(row.old_day, row.old_result),
            "new": _result(row.new_day, row.new_result),
            "cause": cause,
            "noted_at": from_microseconds(row.noted_at),
        }
    )


def _since(ago: DaysAgo | None) -> views.SinceView | None:
    return ago and views.SinceView.model_validate({"day": ago.day, ago.unit: ago.days})


def _result(day: int | None, result: AnswerOutcome | None) -> views.ResultView | None:
    if day is None or result is None:
        return None
    return views.ResultView(day=date.fromordinal(day), result=result)


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def reach_row(row: Reaching) -> views.ReachRow:
    """A staircase as it is answered."""
    stairs = row.stairs
    steps = []
    for step in stairs.steps:
        low, high = row.at_this_pace(step.day) or (None, None)
        steps.append(views.ReachStep(**step._asdict(), pace_low=low, pace_high=high))
    return views.ReachRow(
        standard=stairs.standard,
        unit=stairs.unit,
        target=float(stairs.target),
        on_time=stairs.on_time,
        late=stairs.late,
        open=stairs.open,
        needed=stairs.needed,
        late_allowed=stairs.late_allowed,
        late_left=stairs.late_left,
        needed_of_others=stairs.needed_of_others,
        may_come=stairs.may_come,
        impossible=stairs.is_impossible,
        steps=steps,
    )


def file_to_decide(
    snapshot: ClockSnapshot, effects: DecisionEffects, today: date
) -> views.FileToDecide:
    """A file in time as it is answered."""
    state = snapshot.cycles[-1]
    standard = state.standard or snapshot.standard
    assert standard is not None and state.due_on is not None  # otherwise it is not in the list
    return views.FileToDecide(
        file_id=snapshot.file_id,
        standard=standard,
        unit=snapshot.unit,
        due_on=state.due_on,
        risk=effects.risk(standard, state, today),
    )


def forecast_row(stairs: Staircase, model: ForecastModel) -> views.ForecastRow:
    """What a model says of a month as it is answered; decimals to six places."""
    test, chance, risks = model.back_test, model.chance(stairs), model.risks
    return views.ForecastRow(
        standard=stairs.standard,
        target=float(stairs.target),
        built_on=model.built_on,
        shown=test.has_skill,
        tenths=chance and chance.tenths,
        low=chance and round(chance.low, 2),
        high=chance and round(chance.high, 2),
        months_tried=test.months,
        coverage=round(test.coverage, 6),
        comparisons={
            name: views.RuleComparison(
                forecast=round(one.forecast, 6), rule=round(one.rule, 6), beats=one.beats
            )
            for name, one in test.comparisons.items()
        },
        risks={
            risk: views.RiskCount(files=record.files, late=record.late)
            for risk, record in risks.records.items()
        }
        if risks.has_skill
        else None,
    )
