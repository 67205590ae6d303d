"""What is still possible in a current period: the latest schedule, the pace, the late budget."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from services.compliance.board.addresses import Chosen
from services.compliance.board.csv.places import PLACE, place
from services.compliance.board.csv.spreadsheet import Sheet
from services.compliance.board.exports import sheet_download
from services.compliance.board.forecast_figures import (
    ForecastSelection,
    forecast_content,
    forecast_scope,
)
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.translator import Translator
from services.compliance.board.words import RISK_WORDS
from services.compliance.forecast import Reaching, read_reach
from shared.http import Reader
from shared.text import Text


def _selection(
    standard: Chosen = "",
    unit: Chosen = "",
    period: Annotated[Literal["month", "quarter", "fiscal-year"], Query()] = "month",
) -> ForecastSelection:
    return ForecastSelection(standard, unit, period)


ForecastQuery = Annotated[ForecastSelection, Depends(_selection)]


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
        scope = forecast_scope(board, selection, reader)
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


async def _sheet_lines(
    board: Board, translator: Translator, rows: Sequence[Reaching]
) -> AsyncIterator[str]:
    """A line for each day on which files are due; one without a day where there is none."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    yield sheet.heading(_COLUMNS)
    for row in rows:
        stairs = row.stairs
        names = (stairs.period.name, *place(stairs.standard, stairs.unit, board, translator))
        counts = (
            float(stairs.target),
            stairs.on_time,
            stairs.late,
            stairs.open,
            stairs.needed,
            stairs.late_left,
            stairs.needed_of_others,
            stairs.is_impossible,
        )
        yield sheet.lines(
            [
                (*names, *counts, *step, *(row.at_this_pace(step.day) or (None, None)))
                for step in stairs.steps
            ]
            or [(*names, *counts, *[None] * 5)]
        )


_COLUMNS: Final = (
    Text("Période", "Period"),
    *PLACE,
    Text("Cible", "Target"),
    Text("Dans le délai", "On time"),
    Text("En retard", "Late"),
    Text("Ouverts dans le délai", "Open in time"),
    Text("À décider dans le délai", "To decide in time"),
    Text("Retards encore permis", "Late still allowed"),
    Text("À décider de plus, parmi d’autres", "To decide besides, of others"),
    Text("Impossible", "Impossible"),
    Text("D’ici le", "By"),
    Text("Échus d’ici là", "Due by then"),
    Text("À décider d’ici là", "To decide by then"),
    Text("À la cadence, au moins", "At the pace, at least"),
    Text("À la cadence, au plus", "At the pace, at most"),
)

