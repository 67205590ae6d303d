"""What is still possible in a current period: the latest schedule, the pace, the late budget."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from services.compliance.board import charts
from services.compliance.board.addresses import Chosen, query_string
from services.compliance.board.charts import StepChart
from services.compliance.board.csv.spreadsheet import Sheet
from services.compliance.board.exports import sheet_download
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.translator import Translator
from services.compliance.forecast import (
    LateBudget,
    Reaching,
    StaircaseStep,
    burn_down,
    by_week,
    read_late_by_day,
    read_reach,
)
from services.compliance.periods import Period
from services.compliance.projection import TallyScope
from shared.domain.calendars import ONE_DAY
from shared.http import Principal, Reader
from shared.text import Text

_FEW_STEPS = 6
"""As many fit a sentence."""


class ForecastSelection(NamedTuple):
    """Which target: of a standard and a unit (empty for all), in a current period."""

    standard: str = ""
    unit: str = ""
    period: str = "month"

    def query(self, **changed: str) -> str:
        """As it is written in an address."""
        return query_string(**{**self._asdict(), **changed})


def _selection(
    standard: Chosen = "",
    unit: Chosen = "",
    period: Annotated[Literal["month", "quarter", "fiscal-year"], Query()] = "month",
) -> ForecastSelection:
    return ForecastSelection(standard, unit, period)


ForecastQuery = Annotated[ForecastSelection, Depends(_selection)]


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


class ForecastContent(NamedTuple):
    """What the page shows: every standard; or one, and its units."""

    period: Period
    rows: Sequence[Reaching]
    detail: ReachDetail | None


def router(board: Board) -> APIRouter:
    """The page and its spreadsheet."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/forecast")
    async def page(request: Request, reader: Reader, selection: ForecastQuery) -> Response:
        content = await forecast_content(board, selection, reader)
        return board.page(
            request,
            "forecast.html",
            WORDS,
            selection=selection,
            content=content,
            options=filter_options(board, reader),
        )

    @routes.get("/forecast.csv")
    async def as_csv(request: Request, reader: Reader, selection: ForecastQuery) -> Response:
        scope = _scope(board, selection, reader)
        period, today = board.parameters.period(selection.period), board.today()
        rows = await read_reach(board.store.database, board.catalogue, period, today, scope)
        translator = board.translator(request, WORDS)
        name = [
            translator("title").lower(),
            selection.standard,
            selection.unit,
            period.name,
            today.isoformat(),
        ]
        return sheet_download(translator, _sheet_lines(board, translator, rows), name)

    return routes


def _scope(board: Board, selection: ForecastSelection, reader: Principal) -> TallyScope:
    standard, unit = selection.standard or None, selection.unit or None
    scope = board.parameters.scope(reader, standard, unit, None)
    return scope._replace(each_unit=()) if unit else scope


async def forecast_content(
    board: Board, selection: ForecastSelection, reader: Principal
) -> ForecastContent:
    """The figures of a selection as known now; standards out of reach first."""
    database, today = board.store.database, board.today()
    period, scope = board.parameters.period(selection.period), _scope(board, selection, reader)
    rows = await read_reach(database, board.catalogue, period, today, scope)
    if not selection.standard:
        rows = sorted(rows, key=lambda row: (not row.stairs.known, row.stairs.late_left))
        return ForecastContent(period, rows, None)
    late = await read_late_by_day(database, rows[0].stairs, scope)
    return ForecastContent(period, rows, _detail(rows[0], late))


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
    if stairs.is_impossible or not stairs.open:
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


