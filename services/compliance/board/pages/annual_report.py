"""The annual report as a page of the board: by fiscal year, for staff or for the public, to be printed or exported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from services.compliance.api.parameters import Audience, Reader
from services.compliance.attainment import public_report_formats, report, report_formats
from services.compliance.attainment.disclosure import Publication
from services.compliance.attainment.report import Report
from services.compliance.board import annual, attainment_figures
from services.compliance.board.addresses import query_string
from services.compliance.board.annual import Annual
from services.compliance.board.csv import figures, spreadsheet
from services.compliance.board.shell import Board, route_class
from services.compliance.board.translator import Translator
from services.compliance.board.words.report import REPORT
from services.compliance.periods import Period
from services.compliance.projection.snapshot_tallies import Basis
from shared.http.credentials import Principal
from shared.text.texts import Language

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
        asked_report = ReportRequest(fiscal_year, audience, by == "unit", annual.UNIT_BASES)
        found = await read_report(board, asked_report, reader)
        told = annual_of(board, found)
        asked = {"audience": audience, "fiscal_year": told.period.name, "by": by}
        years = attainment_figures.period_options(board.today()).fiscal_years
        return board.page(
            request,
            "annual.html",
            REPORT,
            told=told,
            catalogue=board.catalogue,
            moment=board.speech(request, REPORT).moment(board.now()),
            years=years if told.period in years else [told.period, *years],
            asked=asked,
            query=query_string(**asked),
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
        found = await read_report(board, ReportRequest(fiscal_year, audience, by == "unit"), reader)
        speech = board.speech(request, REPORT)
        answer = (
            _for_spreadsheets(board, found, speech)
            if form == "csv"
            else export_report(board, found, form, speech.spoken)
        )
        parts = [
            speech("file_name"),
            found.period.name,
            speech(f"file_name_{audience}"),
            speech("file_name_by_unit") if by else "",
            board.today().isoformat(),
        ]
        answer.headers["content-disposition"] = spreadsheet.disposition(parts, form)
        answer.headers["content-language"] = speech.spoken
        return answer

    return routes


def _for_spreadsheets(board: Board, found: Report | Publication, speech: Translator) -> Response:
    if isinstance(found, Publication):
        text = figures.of_public(found, board, speech)
    else:
        text = figures.of_staff(found, board, speech)
    return PlainTextResponse(text, media_type=spreadsheet.MEDIA_TYPE)


class ReportRequest(NamedTuple):
    """Which report: of a fiscal year (the current one, or for the public the last, when none is named), for whom, in which detail."""

    fiscal_year: str
    audience: Literal["staff", "public"]
    by_unit: bool
    unit_bases: Sequence[Basis] | None = None


async def read_report(
    board: Board, asked: ReportRequest, reader: Principal
) -> Report | Publication:
    """The report that is asked for."""
    asking, today, by_unit = board.asking, board.today(), asked.by_unit
    if asked.audience == "public":
        named = asked.fiscal_year or _last_year(asking.period("fiscal-year"))
        year = asking.published_year(named, reader)
        return await report.public(board.store, board.catalogue, year, today, by_unit=by_unit)
    year = asking.period(asked.fiscal_year or "fiscal-year")
    return await report.build(
        board.store,
        board.catalogue,
        year,
        today,
        units=reader.units,
        by_unit=by_unit,
        unit_bases=asked.unit_bases,
    )


def _last_year(current: Period) -> str:
    return f"{current.first.year - 1}-{current.first.year}"


def annual_of(board: Board, found: Report | Publication) -> Annual:
    """A report as it is read."""
    if isinstance(found, Publication):
        return annual.of_public(found, board.catalogue)
    return annual.of_staff(found, board.catalogue)


def export_report(
    board: Board, found: Report | Publication, form: report_formats.Form, spoken: Language
) -> Response:
    """A report for programs, or for people."""
    if isinstance(found, Publication):
        match form:
            case "json":
                return JSONResponse(public_report_formats.as_json(found))
            case "csv":
                return PlainTextResponse(
                    public_report_formats.as_csv(found), media_type=report_formats.CSV
                )
            case "md":
                text = public_report_formats.as_markdown(found, board.catalogue, spoken)
                return PlainTextResponse(text, media_type=report_formats.MARKDOWN)
    match form:
        case "json":
            return JSONResponse(report_formats.as_json(found))
        case "csv":
            return PlainTextResponse(report_formats.as_csv(found), media_type=report_formats.CSV)
        case "md":
            text = report_formats.as_markdown(found, board.catalogue, spoken)
            return PlainTextResponse(text, media_type=report_formats.MARKDOWN)
