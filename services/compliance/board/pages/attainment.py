"""Attainment of any standard, unit and period, the files behind each number, and exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse

from services.compliance.api import CorrectionView, MeasuredFile
from services.compliance.attainment import AttainmentReport, Measure
from services.compliance.attainment.report_formats import ReportForm
from services.compliance.board import attainment_figures, attainment_lists
from services.compliance.board.addresses import AttainmentSelection, Chosen, PageCursor
from services.compliance.board.attainment_figures import read_figures
from services.compliance.board.attainment_lists import AttainmentListing
from services.compliance.board.csv import delay_sheet, lists, spreadsheet
from services.compliance.board.exports import report_download, sheet_download
from services.compliance.board.known import (
    KNOWN,
    KnownDay,
    attainment_then,
    day_of,
    measures_then,
    parameters_then,
)
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.translator import Translator
from services.compliance.board.words import OUTCOME_WORDS, PERIOD_CHOICE
from services.compliance.projection import FigurePart, MeasuredBasis
from shared.domain import CatalogueLimit
from shared.http import Reader
from shared.text import Text


def _selection(
    standard: Chosen = "",
    unit: Chosen = "",
    period: Annotated[str, Query(max_length=20)] = "fiscal-year",
    basis: MeasuredBasis = "decided",
    known_at: KnownDay = "",
) -> AttainmentSelection:
    return AttainmentSelection(standard, unit, period, basis, known_at)


AttainmentQuery = Annotated[AttainmentSelection, Depends(_selection)]


def _standard_selection(
    selection: AttainmentQuery, standard: Annotated[str, Query(min_length=1, max_length=64)]
) -> AttainmentSelection:
    return selection._replace(standard=standard)


StandardQuery = Annotated[AttainmentSelection, Depends(_standard_selection)]


def router(board: Board) -> APIRouter:
    """The page, the lists behind its figures, and exports."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))
    _add_figures(routes, board)
    _add_files(routes, board)
    _add_corrections(routes, board)
    return routes


def _add_figures(routes: APIRouter, board: Board) -> None:
    @routes.get("/attainment")
    async def page(
        request: Request,
        reader: Reader,
        selection: AttainmentQuery,
        delays: Literal["", "unit"] = "",
    ) -> Response:
        by_unit = delays == "unit"
        content = await read_figures(board, selection, reader, unit_delays=by_unit)
        return board.page(
            request,
            "attainment.html",
            WORDS,
            selection=selection,
            content=content,
            known=await attainment_then(board, selection, content, reader, unit_delays=by_unit),
            delays_by_unit=by_unit,
            correction_counts=await attainment_lists.correction_counts(board, selection, reader),
            adjacent=attainment_figures.adjacent_periods(content.period),
            options=filter_options(board, reader),
            periods=attainment_figures.period_options(
                board.today(), board.catalogue.fiscal_year_start
            ),
            tier_limits=_tier_limits(board, selection),
        )

    @routes.get("/attainment/delays.csv")
    async def delays(request: Request, reader: Reader, selection: StandardQuery) -> Response:
        period = board.parameters.period(selection.period)
        then = await parameters_then(board, selection.known_at)
        rows = await measures_then(board, selection, period, then, reader)
        translator = board.translator(request, WORDS)
        name = _name(board, translator, "delays", selection, period.name)
        text = delay_sheet(rows, board, translator)
        headers = spreadsheet.download_headers(name, "csv", translator.spoken)
        return PlainTextResponse(text, headers=headers, media_type=spreadsheet.MEDIA_TYPE)

    @routes.get("/attainment.{form}")
    async def export(
        request: Request, reader: Reader, form: ReportForm, selection: AttainmentQuery
    ) -> Response:
        content = await read_figures(board, selection, reader)
        then = await parameters_then(board, selection.known_at)
        rows: Sequence[Measure] = [row.measure for row in (content.total, *content.rows)]
        if then.known_on is not None:
            rows = await measures_then(board, selection, content.period, then, reader)
        report = AttainmentReport(content.period, then.today(), rows)
        translator = board.translator(request, WORDS)
        name = _name(board, translator, "attainment", selection, content.period.name)
        return report_download(board, translator, report, form, name, content.formulas)


def _add_files(routes: APIRouter, board: Board) -> None:
    @routes.get("/attainment/files")
    async def files(
        request: Request,
        reader: Reader,
        selection: StandardQuery,
        part: FigurePart = "denominator",
        after: PageCursor = "",
    ) -> Response:
        content = await attainment_lists.read_files(board, selection, part, after, reader)
        return board.page(
            request,
            "attainment_files.html",
            WORDS,
            selection=selection,
            content=content,
            part=part,
            after=after,
            known_day=day_of(selection.known_at),
            limit_unit=board.catalogue.standards[selection.standard].current.limit.unit,
        )

    @routes.get("/attainment/files.csv")
    async def files_for_spreadsheets(
        request: Request, reader: Reader, selection: StandardQuery, part: FigurePart = "denominator"
    ) -> Response:
        async def page(after: str) -> AttainmentListing[MeasuredFile]:
            return await attainment_lists.read_files(
                board, selection, part, after, reader, length=lists.ROWS
            )

        first, translator = await page(""), board.translator(request, WORDS)
        title = "late_files" if part == "late" else part
        name = _name(board, translator, title, selection, first.period.name)
        lines = lists.lines(board, translator, lists.FILES, first, page)
        return sheet_download(translator, lines, name)


