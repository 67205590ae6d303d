"""The annual report as a page of the board: by fiscal year, for staff or for the public, to be printed or exported."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from services.compliance.api import Audience, ReportRequest, export_report, read_report
from services.compliance.attainment import Publication, Report, report_formats
from services.compliance.board import annual, attainment_figures
from services.compliance.board.addresses import query_string
from services.compliance.board.annual import REPORT
from services.compliance.board.csv import figures, spreadsheet
from services.compliance.board.shell import Board, route_class
from services.compliance.board.translator import Translator
from shared.http import Reader

FiscalYear = Annotated[str, Query(max_length=20)]
ByUnit = Annotated[Literal["", "unit"], Query()]


def router(board: Board) -> APIRouter:
    """The page, and its exports."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/report")
    async def page(
        request: Request,
        reader: Reader,
        fiscal_year: FiscalYear = "",
        audience: Audience = "staff",
        by: ByUnit = "",
    ) -> Response:
        report_request = ReportRequest(fiscal_year, audience, by == "unit", annual.UNIT_BASES)
        report = await read_report(board.store, board.asking, report_request, reader)
        document = annual.of_report(report, board.catalogue)
        selection = {"audience": audience, "fiscal_year": document.period.name, "by": by}
        years = attainment_figures.period_options(board.today()).fiscal_years
        return board.page(
            request,
            "annual.html",
            REPORT,
            report=document,
            catalogue=board.catalogue,
            moment=board.speech(request, REPORT).moment(board.now()),
            years=years if document.period in years else [document.period, *years],
            selection=selection,
            query=query_string(**selection),
        )

    @routes.get("/report.{form}")
    async def export(
        request: Request,
        reader: Reader,
        form: report_formats.Form,
        fiscal_year: FiscalYear = "",
        audience: Audience = "staff",
        by: ByUnit = "",
    ) -> Response:
        report = await read_report(
            board.store, board.asking, ReportRequest(fiscal_year, audience, by == "unit"), reader
        )
        speech = board.speech(request, REPORT)
        answer = (
            _for_spreadsheets(board, report, speech)
            if form == "csv"
            else export_report(board.catalogue, report, form, speech.spoken)
        )
        parts = [
            speech("file_name"),
            report.period.name,
            speech(f"file_name_{audience}"),
            speech("file_name_by_unit") if by else "",
            board.today().isoformat(),
        ]
        answer.headers["content-disposition"] = spreadsheet.disposition(parts, form)
        answer.headers["content-language"] = speech.spoken
        return answer

    return routes


def _for_spreadsheets(board: Board, report: Report | Publication, speech: Translator) -> Response:
    if isinstance(report, Publication):
        text = figures.of_public(report, board, speech)
    else:
        text = figures.of_staff(report, board, speech)
    return PlainTextResponse(text, media_type=spreadsheet.MEDIA_TYPE)