async def _sheet_lines(
    board: Board, translator: Translator, rows: Sequence[Reaching]
) -> AsyncIterator[str]:
    """A line for each day on which files are due; one without a day where there is none."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    yield sheet.heading(_COLUMNS)
    for row in rows:
        stairs = row.stairs
        names = (
            stairs.period.name,
            board.standard_name(stairs.standard, translator),
            stairs.standard,
            board.unit_name(stairs.unit, translator) if stairs.unit else translator("every_unit"),
            stairs.unit,
        )
        counts = (
            float(stairs.target),
            stairs.on_time,
            stairs.late,
            stairs.open,
            stairs.needed,
            stairs.late_left,
            stairs.is_impossible,
        )
        steps = () if stairs.is_impossible else stairs.steps
        yield sheet.lines(
            [
                (*names, *counts, *step, *(row.at_this_pace(step.day) or (None, None)))
                for step in steps
            ]
            or [(*names, *counts, *[None] * 5)]
        )


_COLUMNS: Final = (
    Text("Période", "Period"),
    Text("Engagement", "Standard"),
    Text("Engagement (code)", "Standard (code)"),
    Text("Unité", "Unit"),
    Text("Unité (code)", "Unit (code)"),
    Text("Cible", "Target"),
    Text("Dans le délai", "On time"),
    Text("En retard", "Late"),
    Text("Ouverts dans le délai", "Open in time"),
    Text("À décider dans le délai", "To decide in time"),
    Text("Retards encore permis", "Late still allowed"),
    Text("Impossible", "Impossible"),
    Text("D’ici le", "By"),
    Text("Échus d’ici là", "Due by then"),
    Text("À décider d’ici là", "To decide by then"),
    Text("À la cadence, au moins", "At the pace, at least"),
    Text("À la cadence, au plus", "At the pace, at most"),
)

WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Prévision", "Forecast"),
    "lead": Text(
        "Ce qu’il faut encore décider dans le délai pour atteindre la cible, et jusqu’à quand on peut attendre.",
        "What must still be decided in time to reach the target, and how long it can wait.",
    ),
    "filters": Text("Choisir la cible", "Choose the target"),
    "month": Text("Ce mois-ci", "This month"),
    "quarter": Text("Ce trimestre", "This quarter"),
    "fiscal-year": Text("Cet exercice", "This fiscal year"),
    "quarter_name": Text("{n}e trimestre {year}", "Quarter {n}, {year}"),
    "quarter_name_one": Text("{n}er trimestre {year}", "Quarter {n}, {year}"),
    "basis_hint": Text(
        "Dossiers échus\u00a0: ceux dont le dernier jour dans le délai tombe dans la période. Ceux qui attendent une réponse n’ont pas d’échéance, et n’y sont pas.",
        "Files due: those whose last day on time lies in the period. Files that wait for an answer have no deadline, and are not among them.",
    ),
    "every_target": Text("Toutes les cibles", "All targets"),
    "settled_on_time": Text("Dans le délai", "On time"),
    "settled_late": Text("En retard", "Late"),
    "still_open": Text("Encore ouverts", "Still open"),
    "to_decide": Text("À décider à temps", "To decide in time"),
    "may_be_late": Text("Retards encore permis", "Late still allowed"),
    "impossible": Text("impossible", "impossible"),
    "possible": Text("possible", "possible"),
    "certain": Text("cible atteinte", "target reached"),
    "nothing_due": Text(
        "Rien de ce qui est connu n’arrive à échéance dans cette période.",
        "Nothing that is known is due in this period.",
    ),
    "stairs": Text("L’échéancier le plus tardif", "The latest schedule"),
    "need": Text(
        "Des {open} dossiers ouverts qui arrivent à échéance d’ici le {day}, {n} doivent être décidés dans le délai",
        "Of the {open} open files due by {day}, {n} must be decided in time",
    ),
    "need_one": Text(
        "Des {open} dossiers ouverts qui arrivent à échéance d’ici le {day}, {n} doit être décidé dans le délai",
        "Of the {open} open files due by {day}, {n} must be decided in time",
    ),
    "need_calls": Text(
        "Des {open} appels en cours qui arrivent à échéance d’ici le {day}, {n} doivent être répondus dans la limite",
        "Of the {open} calls now open and due by {day}, {n} must be answered in time",
    ),
    "need_calls_one": Text(
        "Des {open} appels en cours qui arrivent à échéance d’ici le {day}, {n} doit être répondu dans la limite",
        "Of the {open} calls now open and due by {day}, {n} must be answered in time",
    ),
    "by_then": Text("{n} d’ici le {day}", "{n} by {day}"),
    "pace": Text(
        "À la cadence des 20 derniers jours ouvrables\u00a0: de {low} à {high} décisions d’ici là.",
        "At the pace of the last 20 business days: {low} to {high} decisions by then.",
    ),
    "pace_calls": Text(
        "À la cadence des 20 derniers jours ouvrables\u00a0: de {low} à {high} appels répondus d’ici là.",
        "At the pace of the last 20 business days: {low} to {high} calls answered by then.",
    ),
    "pace_hint": Text(
        "L’intervalle tient 8 fois sur 10 si les jours qui viennent ressemblent aux derniers\u00a0: leur moyenne, leur écart d’un jour à l’autre, et l’incertitude de si peu de jours. Toutes les décisions de l’engagement comptent, quelle que soit leur échéance.",
        "The range holds 8 times in 10 if the days ahead resemble the last ones: their mean, their spread from day to day, and the uncertainty of so few days. All decisions of the standard count, whenever they are due.",
    ),
    "out_of_reach": Text(
        "Impossible\u00a0: {late} en retard, pour {allowed} permis au plus, même si les {open} encore ouverts se décident tous à temps.",
        "Impossible: {late} late, where {allowed} at most could be, even if all {open} still open are decided in time.",
    ),
    "see_late": Text("Voir ceux qui sont en retard", "See those that are late"),
    "see_open": Text("Voir ceux qui sont ouverts", "See those that are open"),
    "sure": Text(
        "La cible est atteinte, quoi qu’il advienne de ceux qui sont encore ouverts ({open}).",
        "The target is reached, whatever becomes of those still open ({open}).",
    ),
    "more_to_come": Text(
        "La limite est plus courte que ce qui reste de la période\u00a0: ce qui arrivera d’ici la fin s’y ajoutera.",
        "The limit is shorter than what is left of the period: what arrives before its end will be added.",
    ),
    "stairs_drawn": Text(
        "Escaliers\u00a0: échus et à décider d’ici chaque jour, et en bande ce qu’apporte la cadence ; le tableau qui suit dit la même chose.",
        "Steps: due and to decide by each day, and as a band what the pace brings; the table that follows says the same.",
    ),
    "key_due": Text("échus", "due"),
    "key_needed": Text("à décider", "to decide"),
    "key_pace": Text("à la cadence", "at the pace"),
    "day_by_day": Text("Jour par jour", "Day by day"),
    "by_day": Text("D’ici le", "By"),
    "due_by_then": Text("Échus d’ici là", "Due by then"),
    "needed_by_then": Text("À décider d’ici là", "To decide by then"),
    "at_the_pace": Text("À la cadence", "At the pace"),
    "range": Text("{low} à {high}", "{low} to {high}"),
    "beyond": Text("au-delà", "beyond"),
    "burn_down": Text("Les retards encore permis", "Late files still allowed"),
    "burn_hint": Text(
        "Parmi les {known} connus à échéance dans la période, {allowed} au plus peuvent être en retard. Sous zéro, la cible est manquée.",
        "Of the {known} known to be due in the period, {allowed} at most may be late. Below zero the target is missed.",
    ),
    "burn_drawn": Text(
        "Escalier qui descend à chaque retard ; le tableau qui suit dit la même chose.",
        "Steps that go down with each late file; the table that follows says the same.",
    ),
    "late_so_far": Text("En retard jusque-là", "Late so far"),
    "left": Text("Encore permis", "Still allowed"),
    "by_unit": Text("Par unité", "By unit"),
    "by_unit_hint": Text(
        "Chaque unité face à la cible de l’engagement ; les retards permis ne s’additionnent pas.",
        "Each unit against the target of the standard; the late files allowed do not add up.",
    ),
}
