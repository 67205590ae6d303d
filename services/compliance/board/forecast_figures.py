"""What the page of the forecast shows: the latest schedule, pictures, how likely it is, what to decide first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from services.compliance.board import charts
from services.compliance.board.addresses import query_string
from services.compliance.board.charts import StepChart
from services.compliance.board.shell import Board
from services.compliance.board.worklist_rows import WorklistRow, worklist_row
from services.compliance.forecast import (
    ChanceInTen,
    ForecastModel,
    LateBudget,
    Reaching,
    Risk,
    StaircaseStep,
    burn_down,
    by_week,
    read_late_by_day,
    read_reach,
)
from services.compliance.periods import Period
from services.compliance.projection import TallyScope, worklist
from services.compliance.projection.worklist import MOST_RANKED, WorklistFilter
from shared.domain.calendars import ONE_DAY
from shared.http import Principal

_FEW_STEPS: Final = 6
"""As many fit a sentence."""
_MOST_CHANGES: Final = 50


class ForecastSelection(NamedTuple):
    """Which target: of a standard and a unit (empty for all), in a current period."""

    standard: str = ""
    unit: str = ""
    period: str = "month"

    def query(self, **changed: str) -> str:
        """As it is written in an address."""
        return query_string(**{**self._asdict(), **changed})


class ReachLine(NamedTuple):
    """A step as people read it; ``pace`` is None where too few days are known."""

    step: StaircaseStep
    pace: tuple[int, int] | None

    @property
    def is_beyond(self) -> bool:
        """Whether even a good pace falls short."""
        return self.pace is not None and self.pace[1] < self.step.needed


class ReachDetail(NamedTuple):
    """One standard in a period: its steps day by day, the few that a sentence says, and pictures."""

    reaching: Reaching
    lines: Sequence[ReachLine]
    said: Sequence[StaircaseStep]
    pace: tuple[int, int] | None
    stairs_chart: StepChart | None
    burned: Sequence[LateBudget]
    burn_chart: StepChart
    days: Sequence[date]
    days_ahead: Sequence[date]


class ChangeRow(NamedTuple):
    """A file in time, and how likely it becomes late."""

    row: WorklistRow
    risk: Risk


class ForecastContent(NamedTuple):
    """What the page shows: every standard; or one, and its units.

    ``model`` is that of the standard chosen, ``chance`` what it says of the month, ``changes`` the
    files to decide first. ``is_whole`` is whether the reader sees, and chose, every unit of this
    month: a model is of all units, and says something of months only.
    """

    period: Period
    rows: Sequence[Reaching]
    detail: ReachDetail | None
    is_whole: bool = False
    model: ForecastModel | None = None
    chance: ChanceInTen | None = None
    changes: Sequence[ChangeRow] = ()


def forecast_scope(board: Board, selection: ForecastSelection, reader: Principal) -> TallyScope:
    """What a selection reads; each unit apart for one standard."""
    standard, unit = selection.standard or None, selection.unit or None
    scope = board.parameters.scope(reader, standard, unit, None)
    return scope._replace(each_unit=()) if unit else scope


async def forecast_content(
    board: Board, selection: ForecastSelection, reader: Principal
) -> ForecastContent:
    """The figures of a selection as known now; standards out of reach first."""
    database, today = board.store.database, board.today()
    period, scope = (
        board.parameters.period(selection.period),
        forecast_scope(board, selection, reader),
    )
    rows = await read_reach(database, board.catalogue, period, today, scope)
    standards = [row.stairs.standard for row in rows if row.stairs.unit is None]
    is_whole = reader.units is None and not selection.unit and selection.period == "month"
    content = ForecastContent(
        period, rows, None, is_whole, changes=await _changes(board, standards) if is_whole else ()
    )
    if not selection.standard:
        ranked = sorted(rows, key=lambda row: (not row.stairs.known, row.stairs.late_left))
        return content._replace(rows=ranked)
    stairs = rows[0].stairs
    content = content._replace(
        detail=_detail(rows[0], await read_late_by_day(database, stairs, scope))
    )
    model = board.forecaster.model(selection.standard) if board.forecaster and is_whole else None
    return content._replace(model=model, chance=model.chance(stairs) if model else None)


async def _changes(board: Board, standards: Sequence[str]) -> Sequence[ChangeRow]:
    """The files of some standards that a decision now changes most for, in the attainment of their month."""
    effects, now, today = board.effects, board.now(), board.today()
    ranked = [name for name in effects.ranked(MOST_RANKED) if name in standards]
    files = await worklist.page_in_order(
        board.store.database,
        WorklistFilter(None, None, None),
        [effects.part(ranked, today, board.catalogue.zone)],
        None,
        _MOST_CHANGES,
    )
    rows = []
    for _, snapshot in files:
        row = worklist_row(snapshot, board.catalogue, now)
        risk = effects.risk(row.standard, snapshot.cycles[-1], today)
        if risk is not None:
            rows.append(ChangeRow(row, risk))
    return rows


def _detail(reaching: Reaching, late: Mapping[date, int]) -> ReachDetail:
    stairs = reaching.stairs
    steps, burned = stairs.steps, burn_down(stairs, late)
    demanding = [step for step in by_week(steps) if step.needed]
    while len(demanding) > _FEW_STEPS:
        demanding = demanding[1::2] if len(demanding) % 2 == 0 else demanding[::2]
    days = _days(stairs.period.first, stairs.period.last)
    ahead = _days(stairs.today, stairs.period.last)
    return ReachDetail(
        reaching,
        [ReachLine(step, reaching.at_this_pace(step.day)) for step in steps],
        demanding,
        reaching.at_this_pace(stairs.period.last),
        _stairs_chart(reaching, ahead),
        burned,
        charts.steps([[one.left for one in burned]], len(days)),
        days,
        ahead,
    )


def _stairs_chart(reaching: Reaching, ahead: Sequence[date]) -> StepChart | None:
    """Files due and files needed by each day, and what the pace brings."""
    stairs = reaching.stairs
    if not stairs.open:
        return None
    of_day = {step.day: step for step in stairs.steps}
    due, needed, step = list[int](), list[int](), StaircaseStep(stairs.today, 0, 0)
    for day in ahead:
        step = of_day.get(day, step)
        due.append(step.due)
        needed.append(step.needed)
    paces = [reaching.at_this_pace(day) for day in ahead]
    band = [(min(low, due[-1]), min(high, due[-1])) for low, high in filter(None, paces)]
    return charts.steps([due, needed], len(ahead), band)


def _days(first: date, last: date) -> Sequence[date]:
    return [date.fromordinal(day) for day in range(first.toordinal(), (last + ONE_DAY).toordinal())]
