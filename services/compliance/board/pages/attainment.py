"""Attainment of any standard, unit and period, the files behind each number, and exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse

from services.compliance.attainment import Report, report_formats
from services.compliance.board import attainment_figures, attainment_lists
from services.compliance.board.addresses import After, AttainmentSelection, Chosen
from services.compliance.board.attainment_figures import read_figures
from services.compliance.board.csv import figures, lists, spreadsheet
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.translator import Translator
from services.compliance.projection import FigurePart, MeasuredBasis
from shared.http import Reader
from shared.text import Text

PeriodText = Annotated[str, Query(max_length=20)]


def _choice(
    standard: Chosen = "",
    unit: Chosen = "",
    period: PeriodText = "fiscal-year",
    basis: MeasuredBasis = "decided",
) -> AttainmentSelection:
    return AttainmentSelection(standard, unit, period, basis)


def _standard_choice(
    standard: Annotated[str, Query(min_length=1, max_length=64)],
    unit: Chosen = "",
    period: PeriodText = "fiscal-year",
    basis: MeasuredBasis = "decided",
) -> AttainmentSelection:
    return AttainmentSelection(standard, unit, period, basis)


AttainmentChoice = Annotated[AttainmentSelection, Depends(_choice)]
StandardChoice = Annotated[AttainmentSelection, Depends(_standard_choice)]


def router(board: Board) -> APIRouter:
    """The page, what stands behind it, and its exports."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))
    _add_page(routes, board)
    _add_lists(routes, board)
    _add_export(routes, board)
    _add_spreadsheets(routes, board)
    return routes


def _add_page(routes: APIRouter, board: Board) -> None:
    @routes.get("/attainment")
    async def page(request: Request, reader: Reader, choice: AttainmentChoice) -> Response:
        content = await read_figures(board.store, board.asking, choice, reader)
        counts = await attainment_lists.change_counts(board.store, board.asking, choice, reader)
        return board.page(
            request,
            "attainment.html",
            ATTAINMENT,
            board=board,
            choice=choice,
            content=content,
            correction_counts=counts,
            adjacent=attainment_figures.adjacent_periods(content.period),
            options=filter_options(board, reader),
            periods=attainment_figures.period_options(board.today()),
        )


def _add_lists(routes: APIRouter, board: Board) -> None:
    @routes.get("/attainment/files")
    async def files(
        request: Request,
        reader: Reader,
        choice: StandardChoice,
        part: FigurePart = "denominator",
        after: After = "",
    ) -> Response:
        content = await attainment_lists.files(
            board.store, board.asking, choice, part, after, reader
        )
        return board.page(
            request,
            "attainment_files.html",
            ATTAINMENT,
            board=board,
            choice=choice,
            content=content,
            part=part,
            after=after,
        )

    @routes.get("/attainment/corrections")
    async def corrections(
        request: Request, reader: Reader, choice: AttainmentChoice, after: After = ""
    ) -> Response:
        content = await attainment_lists.read_corrections(
            board.store, board.asking, choice, after, reader
        )
        return board.page(
            request,
            "corrections.html",
            ATTAINMENT,
            board=board,
            choice=choice,
            content=content,
            after=after,
        )


def _add_export(routes: APIRouter, board: Board) -> None:
    @routes.get("/attainment.{form}")
    async def export(
        request: Request, reader: Reader, form: report_formats.Form, choice: AttainmentChoice
    ) -> Response:
        content = await read_figures(board.store, board.asking, choice, reader)
        rows = [row.measure for row in (content.total, *content.rows)]
        report = Report(content.period, board.today(), rows)
        speech = board.speech(request, ATTAINMENT)
        headers = _headers(board, speech, "attainment", choice, content.period.name, form)
        match form:
            case "json":
                return JSONResponse(
                    report_formats.as_json(report, content.formulas), headers=headers
                )
            case "csv":
                text = figures.of_report(report, board, speech)
                return PlainTextResponse(text, headers=headers, media_type=spreadsheet.MEDIA_TYPE)
            case "md":
                text = report_formats.as_markdown(report, board.catalogue, speech.spoken)
                return PlainTextResponse(text, headers=headers, media_type=report_formats.MARKDOWN)


def _add_spreadsheets(routes: APIRouter, board: Board) -> None:
    @routes.get("/attainment/files.csv")
    async def files_for_spreadsheets(
        request: Request, reader: Reader, choice: StandardChoice, part: FigurePart = "denominator"
    ) -> Response:

        async def page(after: str) -> attainment_lists.MeasuredFileList:
            return await attainment_lists.files(
                board.store, board.asking, choice, part, after, reader, length=lists.ROWS
            )

        first = await page("")
        speech = board.speech(request, ATTAINMENT)
        name = "late_files" if part == "late" else part
        return StreamingResponse(
            lists.files(board, speech, first, page),
            headers=_headers(board, speech, name, choice, first.period.name, "csv"),
            media_type=spreadsheet.MEDIA_TYPE,
        )

    @routes.get("/attainment/corrections.csv")
    async def corrections_for_spreadsheets(
        request: Request, reader: Reader, choice: AttainmentChoice
    ) -> Response:

        async def page(after: str) -> attainment_lists.CorrectionList:
            return await attainment_lists.read_corrections(
                board.store, board.asking, choice, after, reader, length=lists.ROWS
            )

        first = await page("")
        speech = board.speech(request, ATTAINMENT)
        return StreamingResponse(
            lists.correction_lines(board, speech, first, page),
            headers=_headers(board, speech, "csv_corrections", choice, first.period.name, "csv"),
            media_type=spreadsheet.MEDIA_TYPE,
        )


