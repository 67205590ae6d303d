"""One commitment in pictures, each with its table: the trend, what is in hand by age, what comes and goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from services.compliance.attainment.measures import OPEN_STAGES
from services.compliance.board import charts
from services.compliance.board.addresses import AttainmentSelection, Chosen
from services.compliance.board.csv import spreadsheet, workload
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.trend import together, trend, trend_months
from services.compliance.projection import TallyScope
from services.compliance.workload import Grouping, read_workload
from shared.http import Principal, Reader
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
        selection, scope = _chosen(board, reader, standard, unit)
        found = await read_workload(database, board.catalogue, today, scope, by)
        translator = board.translator(request, WORDS)
        firsts = trend_months(today)
        months = together(firsts, await trend(database, firsts, scope))
        target = board.catalogue.standards[selection.standard].nearest_terms(today).target
        return board.page(
            request,
            "pictures.html",
            WORDS,
            selection=selection,
            by=by,
            workload=found,
            months=months,
            target=target,
            line=charts.line([one.decided.ratio for one in months], target, charts.LARGE),
            stages=[(stage, translator(stage)) for stage in OPEN_STAGES],
            ages=charts.columns([[dict(one.stages)] for one in found.ages]),
            left=charts.columns(
                [
                    [{"overdue" if name == "overdue" else "on_track": files}]
                    for name, files in found.open_files.remaining.items()
                ]
            ),
            moved=charts.columns(
                [
                    [
                        {"received": one.received},
                        {"decided": one.decided, "withdrawn": one.withdrawn},
                    ]
                    for one in found.movements
                ]
            ),
            stock=charts.columns([[{"stock": one.stock}] for one in found.movements]),
            options=filter_options(board, reader),
        )

    @routes.get("/pictures.csv")
    async def for_spreadsheets(
        request: Request,
        reader: Reader,
        standard: Chosen = "",
        unit: Chosen = "",
        by: Annotated[Grouping, Query()] = "month",
        part: Annotated[Literal["ages", "moved"], Query()] = "ages",
    ) -> Response:
        """The tables of what is in hand by age and stage, or of what came and went."""
        today, translator = board.today(), board.translator(request, WORDS)
        selection, scope = _chosen(board, reader, standard, unit)
        found = await read_workload(board.store.database, board.catalogue, today, scope, by)
        place = selection.standard, selection.unit or None
        text = (
            workload.age_sheet(place, found, board, translator)
            if part == "ages"
            else workload.movement_sheet(place, found, board, translator)
        )
        name = [translator(f"{part}_name"), *filter(None, place), today.isoformat()]
        return PlainTextResponse(
            text,
            headers=spreadsheet.download_headers(name, "csv", translator.spoken),
            media_type=spreadsheet.MEDIA_TYPE,
        )

    return routes


def _chosen(
    board: Board, reader: Principal, standard: str, unit: str
) -> tuple[AttainmentSelection, TallyScope]:
    """What an address chooses, and what that reads; the first standard, where none is chosen."""
    selection = AttainmentSelection(standard or min(board.catalogue.standards), unit)
    scope = board.parameters.scope(reader, selection.standard, unit or None, None)
    return selection, scope._replace(each_unit=())


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
        "Colonnes : ce qui est en main par âge et par étape.",
        "Columns: what is in hand by age and stage.",
    ),
    "age": Text("Âge", "Age"),
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
    "csv_ages": Text("Âges en CSV", "Ages as CSV"),
    "csv_moved": Text("Entrées et sorties en CSV", "In and out as CSV"),
    "ages_name": Text("âges", "ages"),
    "moved_name": Text("entrées et sorties", "in and out"),
    "none_in_hand": Text("Rien n’est en main.", "Nothing is in hand."),
    "nothing_measured": Text(
        "Rien n’a été mesuré sur douze mois.", "Nothing was measured over twelve months."
    ),
}
