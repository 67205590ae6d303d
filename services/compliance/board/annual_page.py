"""The annual report as a page of the board: by fiscal year, for staff or for the public, to be printed or exported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from services.compliance import forms, public_forms, report, spreadsheet
from services.compliance.attainment import Period
from services.compliance.board import annual, attaining, figures_csv
from services.compliance.board.addresses import written
from services.compliance.board.annual import Annual
from services.compliance.board.pages import Board, route_class
from services.compliance.board.speech import Speech
from services.compliance.board.words_report import REPORT
from services.compliance.contributions import Basis
from services.compliance.parameters import Audience, Reader
from services.compliance.publication import Publication
from services.compliance.report import Report
from shared.credentials import Principal
from shared.texts import Language

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
        asked_report = Asked(fiscal_year, audience, by == "unit", annual.UNIT_BASES)
        found = await asked_for(board, asked_report, reader)
        told = shown(board, found)
        asked = {"audience": audience, "fiscal_year": told.period.name, "by": by}
        years = attaining.offered(board.today()).fiscal_years
        return board.page(
            request,
            "annual.html",
            REPORT,
            told=told,
            catalogue=board.catalogue,
            moment=board.speech(request, REPORT).moment(board.now()),
            years=years if told.period in years else [told.period, *years],
            asked=asked,
            query=written(**asked),
        )

    @routes.get("/report.{form}")
    async def export(
        request: Request,
        reader: Reader,
        form: forms.Form,
        fiscal_year: FiscalYear = "",
        audience: Audience = "staff",
        by: ByUnit = "",
    ) -> Response:
        found = await asked_for(board, Asked(fiscal_year, audience, by == "unit"), reader)
        speech = board.speech(request, REPORT)
        answer = (
            _for_spreadsheets(board, found, speech)
            if form == "csv"
            else exported(board, found, form, speech.spoken)
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


def _for_spreadsheets(board: Board, found: Report | Publication, speech: Speech) -> Response:
    if isinstance(found, Publication):
        text = figures_csv.of_public(found, board, speech)
    else:
        text = figures_csv.of_staff(found, board, speech)
    return PlainTextResponse(text, media_type=spreadsheet.MEDIA_TYPE)


class Asked(NamedTuple):
    """Which report: of a fiscal year (the current one, or for the public the last, when none is named), for whom, in which detail."""

    fiscal_year: str
    audience: Literal["staff", "public"]
    by_unit: bool
    unit_bases: Sequence[Basis] | None = None


async def asked_for(board: Board, asked: Asked, reader: Principal) -> Report | Publication:
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


def shown(board: Board, found: Report | Publication) -> Annual:
    """A report as it is read."""
    if isinstance(found, Publication):
        return annual.of_public(found, board.catalogue)
    return annual.of_staff(found, board.catalogue)


def exported(
    board: Board, found: Report | Publication, form: forms.Form, spoken: Language
) -> Response:
    """A report for programs, or for people."""
    if isinstance(found, Publication):
        match form:
            case "json":
                return JSONResponse(public_forms.as_json(found))
            case "csv":
                return PlainTextResponse(public_forms.as_csv(found), media_type=forms.CSV)
            case "md":
                text = public_forms.as_markdown(found, board.catalogue, spoken)
                return PlainTextResponse(text, media_type=forms.MARKDOWN)
    match form:
        case "json":
            return JSONResponse(forms.as_json(found))
        case "csv":
            return PlainTextResponse(forms.as_csv(found), media_type=forms.CSV)
        case "md":
            text = forms.as_markdown(found, board.catalogue, spoken)
            return PlainTextResponse(text, media_type=forms.MARKDOWN)