def _headers(
    board: Board,
    speech: Translator,
    title: str,
    choice: AttainmentSelection,
    period: str,
    form: str,
) -> dict[str, str]:
    """The name of a download, by what was chosen and the day; and its language."""
    parts = [
        speech(title).lower(),
        choice.standard,
        choice.unit,
        period,
        speech(choice.basis).lower(),
        board.today().isoformat(),
    ]
    return {
        "content-disposition": spreadsheet.disposition(parts, form),
        "content-language": speech.spoken,
    }


ATTAINMENT: Final[Mapping[str, Text]] = {
    "title": Text("Atteinte", "Attainment"),
    "lead": Text(
        "Combien de fois chaque engagement a été tenu. Chaque nombre s’ouvre sur les dossiers qui l’ont fait.",
        "How often each commitment was kept. Every number opens into the files that made it.",
    ),
    "filters": Text("Choisir les chiffres", "Choose figures"),
    "period": Text("Période", "Period"),
    "basis": Text("Base", "Basis"),
    "decided": Text("Dossiers décidés", "Files decided"),
    "due": Text("Dossiers échus", "Files due"),
    "decided_hint": Text(
        "Décidés dans la période : le chiffre publié.",
        "Decided in the period: the published figure.",
    ),
    "due_hint": Text(
        "Échéance dans la période et passée, décidés ou non : rien de laissé ouvert n’embellit ce chiffre.",
        "Due in the period and past, decided or not: nothing left open can flatter this figure.",
    ),
    "current": Text("En cours", "Current"),
    "month": Text("Ce mois-ci", "This month"),
    "quarter": Text("Ce trimestre", "This quarter"),
    "fiscal-year": Text("Cet exercice", "This fiscal year"),
    "rolling-30": Text("30 derniers jours", "Last 30 days"),
    "rolling-90": Text("90 derniers jours", "Last 90 days"),
    "rolling_to": Text("{days} jours jusqu’au {last}", "{days} days to {last}"),
    "months": Text("Mois", "Months"),
    "quarters": Text("Trimestres civils", "Calendar quarters"),
    "fiscal_years": Text("Exercices", "Fiscal years"),
    "quarter_name": Text("{n}e trimestre {year}", "Quarter {n}, {year}"),
    "quarter_name_one": Text("{n}er trimestre {year}", "Quarter {n}, {year}"),
    "fiscal_year_name": Text("Exercice {year}", "Fiscal year {year}"),
    "other_period": Text("Autre période", "Other period"),
    "days": Text("du {first} au {last}", "{first} to {last}"),
    "before": Text("Période précédente", "Previous period"),
    "after": Text("Période suivante", "Next period"),
    "periods": Text("Autres périodes", "Other periods"),
    "of_measured": Text("{on_time} sur {measured}", "{on_time} of {measured}"),
    "nothing_yet": Text("rien de mesuré", "nothing measured"),
    "target": Text("Cible : {target}", "Target: {target}"),
    "target_short": Text("Cible", "Target"),
    "attainment": Text("Atteinte", "Attainment"),
    "late_budget": Text("Dossiers en retard", "Late files"),
    "committed_hint": Text(
        "Permis : ce que la cible laisse. Engagés : les décidés en retard, et les ouverts déjà dépassés.",
        "Allowed: what the target leaves. Committed: decided late, and open but already overdue.",
    ),
    "below": Text("sous la cible", "below target"),
    "reached": Text("cible atteinte", "target reached"),
    "trend": Text("Douze mois", "Twelve months"),
    "trend_drawn": Text(
        "Courbe de l’atteinte sur douze mois ; le tableau voisin dit la même chose.",
        "Line of the attainment over twelve months; the table beside it says the same.",
    ),
    "trend_caption": Text("Atteinte par mois", "Attainment by month"),
    "on_time_measured": Text("Dans le délai / mesurés", "On time / measured"),
    "month_name": Text("Mois", "Month"),
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
    "formulas": Text("Autres formules usuelles pour les appels", "Other usual formulas for calls"),
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
    "cycle": Text("Cycle", "Cycle"),
    "of": Text("sur", "of"),
    "due_on": Text("Échéance", "Due"),
    "decided_on": Text("Décidé", "Decided"),
    "result": Text("Résultat", "Result"),
    "is_on_time": Text("dans le délai", "on time"),
    "is_late": Text("en retard", "late"),
    "is_abandoned": Text("abandonné après la limite", "abandoned after the limit"),
    "is_overdue": Text("dépassé, encore ouvert", "overdue, still open"),
    "back": Text("Retour aux chiffres", "Back to the figures"),
    "next_page": Text("Page suivante", "Next page"),
    "first_page": Text("Première page", "First page"),
    "pages": Text("Pages", "Pages"),
    "no_files": Text("Aucun dossier ne répond à ce choix.", "No file matches this choice."),
    "corrections_caption": Text("Corrections, la dernière d’abord", "Corrections, newest first"),
    "noted": Text("Notée", "Noted"),
    "was": Text("Avant", "Before"),
    "is_now": Text("Maintenant", "Now"),
    "cause": Text("Cause", "Cause"),
    "by_catalogue": Text("nouveau catalogue ou calendrier", "new catalogue or calendar"),
    "csv_corrections": Text("Corrections", "Corrections"),
    "csv_files": Text("Télécharger en CSV", "Download as CSV"),
    "answer_on": Text("{result} au {day}", "{result} on {day}"),
    "no_answer": Text("aucune réponse", "no answer"),
    "exports": Text("Exporter", "Export"),
    "as_csv": Text("CSV", "CSV"),
    "as_markdown": Text("Markdown", "Markdown"),
    "as_json": Text("JSON", "JSON"),
    "annual_report": Text("Rapport annuel", "Annual report"),
}
