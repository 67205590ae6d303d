"""Compliance over HTTP: attainment, and the report of a fiscal year in four forms. What stands behind them is in ``api_lists``."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from services.compliance import answers, api_lists, contributions, forms
from services.compliance.asking import Asking
from services.compliance.board import annual, annual_page
from services.compliance.board.annual import Frame
from services.compliance.board.annual_page import Asked
from services.compliance.board.pages import Board
from services.compliance.contract import report_responses
from services.compliance.measures import measures
from services.compliance.memberships import MeasuredBasis
from services.compliance.open_files import open_files
from services.compliance.parameters import (
    AskedPeriod,
    Audience,
    Basis,
    By,
    FiscalYear,
    OfStandard,
    OfUnit,
    Reader,
)
from services.compliance.store import ComplianceStore
from services.compliance.views import AttainmentView, OpenView
from shared.catalogue import Catalogue
from shared.openapi import problems
from shared.service import Now
from shared.standards import Minutes
from shared.texts import Language, Text

_READ: dict[MeasuredBasis, tuple[contributions.Basis, ...]] = {
    "decided": ("decided", "withdrawn"),
    "due": ("due",),
}


def router(
    store: ComplianceStore, catalogue: Catalogue, now: Now, *, notice: Text | None = None
) -> APIRouter:
    """The compliance routes, over one store and one catalogue; ``notice`` stands at the head of the report as a page."""
    asking = Asking(catalogue, now)
    routes = APIRouter(tags=["compliance"])
    _add_figures(routes, store, asking)
    api_lists.add(routes, store, asking)
    _add_report(routes, Board(store, catalogue, now, notice))
    return routes


def _add_figures(routes: APIRouter, store: ComplianceStore, asking: Asking) -> None:
    catalogue = asking.catalogue

    @routes.get(
        "/v1/attainment", summary="How often each commitment was kept", responses=problems(404)
    )
    async def attainment(
        reader: Reader,
        standard: OfStandard = None,
        unit: OfUnit = None,
        asked: AskedPeriod = "fiscal-year",
        basis: Basis = "decided",
        by: By = None,
    ) -> AttainmentView:
        """How often commitments were kept in a period: each standard and all; by unit too for one standard, or when asked."""
        scope = asking.scope(reader, standard, unit, by)
        period, today = asking.period(asked), asking.today()
        found = await measures(store.database, catalogue, period, today, scope, bases=_READ[basis])
        in_minutes = {
            name
            for name in scope.standards
            if isinstance(catalogue.standards[name].nearest_terms(period.last).limit, Minutes)
        }
        rows = [
            answers.attainment_row(row, basis, formulas=row.standard in in_minutes)
            for row in found
            if unit is None or row.unit == unit
        ]
        return AttainmentView(
            period=period.name, first=period.first, last=period.last, basis=basis, rows=rows
        )

    @routes.get("/v1/open", summary="What is open today", responses=problems(404))
    async def open_now(
        reader: Reader,
        standard: OfStandard = None,
        unit: OfUnit = None,
        by: By = None,
    ) -> OpenView:
        """What is open today, by stage and by what remains of the limit; the oldest; who waits, and how long."""
        scope, today = asking.scope(reader, standard, unit, by), asking.today()
        found = await open_files(store.database, catalogue, today, scope)
        rows = [answers.open_row(row) for row in found if unit is None or row.unit == unit]
        return OpenView(today=today, rows=rows)


def _add_report(routes: APIRouter, board: Board) -> None:
    @routes.get(
        "/v1/report", summary="Every commitment beside its target", responses=report_responses()
    )
    async def annual_report(
        reader: Reader,
        fiscal_year: FiscalYear = "fiscal-year",
        format: Literal["json", "csv", "markdown", "html"] = "json",  # noqa: A002 — the parameter's public name
        lang: Language = "fr",
        audience: Audience = "staff",
        by: By = None,
    ) -> Response:
        """Every commitment beside its target over a fiscal year (``2026-2027``), worst first; by unit too when asked.

        For the public, in the order of the catalogue; what is withheld is null in JSON, and named.
        """
        asked = Asked(fiscal_year, audience, by == "unit")
        found = await annual_page.asked_for(board, asked, reader)
        if format == "html":
            frame = Frame(lang, board.now(), board.notice)
            told = annual_page.shown(board, found)
            return HTMLResponse(annual.document(told, board.catalogue, frame))
        form: forms.Form = "md" if format == "markdown" else format
        return annual_page.exported(board, found, form, lang)
