"""One commitment in pictures, each with its table: the trend, what is in hand by age, what comes and goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from services.compliance.board import charts
from services.compliance.board.addresses import AttainmentSelection, Chosen
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.trend import together, trend, trend_months
from services.compliance.workload import Grouping, read_workload
from shared.http import Reader
from shared.text import Text


def router(board: Board) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/pictures")
    async def page(
        request: Request,
        reader: Reader,
        standard: Chosen = "",
        unit: Chosen = "",
        by: Annotated[Grouping, Query()] = "month",
    ) -> Response:
        """Of the first standard of the catalogue, where none is chosen."""
        today, database = board.today(), board.store.database
        selection = AttainmentSelection(standard or min(board.catalogue.standards), unit)
        scope = board.parameters.scope(reader, selection.standard, unit or None, None)
        scope = scope._replace(each_unit=())
        workload = await read_workload(database, board.catalogue, today, scope, by)
        firsts = trend_months(today)
        months = together(firsts, await trend(database, firsts, scope))
        target = board.catalogue.standards[selection.standard].nearest_terms(today).target
        return board.page(
            request,
            "pictures.html",
            WORDS,
            selection=selection,
            by=by,
            workload=workload,
            months=months,
            target=target,
            line=charts.line([one.decided.ratio for one in months], target, charts.LARGE),
            ages=charts.columns(
                [[{"on_track": one.on_time, "overdue": one.overdue}] for one in workload.ages]
            ),
            left=charts.columns(
                [
                    [{"overdue" if name == "overdue" else "on_track": files}]
                    for name, files in workload.open_files.remaining.items()
                ]
            ),
            moved=charts.columns(
                [
                    [
                        {"received": one.received},
                        {"decided": one.decided, "withdrawn": one.withdrawn},
                    ]
                    for one in workload.movements
                ]
            ),
            stock=charts.columns([[{"stock": one.stock}] for one in workload.movements]),
            options=filter_options(board, reader),
        )

    return routes


WORDS: Final[Mapping[str, Text]] = {
    "title": Text("En images", "In pictures"),
    "lead": Text(
        "Un engagement d’un coup d’œil ; à côté de chaque image, le tableau qui dit la même chose.",
        "A commitment at a glance; beside each picture, the table that says the same.",
    ),
    "filters": Text("Choisir l’engagement", "Choose the standard"),
    "in_figures": Text("Les chiffres de l’atteinte", "The figures of attainment"),
    "what_changed": Text("Ce qui a changé", "What changed"),
    "trend_title": Text("L’atteinte, mois par mois", "Attainment, month by month"),
    "trend_hint": Text(
        "Selon le jour de la décision, de 0 à 100\u00a0%. Le mois en cours n’est pas fini : son point est creux.",
        "By the day of the decision, from 0 to 100%. The current month is not over: its point is hollow.",
    ),
    "trend_drawn": Text(
        "Courbe de l’atteinte sur douze mois ; le tableau voisin dit la même chose.",
        "Line of the attainment over twelve months; the table beside it says the same.",
    ),
    "late_of": Text("{late} sur {measured}", "{late} of {measured}"),
    "late": Text("En retard", "Late"),
    "ages_title": Text("L’âge de ce qui est en main", "Age of what is in hand"),
    "ages_hint": Text(
        "Depuis la réception, en {unit}. Ce qui attend une réponse n’y est pas.",
        "Since the reception, in {unit}. What waits for an answer is not in it.",
    ),
    "business_days": Text("jours ouvrables", "business days"),
    "civil_days": Text("jours civils", "civil days"),
    "ages_drawn": Text(
        "Colonnes : ce qui est en main par âge, dans le délai et dépassé.",
        "Columns: what is in hand by age, on time and overdue.",
    ),
    "age": Text("Âge", "Age"),
    "on_time": Text("Dans le délai", "On time"),
    "overdue_files": Text("Dépassés", "Overdue"),
    "in_hand": Text("En main", "In hand"),
    "total": Text("Total", "Total"),
    "from_to": Text("{first} à {last} jours", "{first} to {last} days"),
    "from_on": Text("{first} jours et plus", "{first} days and more"),
    "left_title": Text("Ce qu’il reste de jours", "Days that are left"),
    "left_hint": Text(
        "De ce qui est en main, en {unit} ; 0 est le dernier jour.",
        "Of what is in hand, in {unit}; 0 is the last day.",
    ),
    "left_drawn": Text(
        "Colonnes : ce qui est dépassé, puis par jours qui restent.",
        "Columns: what is overdue, then by days that are left.",
    ),
    "days_left": Text("Jours", "Days"),
    "in_number": Text("Nombre", "Number"),
    "moved_title": Text("Ce qui entre et ce qui sort", "In and out"),
    "moved_hint": Text(
        "Un abandon après la limite compte comme décidé en retard. Le dernier intervalle n’est pas fini.",
        "What is abandoned after the limit counts as decided late. The last span is not over.",
    ),
    "moved_drawn": Text(
        "Colonnes : reçus, et à côté décidés et retirés.",
        "Columns: received, and beside them decided and withdrawn.",
    ),
    "stock_title": Text("Ce qui reste ouvert", "What stays open"),
    "stock_hint": Text(
        "Ouverts à la fin de chaque intervalle, en attente ou non.",
        "Open at the end of each span, waiting or not.",
    ),
    "stock_drawn": Text(
        "Colonnes : ouverts à la fin de chaque intervalle.",
        "Columns: open at the end of each span.",
    ),
    "by_month": Text("Par mois", "By month"),
    "by_week": Text("Par semaine", "By week"),
    "grouping": Text("Intervalle", "Span"),
    "week_of": Text("Semaine du", "Week of"),
    "decided_files": Text("Décidés", "Decided"),
    "withdrawn": Text("Retirés", "Withdrawn"),
    "received_files": Text("Reçus", "Received"),
    "stock": Text("Ouverts à la fin", "Open at the end"),
    "none_in_hand": Text("Rien n’est en main.", "Nothing is in hand."),
    "nothing_measured": Text(
        "Rien n’a été mesuré sur douze mois.", "Nothing was measured over twelve months."
    ),
}
