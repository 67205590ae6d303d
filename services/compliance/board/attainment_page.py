"""Attainment: any standard, unit and period on both bases, the files behind each number, and the same as CSV, Markdown and JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from services.compliance import forms
from services.compliance.board import attaining, attainment_lists
from services.compliance.board.addresses import After, Choice, Chosen
from services.compliance.board.attaining import Attained, attained
from services.compliance.board.pages import Board, language_of, offered, route_class
from services.compliance.board.words_attainment import ATTAINMENT
from services.compliance.listings import Part
from services.compliance.measures import EVERYTHING
from services.compliance.memberships import MeasuredBasis
from services.compliance.parameters import Reader
from services.compliance.report import Report
from shared.credentials import Principal

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
        choice = Choice(standard, unit, period, basis)
        found = await attained(board.store, board.asking, choice, reader)
        changed = await attainment_lists.change_counts(board.store, board.asking, choice, reader)
        return board.page(
            request,
            "attainment.html",
            ATTAINMENT,
            board=board,
            choice=choice,
            found=found,
            changed=changed,
            beside=attaining.beside(found.period),
            offered=offered(board, reader),
            periods=attaining.offered(board.today()),
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
        part: Annotated[Part, Query()] = "denominator",
        after: After = "",
    ) -> Response:
        choice = Choice(standard, unit, period, basis)
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
        choice = Choice(standard, unit, period, basis)
        found = await attainment_lists.corrections(board.store, board.asking, choice, after, reader)
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
    async def told(choice: Choice, reader: Principal) -> tuple[Attained, Report]:
        found = await attained(board.store, board.asking, choice, reader, bases=EVERYTHING)
        rows = [row.measure for row in (found.total, *found.rows)]
        return found, Report(found.period, board.today(), rows)

    @routes.get("/attainment.{form}")
    async def export(
        request: Request,
        reader: Reader,
        form: forms.Form,
        standard: Chosen = "",
        unit: Chosen = "",
        period: Period = "fiscal-year",
        basis: Basis = "decided",
    ) -> Response:
        found, report = await told(Choice(standard, unit, period, basis), reader)
        named = {
            "content-disposition": f'attachment; filename="attainment-{report.period.name}.{form}"'
        }
        match form:
            case "json":
                return JSONResponse(forms.as_json(report, found.formulas), headers=named)
            case "csv":
                return PlainTextResponse(forms.as_csv(report), headers=named, media_type=forms.CSV)
            case "md":
                text = forms.as_markdown(report, board.catalogue, language_of(request))
                return PlainTextResponse(text, headers=named, media_type=forms.MARKDOWN)
