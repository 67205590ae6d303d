"""What changed: a period beside the one before and the same a year earlier, what got worse first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse

from services.compliance.board import attainment_figures, attainment_lists
from services.compliance.board.addresses import AttainmentSelection, Chosen
from services.compliance.board.csv import comparisons, spreadsheet
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.words import PERIOD_CHOICE
from services.compliance.changes import Comparison, read_comparison, worst_shifts
from services.compliance.periods import Period
from services.compliance.projection import MeasuredBasis
from shared.http import Principal, Reader
from shared.text import Text

_MOST_WORST: Final = 10
_MOST_PLACES: Final = 100
"""Up to so many standards × units each unit is on the page; beyond, under the standard chosen."""


def _selection(
    standard: Chosen = "",
    unit: Chosen = "",
    period: Annotated[str, Query(max_length=20)] = "month",
    basis: MeasuredBasis = "decided",
) -> AttainmentSelection:
    return AttainmentSelection(standard, unit, period, basis)


ChangesQuery = Annotated[AttainmentSelection, Depends(_selection)]


class CorrectedPeriod(NamedTuple):
    """A whole period, and how many answers about it changed after their month had closed."""

    period: Period
    answers: int


def router(board: Board) -> APIRouter:
    """The page, and its spreadsheet."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/changes")
    async def page(request: Request, reader: Reader, selection: ChangesQuery) -> Response:
        comparison = await _comparison(board, selection, reader)
        return board.page(
            request,
            "changes.html",
            WORDS,
            selection=selection,
            comparison=comparison,
            worst=worst_shifts(comparison, _MOST_WORST),
            corrected=await _corrected(board, selection, comparison, reader),
            options=filter_options(board, reader),
            periods=attainment_figures.period_options(
                board.today(), board.catalogue.fiscal_year_start
            ),
        )

    @routes.get("/changes.csv")
    async def for_spreadsheets(
        request: Request, reader: Reader, selection: ChangesQuery
    ) -> Response:
        comparison = await _comparison(board, selection, reader)
        translator = board.translator(request, WORDS)
        name = [
            translator("title").lower(),
            selection.standard,
            selection.unit,
            comparison.periods.current.period.name,
            translator(selection.basis).lower(),
            board.today().isoformat(),
        ]
        return PlainTextResponse(
            comparisons.comparison_sheet(comparison, board, translator),
            headers=spreadsheet.download_headers(name, "csv", translator.spoken),
            media_type=spreadsheet.MEDIA_TYPE,
        )

    return routes


async def _comparison(
    board: Board, selection: AttainmentSelection, reader: Principal
) -> Comparison:
    parameters = board.parameters
    scope = parameters.scope(reader, selection.standard or None, selection.unit or None, "unit")
    if selection.unit or len(scope.standards) * len(scope.each_unit) > _MOST_PLACES:
        scope = scope._replace(each_unit=())
    return await read_comparison(
        board.store.database,
        board.catalogue,
        parameters.period(selection.period),
        selection.basis,
        board.today(),
        scope,
    )


async def _corrected(
    board: Board, selection: AttainmentSelection, comparison: Comparison, reader: Principal
) -> Sequence[CorrectedPeriod]:
    corrected = []
    for one in comparison.periods.each:
        of_period = selection._replace(period=one.period.name)
        counts = await attainment_lists.correction_counts(board, of_period, reader)
        corrected.append(CorrectedPeriod(one.period, sum(counts.values())))
    return corrected