def _add_corrections(routes: APIRouter, board: Board) -> None:
    @routes.get("/attainment/corrections")
    async def corrections(
        request: Request, reader: Reader, selection: AttainmentQuery, after: PageCursor = ""
    ) -> Response:
        content = await attainment_lists.read_corrections(board, selection, after, reader)
        return board.page(
            request, "corrections.html", WORDS, selection=selection, content=content, after=after
        )

    @routes.get("/attainment/corrections.csv")
    async def corrections_for_spreadsheets(
        request: Request, reader: Reader, selection: AttainmentQuery
    ) -> Response:
        async def page(after: str) -> AttainmentListing[CorrectionView]:
            return await attainment_lists.read_corrections(
                board, selection, after, reader, length=lists.ROWS
            )

        first, translator = await page(""), board.translator(request, WORDS)
        name = _name(board, translator, "csv_corrections", selection, first.period.name)
        lines = lists.lines(board, translator, lists.CORRECTIONS, first, page)
        return sheet_download(translator, lines, name)


def _tier_limits(board: Board, selection: AttainmentSelection) -> Sequence[CatalogueLimit]:
    """The limits of the further targets of the standard chosen, as they are now."""
    standard = board.catalogue.standards.get(selection.standard)
    return [] if standard is None else [one.limit for one in standard.current.tiers]


def _name(
    board: Board, translator: Translator, title: str, selection: AttainmentSelection, period: str
) -> Sequence[str]:
    """The parts of a download's name: what was chosen, and the day."""
    return [
        translator(title).lower(),
        selection.standard,
        selection.unit,
        period,
        translator(selection.basis).lower(),
        board.today().isoformat(),
    ]


