"""Attainment: any standard, unit and period on both bases, the files behind each number, and the same as CSV, Markdown and JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse

from services.compliance.attainment import EVERYTHING, FigurePart, Report, report_formats
from services.compliance.board import attainment_figures, attainment_lists
from services.compliance.board.addresses import After, AttainmentSelection, Chosen
from services.compliance.board.attainment_figures import AttainmentFigures, read_figures
from services.compliance.board.csv import figures, lists, spreadsheet
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.translator import Translator
from services.compliance.board.words import ATTAINMENT
from services.compliance.projection import MeasuredBasis
from shared.http import Principal, Reader

Period = Annotated[str, Query(max_length=20)]
Basis = Annotated[MeasuredBasis, Query()]


def router(board: Board) -> APIRouter:
    """The page, what stands behind it, and its exports."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))
    _add_page(routes, board)
    _add_lists(routes, board)
    _add_exports(routes, board)
    return routes


def _add_page(routes: APIRouter, board: Board) -> None:
    @routes.get("/attainment")
    async def page(
        request: Request,
        reader: Reader,
        standard: Chosen = "",
        unit: Chosen = "",
        period: Period = "fiscal-year",
        basis: Basis = "decided",
    ) -> Response:
        choice = AttainmentSelection(standard, unit, period, basis)
        found = await read_figures(board.store, board.asking, choice, reader)
        changed = await attainment_lists.change_counts(board.store, board.asking, choice, reader)
        return board.page(
            request,
            "attainment.html",
            ATTAINMENT,
            board=board,
            choice=choice,
            found=found,
            changed=changed,
            beside=attainment_figures.adjacent_periods(found.period),
            offered=filter_options(board, reader),
            periods=attainment_figures.period_options(board.today()),
        )


def _add_lists(routes: APIRouter, board: Board) -> None:
    @routes.get("/attainment/files")
    async def files(
        request: Request,
        reader: Reader,
        standard: Annotated[str, Query(min_length=1, max_length=64)],
        unit: Chosen = "",
        period: Period = "fiscal-year",
        basis: Basis = "decided",
        part: Annotated[FigurePart, Query()] = "denominator",
        after: After = "",
    ) -> Response:
        choice = AttainmentSelection(standard, unit, period, basis)
        found = await attainment_lists.files(board.store, board.asking, choice, part, after, reader)
        return board.page(
            request,
            "attainment_files.html",
            ATTAINMENT,
            board=board,
            choice=choice,
            found=found,
            part=part,
            after=after,
        )

    @routes.get("/attainment/corrections")
    async def corrections(
        request: Request,
        reader: Reader,
        standard: Chosen = "",
        unit: Chosen = "",
        period: Period = "fiscal-year",
        basis: Basis = "decided",
        after: After = "",
    ) -> Response:
        choice = AttainmentSelection(standard, unit, period, basis)
        found = await attainment_lists.read_corrections(
            board.store, board.asking, choice, after, reader
        )
        return board.page(
            request,
            "corrections.html",
            ATTAINMENT,
            board=board,
            choice=choice,
            found=found,
            after=after,
        )


def _add_exports(routes: APIRouter, board: Board) -> None:
    async def told(
        choice: AttainmentSelection, reader: Principal
    ) -> tuple[AttainmentFigures, Report]:
        found = await read_figures(board.store, board.asking, choice, reader, bases=EVERYTHING)
        rows = [row.measure for row in (found.total, *found.rows)]
        return found, Report(found.period, board.today(), rows)

    @routes.get("/attainment.{form}")
    async def export(
        request: Request,
        reader: Reader,
        form: report_formats.Form,
        standard: Chosen = "",
        unit: Chosen = "",
        period: Period = "fiscal-year",
        basis: Basis = "decided",
    ) -> Response:
        choice = AttainmentSelection(standard, unit, period, basis)
        found, report = await told(choice, reader)
        speech = board.speech(request, ATTAINMENT)
        headers = _headers(board, speech, "attainment", choice, found.period.name, form)
        match form:
            case "json":
                return JSONResponse(report_formats.as_json(report, found.formulas), headers=headers)
            case "csv":
                text = figures.of_staff(report, board, speech)
                return PlainTextResponse(text, headers=headers, media_type=spreadsheet.MEDIA_TYPE)
            case "md":
                text = report_formats.as_markdown(report, board.catalogue, speech.spoken)
                return PlainTextResponse(text, headers=headers, media_type=report_formats.MARKDOWN)

    @routes.get("/attainment/files.csv")
    async def files_for_spreadsheets(
        request: Request,
        reader: Reader,
        standard: Annotated[str, Query(min_length=1, max_length=64)],
        unit: Chosen = "",
        period: Period = "fiscal-year",
        basis: Basis = "decided",
        part: Annotated[FigurePart, Query()] = "denominator",
    ) -> Response:
        choice = AttainmentSelection(standard, unit, period, basis)

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
        request: Request,
        reader: Reader,
        standard: Chosen = "",
        unit: Chosen = "",
        period: Period = "fiscal-year",
        basis: Basis = "decided",
    ) -> Response:
        choice = AttainmentSelection(standard, unit, period, basis)

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