WORDS: Final[Mapping[str, Text]] = {
    **PERIOD_CHOICE,
    "title": Text("Ce qui a changé", "What changed"),
    "lead": Text(
        "Une période à côté de celle d’avant et de la même il y a un an : ce qui s’est dégradé, et où.",
        "A period beside the one before and the same a year earlier: what got worse, and where.",
    ),
    "filters": Text("Choisir ce qui se compare", "Choose what is compared"),
    "compared": Text("Ce qui est comparé", "What is compared"),
    "current_side": Text("Période", "Period"),
    "before_side": Text("Avant", "Before"),
    "year_ago_side": Text("Il y a un an", "A year ago"),
    "no_days": Text("aucun jour encore", "no day yet"),
    "same_point": Text(
        "La période n’est pas finie : les autres s’arrêtent au même point, après {elapsed}.",
        "The period is not over: the others stop at the same point, after {elapsed}.",
    ),
    "worst": Text("Ce qui s’est dégradé, et où", "What got worse, and where"),
    "worst_hint": Text(
        "D’abord là où le plus de retards dépassent ce que la cible permet, par rapport à avant.",
        "First where the most are late beyond what the target allows, compared with before.",
    ),
    "nothing_worse": Text(
        "Rien : nulle part plus de retards au-delà de la cible qu’avant, ni de baisse que le hasard n’explique pas.",
        "Nothing: nowhere more late beyond the target than before, nor a fall that chance does not explain.",
    ),
    "late_of": Text("{late} en retard sur {measured}", "{late} late of {measured}"),
    "late_before": Text(
        "avant\u00a0: {late} en retard sur {measured}", "before: {late} late of {measured}"
    ),
    "above": Text(
        "{n} au-delà de ce que la cible permet (avant\u00a0: {before})",
        "{n} beyond what the target allows (before: {before})",
    ),
    "points_of": Text("Atteinte\u00a0: {points} points.", "Attainment: {points} points."),
    "shift_points": Text("Écart (points)", "Difference (points)"),
    "explained": Text("l’explique", "explains it"),
    "doubtful": Text("l’explique mal", "hardly explains it"),
    "unexplained": Text("ne l’explique pas", "does not explain it"),
    "chance_explained": Text("Le hasard explique cet écart.", "Chance explains this difference."),
    "chance_doubtful": Text(
        "Le hasard explique mal cet écart.", "Chance hardly explains this difference."
    ),
    "chance_unexplained": Text(
        "Le hasard n’explique pas cet écart.", "Chance does not explain this difference."
    ),
    "chance_is": Text("le hasard {verdict}", "chance {verdict}"),
    "was": Text("avant\u00a0: {n}", "before: {n}"),
    "nothing_before": Text("rien de mesuré avant", "nothing measured before"),
    "late_above": Text("Au-delà de la cible", "Beyond the target"),
    "side_by_side": Text(
        "Par engagement, ce qui s’est dégradé d’abord", "By standard, what got worse first"
    ),
    "table_hint": Text(
        "Retards parmi les mesurés ; chaque engagement s’ouvre sur ses unités.",
        "Late among those measured; each standard opens into its units.",
    ),
    "of_units": Text("{n} unités", "{n} units"),
    "of_units_one": Text("{n} unité", "{n} unit"),
    "choose_standard": Text(
        "Choisir un engagement pour voir ses unités.", "Choose a standard to see its units."
    ),
    "new_terms": Text(
        "Les termes de l’engagement ont changé entre ces périodes.",
        "The terms of the standard changed between these periods.",
    ),
    "noise": Text(
        "« Le hasard l’explique » : un écart de cette taille se voit couramment entre deux périodes où rien n’a changé (intervalle de 95\u00a0%). « Ne l’explique pas » : au-delà de l’intervalle de 99,8\u00a0%. Sur cent lignes où rien n’a changé, cinq environ passent le premier.",
        "“Chance explains it”: a difference of this size is common between two periods in which nothing changed (95% interval). “Does not explain it”: beyond the 99.8% interval. Of a hundred rows in which nothing changed, about five pass the first.",
    ),
    "corrections": Text("Corrections depuis", "Corrections since"),
    "corrections_hint": Text(
        "Réponses qui ont changé une fois leur mois terminé, période entière.",
        "Answers that changed once their month was over, whole period.",
    ),
    "n_corrections": Text("{n} réponses corrigées", "{n} answers corrected"),
    "n_corrections_one": Text("{n} réponse corrigée", "{n} answer corrected"),
}