WORDS: Final[Mapping[str, Text]] = {
    **KNOWN,
    **OUTCOME_WORDS,
    **PERIOD_CHOICE,
    "title": Text("Atteinte", "Attainment"),
    "lead": Text(
        "Combien de fois chaque engagement a été tenu. Chaque nombre s’ouvre sur les dossiers qui l’ont fait.",
        "How often each commitment was kept. Every number opens into the files that made it.",
    ),
    "filters": Text("Choisir les chiffres", "Choose figures"),
    "decided_hint": Text(
        "Décidés dans la période : le chiffre publié.",
        "Decided in the period: the published figure.",
    ),
    "due_hint": Text(
        "Échéance dans la période et passée, décidés ou non : rien de laissé ouvert n’embellit ce chiffre.",
        "Due in the period and past, decided or not: nothing left open can flatter this figure.",
    ),
    "unextended": Text("Sans prolongation : {ratio}", "Without extensions: {ratio}"),
    "tiers": Text("Autres cibles", "Further targets"),
    "tiers_hint": Text(
        "Les mêmes dossiers décidés, face à d’autres limites.",
        "The same files decided, against other limits.",
    ),
    "tier": Text("Limite", "Limit"),
    "tier_number": Text("Cible {n}", "Target {n}"),
    "before": Text("Période précédente", "Previous period"),
    "after": Text("Période suivante", "Next period"),
    "periods": Text("Autres périodes", "Other periods"),
    "nothing_yet": Text("rien de mesuré", "nothing measured"),
    "late_budget": Text("Dossiers en retard", "Late files"),
    "committed_hint": Text(
        "Permis : ce que la cible laisse. Engagés : les décidés en retard, et les ouverts déjà dépassés.",
        "Allowed: what the target leaves. Committed: decided late, and open but already overdue.",
    ),
    "trend_drawn": Text(
        "Courbe de l’atteinte sur douze mois ; le tableau voisin dit la même chose.",
        "Line of the attainment over twelve months; the table beside it says the same.",
    ),
    "trend_caption": Text("Atteinte par mois", "Attainment by month"),
    "by_standard": Text(
        "Par engagement, du plus en retard au mieux tenu", "By standard, worst first"
    ),
    "by_unit": Text("Par unité", "By unit"),
    "rows_hint": Text(
        "La barre montre l’atteinte ; le trait, la cible.",
        "The bar shows attainment; the mark, the target.",
    ),
    "nothing": Text(
        "Rien n’a été mesuré dans cette période pour ce choix.",
        "Nothing was measured in this period for this choice.",
    ),
    "nothing_hint": Text(
        "Choisir une autre période, un autre engagement, ou toutes les unités.",
        "Choose another period, another standard, or all units.",
    ),
    "formulas_hint": Text(
        "Appels répondus dans la limite, parmi :", "Calls answered within the limit, among:"
    ),
    "formula": Text("Formule", "Formula"),
    "answered": Text("les appels répondus", "calls answered"),
    "answered_or_abandoned_after_the_limit": Text(
        "les appels répondus, ou abandonnés après la limite : l’atteinte publiée",
        "calls answered, or abandoned after the limit: the published attainment",
    ),
    "offered": Text(
        "les appels offerts : répondus, ou abandonnés à tout moment",
        "calls offered: answered, or abandoned at any time",
    ),
    "delays": Text("Délais", "Delays"),
    "delays_by_unit": Text("Délais par unité", "Delays by unit"),
    "delays_hint": Text(
        "Net\u00a0: ce que la limite a compté. Brut\u00a0: ce qu’elle aurait compté si aucune demande ne l’avait arrêtée. 80\u00a0% en 18 veut dire\u00a0: de 100, 80 ont pris 18 ou moins.",
        "Net: what the limit counted. Gross: what it would have counted had no request stopped it. 80% within 18 means: of 100, 80 took 18 or less.",
    ),
    "delays_in": Text("En {unit}.", "In {unit}."),
    "delays_of": Text("{n} décidés et mesurés", "{n} decided and measured"),
    "delays_drawn": Text(
        "Dossiers par délai\u00a0; le trait marque la limite, {limit}\u00a0; les tableaux disent la même chose.",
        "Files by delay; the mark is the limit, {limit}; the tables say the same.",
    ),
    "delay_numbers": Text("Les nombres derrière les barres", "The numbers behind the bars"),
    "delay_legend": Text(
        "En vert, dans le délai\u00a0; en rouge, en retard.", "Green: on time. Red: late."
    ),
    "net": Text("Net", "Net"),
    "gross": Text("Brut", "Gross"),
    "delay": Text("Délai", "Delay"),
    "limit": Text("Limite", "Limit"),
    "limit_of": Text("limite\u00a0: {limit}", "limit: {limit}"),
    "on_time": Text("Dans le délai", "On time"),
    "late": Text("En retard", "Late"),
    "more_than": Text("plus de {amount}", "more than {amount}"),
    "from_to": Text("{first} à {last}", "{first} to {last}"),
    "csv_delays": Text("CSV des délais", "Delays as CSV"),
    "decided_files": Text("Décidés", "Decided"),
    "days_taken": Text("Jours pris", "Days taken"),
    "time_taken": Text("Temps pris", "Time taken"),
    "gross_taken": Text("brut {amount}", "gross {amount}"),
    "corrections": Text("Corrections depuis la publication", "Corrections since publication"),
    "corrections_hint": Text(
        "Des réponses qui ont changé une fois leur mois terminé.",
        "Answers that changed once their month was over.",
    ),
    "no_corrections": Text("Aucune.", "None."),
    "see_corrections": Text("Voir les corrections", "See the corrections"),
    "became_late": Text("{n} devenues en retard", "{n} became late"),
    "became_late_one": Text("{n} devenue en retard", "{n} became late"),
    "became_on_time": Text("{n} revenues dans le délai", "{n} became on time"),
    "became_on_time_one": Text("{n} revenue dans le délai", "{n} became on time"),
    "came": Text("{n} ajoutées à la période", "{n} added to the period"),
    "came_one": Text("{n} ajoutée à la période", "{n} added to the period"),
    "went": Text("{n} retirées de la période", "{n} taken out of the period"),
    "went_one": Text("{n} retirée de la période", "{n} taken out of the period"),
    "moved": Text("{n} déplacées dans la période", "{n} moved within the period"),
    "moved_one": Text("{n} déplacée dans la période", "{n} moved within the period"),
    "numerator": Text("Dossiers dans le délai", "Files on time"),
    "denominator": Text("Dossiers mesurés", "Files measured"),
    "late_files": Text("Dossiers en retard", "Late files"),
    "files_caption": Text("Dossiers, par jour", "Files, by day"),
    "of": Text("sur", "of"),
    "due_on": Text("Échéance", "Due"),
    "decided_on": Text("Décidé", "Decided"),
    "back": Text("Retour aux chiffres", "Back to the figures"),
    "no_files": Text("Aucun dossier ne répond à ce choix.", "No file matches this choice."),
    "corrections_caption": Text("Corrections, la dernière d’abord", "Corrections, newest first"),
    "noted": Text("Notée", "Noted"),
    "was": Text("Avant", "Before"),
    "is_now": Text("Maintenant", "Now"),
    "cause": Text("Cause", "Cause"),
    "by_catalogue": Text("nouveau catalogue ou calendrier", "new catalogue or calendar"),
    "csv_corrections": Text("Corrections", "Corrections"),
    "answer_on": Text("{result} au {day}", "{result} on {day}"),
    "no_answer": Text("aucune réponse", "no answer"),
    "annual_report": Text("Rapport annuel", "Annual report"),
}
