"""The annual report as a page: by fiscal year, for staff or the public, with exports."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from services.compliance.api import Audience, ReportRequest, read_report
from services.compliance.attainment.report_formats import ReportForm
from services.compliance.board import annual, attainment_figures
from services.compliance.board.addresses import query_string
from services.compliance.board.annual import REPORT
from services.compliance.board.exports import report_download
from services.compliance.board.known import KNOWN, KnownDay, parameters_then, report_then
from services.compliance.board.shell import Board, route_class
from shared.http import Reader


def _report_request(
    fiscal_year: Annotated[str, Query(max_length=20)] = "",
    audience: Audience = "staff",
    by: Literal["", "unit"] = "",
) -> ReportRequest:
    return ReportRequest(fiscal_year, audience, by == "unit")


ReportSelection = Annotated[ReportRequest, Depends(_report_request)]


def router(board: Board) -> APIRouter:
    """The page, and its exports."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/report")
    async def page(
        request: Request, reader: Reader, selection: ReportSelection, known_at: KnownDay = ""
    ) -> Response:
        report_request = selection._replace(unit_bases=annual.UNIT_BASES)
        report = await read_report(board.store, board.parameters, report_request, reader)
        document = annual.of_report(report, board.catalogue)
        query = {
            "audience": selection.audience,
            "fiscal_year": document.period.name,
            "by": "unit" if selection.by_unit else "",
            "known_at": known_at,
        }
        year_start = board.catalogue.fiscal_year_start
        years = attainment_figures.period_options(board.today(), year_start).fiscal_years
        return board.page(
            request,
            "annual.html",
            {**REPORT, **KNOWN},
            report=document,
            known=await report_then(board, report_request, document, known_at, reader),
            catalogue=board.catalogue,
            moment=board.translator(request, REPORT).moment(board.now()),
            years=years if document.period in years else [document.period, *years],
            selection=query,
            query=query_string(**query),
        )

    @routes.get("/report.{form}")
    async def export(
        request: Request,
        reader: Reader,
        form: ReportForm,
        selection: ReportSelection,
        known_at: KnownDay = "",
    ) -> Response:
        then = await parameters_then(board, known_at)
        report = await read_report(board.store, then, selection, reader)
        translator = board.translator(request, REPORT)
        name = [
            translator("file_name"),
            report.period.name,
            translator(f"file_name_{selection.audience}"),
            translator("file_name_by_unit") if selection.by_unit else "",
            then.today().isoformat(),
        ]
        return report_download(board, translator, report, form, name)

    return routes