WORDS: Final[Mapping[str, Text]] = {
    **RISK_WORDS,
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
    "behind": Text("en dessous", "behind"),
    "impossible": Text("impossible", "impossible"),
    "possible": Text("possible", "possible"),
    "certain": Text("cible atteinte", "target reached"),
    "nothing_due": Text(
        "Rien de ce qui est connu n’arrive à échéance dans cette période.",
        "Nothing that is known is due in this period.",
    ),
    "stairs": Text("L’échéancier le plus tardif", "The latest schedule"),
    "need": Text(
        "Des {n} dossiers ouverts qui arrivent à échéance d’ici le {day}, il faut en décider {needed} dans le délai",
        "Of the {n} open files due by {day}, {needed} must be decided in time",
    ),
    "need_one": Text(
        "Il reste {n} dossier ouvert à échéance d’ici le {day}\u00a0; il doit être décidé dans le délai",
        "There is {n} open file due by {day}; it must be decided in time",
    ),
    "need_calls": Text(
        "Des {n} appels en cours qui arrivent à échéance d’ici le {day}, il faut répondre à {needed} dans la limite",
        "Of the {n} calls open and due by {day}, {needed} must be answered in time",
    ),
    "need_calls_one": Text(
        "Il reste {n} appel en cours à échéance d’ici le {day}\u00a0; il faut y répondre dans la limite",
        "There is {n} call open and due by {day}; it must be answered in time",
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
        "Impossible\u00a0: {late} en retard, pour {allowed} permis au plus, quoi qu’il advienne des autres",
        "Impossible: {late} late, where {allowed} at most could be, whatever becomes of the others",
    ),
    "out_of_reach_yet": Text(
        "{late} en retard, pour {allowed} permis au plus\u00a0: il faut décider dans le délai tous ceux qui sont encore ouverts ({open}), et {n} de plus parmi ceux qui viendront, sans autre retard",
        "{late} late, where {allowed} at most could be: all that are still open ({open}) must be decided in time, and {n} more of those to come, none late",
    ),
    "out_of_reach_yet_calls": Text(
        "{late} en retard, pour {allowed} permis au plus\u00a0: il faut répondre dans la limite à tous ceux qui sont en cours ({open}), et à {n} de plus parmi ceux qui viendront, sans autre retard",
        "{late} late, where {allowed} at most could be: all that are open ({open}) must be answered in time, and {n} more of those to come, none late",
    ),
    "see_late": Text("Voir ceux qui sont en retard", "See those that are late"),
    "see_open": Text(
        "Voir les dossiers ouverts, l’échéance la plus proche d’abord",
        "See the open files, soonest due first",
    ),
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
        "Connus à échéance dans la période\u00a0: {known}\u00a0; en retard au plus\u00a0: {allowed}. Sous zéro, la cible est manquée, à moins que d’autres viennent.",
        "Known to be due in the period: {known}; late at most: {allowed}. Below zero the target is missed, unless others come.",
    ),
    "burn_drawn": Text(
        "Escalier qui descend à chaque retard ; le tableau qui suit dit la même chose.",
        "Steps that go down with each late file; the table that follows says the same.",
    ),
    "late_so_far": Text("En retard jusque-là", "Late so far"),
    "left": Text("Encore permis", "Still allowed"),
    "likely_title": Text(
        "Probabilité d’atteindre la cible ce mois-ci", "How likely the target is this month"
    ),
    "very_likely": Text("presque certain", "almost certain"),
    "likely": Text("probable", "likely"),
    "even": Text("aussi probable qu’improbable", "as likely as not"),
    "unlikely": Text("peu probable", "unlikely"),
    "very_unlikely": Text("presque exclu", "almost ruled out"),
    "tenths": Text("{n} chances sur 10", "{n} chances in 10"),
    "tenths_one": Text("{n} chance sur 10", "{n} chance in 10"),
    "tenths_none": Text("moins d’une chance sur 10", "less than 1 chance in 10"),
    "tenths_all": Text("plus de 9 chances sur 10", "more than 9 chances in 10"),
    "likely_range": Text(
        "L’atteinte des dossiers échus sera entre {low} et {high}, 8 fois sur 10.",
        "The attainment of the files due will be between {low} and {high}, 8 times in 10.",
    ),
    "being_built": Text(
        "La prévision se calcule\u00a0: elle sera là dans quelques minutes.",
        "The forecast is being computed: it will be here in a few minutes.",
    ),
    "no_likely": Text(
        "Aucune probabilité n’est montrée pour cet engagement\u00a0: {why}",
        "No probability is shown for this standard: {why}",
    ),
    "settled_already": Text(
        "Il n’y a rien à prévoir\u00a0: plus aucun dossier ouvert n’arrive à échéance ce mois-ci, ou la cible est déjà hors d’atteinte.",
        "There is nothing to forecast: no open file is due this month any more, or the target is out of reach already.",
    ),
    "few_months": Text(
        "il faut au moins 6 mois d’essais sur le passé, il y en a {n}.",
        "at least 6 months of trials on the past are needed, and there are {n}.",
    ),
    "few_months_one": Text(
        "il faut au moins 6 mois d’essais sur le passé, il y en a {n}.",
        "at least 6 months of trials on the past are needed, and there is {n}.",
    ),
    "trials": Text("Essais sur le passé", "Trials on the past"),
    "trials_hint": Text(
        "Ce qui aurait été dit le matin des 5e, 10e et 15e jours ouvrables de chaque mois terminé, de ce qui était alors connu. Pour être montrée, la prévision doit faire mieux que chaque règle, de plus d’une erreur type.",
        "What would have been said on the mornings of the 5th, 10th and 15th business day of each month that is over, of what was known then. To be shown, the forecast must do better than every rule, by more than one standard error.",
    ),
    "trials_count": Text("{n} mois d’essais", "{n} months of trials"),
    "trials_count_one": Text("{n} mois d’essais", "{n} month of trials"),
    "against": Text("Face à", "Against"),
    "of_forecast": Text("Prévision", "Forecast"),
    "of_rule": Text("Règle", "Rule"),
    "does_better": Text("Fait mieux", "Does better"),
    "yes": Text("oui", "yes"),
    "no": Text("non", "no"),
    "error_last_month": Text(
        "l’atteinte du mois d’avant\u00a0: erreur, en points",
        "the attainment of the month before: error, in points",
    ),
    "error_so_far": Text(
        "l’atteinte du mois jusque-là\u00a0: erreur, en points",
        "the attainment of the month so far: error, in points",
    ),
    "brier_last_month": Text(
        "le mois d’avant, comme chance\u00a0: score de Brier",
        "the month before, as a chance: Brier score",
    ),
    "brier_so_far": Text(
        "le mois jusque-là, comme chance\u00a0: score de Brier",
        "the month so far, as a chance: Brier score",
    ),
    "brier_base": Text(
        "la part des mois atteints auparavant\u00a0: score de Brier",
        "the share of the months reached before: Brier score",
    ),
    "coverage": Text(
        "L’intervalle à 8 cas sur 10 a tenu {n} fois sur 10.",
        "The interval for 8 cases in 10 held {n} times in 10.",
    ),
    "each_trial": Text("Chaque essai", "Each trial"),
    "tried_on": Text("Le matin du", "On the morning of"),
    "expected": Text("Attendue", "Expected"),
    "interval": Text("8 cas sur 10", "8 cases in 10"),
    "came": Text("Venue", "Came"),
    "chance_said": Text("Chances sur 10", "Chances in 10"),
    "target_reached": Text("Cible atteinte", "Target reached"),
    "whole_only": Text(
        "La probabilité se calcule sur toutes les unités d’un engagement, pour le mois en cours.",
        "How likely a target is, is computed over all units of a standard, for the current month.",
    ),
    "changes": Text(
        "Où une décision change le plus aujourd’hui", "Where a decision now changes most"
    ),
    "changes_hint": Text(
        "Les dossiers dans le délai, d’abord ceux dont la décision ajouterait le plus, en moyenne, à l’atteinte de leur engagement.",
        "Files in time, first those whose decision would add most, on average, to the attainment of their standard.",
    ),
    "remaining": Text("Reste", "Remaining"),
    "plus_hint": Text(
        "«\u00a01 + 8\u00a0»\u00a0: 1 de ceux qui sont ouverts, et 8 de plus parmi ceux qui viendront.",
        "“1 + 8”: 1 of those open, and 8 more of those to come.",
    ),
    "by_unit": Text("Par unité", "By unit"),
    "by_unit_hint": Text(
        "Chaque unité face à la cible de l’engagement ; les retards permis ne s’additionnent pas.",
        "Each unit against the target of the standard; the late files allowed do not add up.",
    ),
}
