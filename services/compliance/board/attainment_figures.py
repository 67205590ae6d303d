"""The figures of the page of attainment, its trend, and the periods beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.compliance.api import RequestParameters
from services.compliance.attainment import Attainment, CallFormula, Measure, measures, with_delays
from services.compliance.board import charts
from services.compliance.board.addresses import AttainmentSelection
from services.compliance.board.charts import Bullet, ChartLine, DistributionChart
from services.compliance.board.shell import Board
from services.compliance.board.trend import TrendMonth, together, trend, trend_months
from services.compliance.delays.distribution import DelayMeasure, Delays, Histogram, histogram
from services.compliance.periods import (
    APRIL,
    PERIODS,
    Period,
    YearStart,
    parse_period,
    period_before,
    period_like,
)
from services.compliance.projection import MeasuredBasis, TallyScope
from shared.http import Principal

_DAY = timedelta(days=1)
_ROLLING = "rolling-"
_FIRST_YEAR, _LAST_YEAR = 1_000, 2_999
_DAY_LABELS, _TIME_LABELS = 7, 3
_DELAY_MEASURES: Sequence[DelayMeasure] = ("net", "gross")
_YEAR_MONTHS, _OFFERED_MONTHS, _OFFERED_QUARTERS, _OFFERED_YEARS = 12, 24, 8, 4


class AttainmentTableRow(NamedTuple):
    """A standard or a unit: its figures on the basis chosen, beside all that is known of it."""

    measure: Measure
    attainment: Attainment
    bullet: Bullet | None


class DelayPicture(NamedTuple):
    """The delays of one standard: their bins, and these drawn, by measure."""

    delays: Delays
    bins: Mapping[DelayMeasure, Histogram]
    charts: Mapping[DelayMeasure, DistributionChart]

    @classmethod
    def of(cls, delays: Delays | None) -> DelayPicture | None:
        """None where nothing was decided, and over several standards."""
        if delays is None or not delays.net.files:
            return None
        bins = {name: histogram(delays.by(name), delays.limit) for name in _DELAY_MEASURES}
        labels = _TIME_LABELS if delays.unit == "seconds" else _DAY_LABELS
        drawn = {name: charts.distribution_chart(one, labels) for name, one in bins.items()}
        return cls(delays, bins, drawn)


class AttainmentFigures(NamedTuple):
    """What the page shows: the total of a selection, and its rows by standard, or by unit of one."""

    period: Period
    total: AttainmentTableRow
    rows: Sequence[AttainmentTableRow]
    months: Sequence[TrendMonth]
    line: ChartLine
    formulas: Mapping[str, CallFormula]
    delays: DelayPicture | None


async def read_figures(
    board: Board, selection: AttainmentSelection, reader: Principal, *, unit_delays: bool = True
) -> AttainmentFigures:
    """The figures of a selection as known now."""
    today, catalogue = board.today(), board.catalogue
    period = board.parameters.period(selection.period)
    scope = scope_of(board.parameters, selection, reader)
    whole, parts = await read_measures(
        board, selection, period, today, scope, unit_delays=unit_delays
    )
    months = await _months(board, selection.basis, scope, min(period.last, today))
    return AttainmentFigures(
        period,
        _row(whole, selection.basis),
        [_row(part, selection.basis) for part in parts],
        months,
        charts.line([month.decided.ratio for month in months], whole.target, charts.LARGE),
        whole.formulas(catalogue, period.last) if selection.standard else {},
        DelayPicture.of(whole.delays),
    )


def scope_of(
    parameters: RequestParameters, selection: AttainmentSelection, reader: Principal
) -> TallyScope:
    """What is counted of a selection; the units apart where none is chosen."""
    scope = parameters.scope(reader, selection.standard or None, selection.unit or None, None)
    return scope._replace(each_unit=()) if selection.unit else scope


async def read_measures(
    board: Board,
    selection: AttainmentSelection,
    period: Period,
    today: date,
    scope: TallyScope,
    *,
    unit_delays: bool = True,
) -> tuple[Measure, Sequence[Measure]]:
    """The figures of the whole, and of its parts: units of a standard, or standards worst first.

    Delays of single units are many more rows than all else: ``unit_delays`` says whether to read them.
    """
    database, catalogue = board.store.database, board.catalogue
    rows = await measures(database, catalogue, period, today, scope)
    of_delays = scope if unit_delays else scope._replace(each_unit=())
    rows = await with_delays(database, catalogue, period, today, of_delays, rows)
    if selection.standard:
        return rows[0], [row for row in rows if row.unit is not None]
    each = [row for row in rows if row.standard is not None]
    whole = next((row for row in rows if row.standard is None), rows[0])
    return whole, sorted(each, key=lambda row: (row.margin(selection.basis), row.standard))


def _row(measure: Measure, basis: MeasuredBasis) -> AttainmentTableRow:
    attainment = measure.on(basis)
    return AttainmentTableRow(measure, attainment, charts.bullet(attainment.ratio, measure.target))


async def _months(
    board: Board, basis: MeasuredBasis, scope: TallyScope, last: date
) -> Sequence[TrendMonth]:
    """Twelve months up to a day's; of files due, the current one until yesterday."""
    firsts, today, database = trend_months(last), board.today(), board.store.database
    months = list(together(firsts, await trend(database, firsts, scope, basis)))
    if basis == "due" and firsts[-1] == today.replace(day=1):
        whole, month = scope._replace(each_unit=()), parse_period("month", today)
        this = await measures(database, board.catalogue, month, today, whole, bases=("due",))
        months[-1] = TrendMonth(firsts[-1], this[-1].due)
    return months


class AdjacentPeriods(NamedTuple):
    """The names of the periods of the same kind before and after one; none for those that roll."""

    before: str | None
    after: str | None


def adjacent_periods(period: Period) -> AdjacentPeriods:
    """Names that :func:`~services.compliance.periods.parse_period` reads."""
    if period.name.startswith(_ROLLING):
        return AdjacentPeriods(None, None)
    beside = period_before(period), period_like(period, period.last + _DAY)
    return AdjacentPeriods(*(one.name if _is_offered(one) else None for one in beside))


def _is_offered(period: Period) -> bool:
    """Whether a period's name can be read."""
    return _FIRST_YEAR <= period.first.year <= _LAST_YEAR


class PeriodOptions(NamedTuple):
    """Periods to choose from, the newest first, each with its name."""

    months: Sequence[Period]
    quarters: Sequence[Period]
    fiscal_years: Sequence[Period]

    def has(self, written: str) -> bool:
        """Whether a period as it was asked for is among these, or a current one."""
        return written in PERIODS or any(one.name == written for some in self for one in some)


def period_options(today: date, year_start: YearStart = APRIL) -> PeriodOptions:
    """Two years of months and quarters, and four fiscal years; neighbours lead to any other."""
    return PeriodOptions(
        _back("month", _OFFERED_MONTHS, today, year_start),
        _back("quarter", _OFFERED_QUARTERS, today, year_start),
        _back("fiscal-year", _OFFERED_YEARS, today, year_start),
    )


def _back(kind: str, number: int, today: date, year_start: YearStart) -> Sequence[Period]:
    periods = [parse_period(kind, today, year_start)]
    while len(periods) < number:
        periods.append(parse_period(kind, periods[-1].first - _DAY, year_start))
    return periods
