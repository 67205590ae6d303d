"""Compliance over HTTP: attainment, and the report in four forms; its lists are in ``lists``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from services.compliance.api import (
    changes,
    editions,
    lists,
    publications,
    reach,
    responses,
    stops,
    variation,
    workload,
)
from services.compliance.api import parameters as query
from services.compliance.api.reports import ReportRequest, export_report, read_report
from services.compliance.api.requests import RequestParameters
from services.compliance.api.views import AttainmentView, DelaysView, OpenView, report_responses
from services.compliance.attainment import (
    AttainmentReport,
    measures,
    read_open_files,
    report_formats,
)
from services.compliance.delays import read_delays
from services.compliance.editions import EditionStore
from services.compliance.forecast import Forecaster
from services.compliance.projection import ComplianceStore, MeasuredBasis, snapshot_tallies
from services.compliance.publication import Publication
from services.compliance.variation import AgeOrderKeeper
from shared.domain import Catalogue
from shared.http import AfterReceipt, Reader, ReceiptWaiter, problem_responses
from shared.process import Now
from shared.text import Language

ReportPage = Callable[[AttainmentReport | Publication, Language], str]
"""What makes a document of a report, in a language."""

_READ: dict[MeasuredBasis, tuple[snapshot_tallies.Basis, ...]] = {
    "decided": ("decided", "withdrawn"),
    "due": ("due",),
}


def router(
    store: ComplianceStore,
    catalogue: Catalogue,
    now: Now,
    *,
    report_page: ReportPage,
    receipts: ReceiptWaiter,
    forecaster: Forecaster | None = None,
    age_order: AgeOrderKeeper | None = None,
) -> APIRouter:
    """The routes; ``report_page`` renders a report as HTML, ``forecaster`` has the models, ``age_order`` the order of decisions.

    ``receipts`` holds the figures that wait for an event; lists, whose ``after`` is a cursor, need it not: they are of the same fold.
    """
    parameters = RequestParameters(catalogue, now)
    routes = APIRouter(tags=["compliance"])
    figures = APIRouter(tags=["compliance"], dependencies=[Depends(_waiting_for(receipts))])
    _add_figures(figures, store, parameters)
    _add_report(figures, store, parameters, report_page)
    changes.add(figures, store, parameters)
    workload.add(figures, store, parameters)
    routes.routes.extend(figures.routes)
    lists.add(routes, store, parameters)
    stops.add(routes, store, parameters)
    reach.add(routes, store, parameters, forecaster)
    variation.add(routes, store, parameters, age_order)
    publications.add(routes, store, parameters)
    editions.add(routes, EditionStore(store.database))
    return routes


def _waiting_for(receipts: ReceiptWaiter) -> Callable[..., Awaitable[None]]:
    """What figures do before they are read: wait for the receipt that the request names."""

    async def wait(reader: Reader, after: AfterReceipt = None) -> None:
        await receipts.wait(reader, after)

    return wait


def _add_figures(routes: APIRouter, store: ComplianceStore, parameters: RequestParameters) -> None:
    catalogue = parameters.catalogue

    @routes.get(
        "/v1/attainment",
        summary="How often each commitment was kept",
        response_model=AttainmentView,
        response_model_exclude_unset=True,
        responses=problem_responses(404),
    )
    async def attainment(
        reader: Reader,
        standard: query.AnyStandard = None,
        unit: query.AnyUnit = None,
        period_name: query.PeriodName = "fiscal-year",
        basis: query.OnBasis = "decided",
        by: query.By = None,
        known_at: query.KnownOn = None,
    ) -> BaseModel:
        """How often commitments were kept in a period: each standard and all; by unit too for one standard, or when asked."""
        then = await parameters.known_at(store, known_at)
        scope = then.scope(reader, standard, unit, by)
        period, today = then.period(period_name), then.today()
        measured = await measures(
            store.database, catalogue, period, today, scope, bases=_READ[basis]
        )
        rows = [
            responses.attainment_row(
                row, basis, row.formulas(catalogue, period.last) if basis == "decided" else {}
            )
            for row in measured
            if unit is None or row.unit == unit
        ]
        return AttainmentView(
            period=period.name, first=period.first, last=period.last, basis=basis, rows=rows
        )

    @routes.get(
        "/v1/delays", summary="How long the decided files took", responses=problem_responses(404)
    )
    async def delays(
        reader: Reader,
        standard: query.AnyStandard = None,
        unit: query.AnyUnit = None,
        period_name: query.PeriodName = "fiscal-year",
        by: query.By = None,
        known_at: query.KnownOn = None,
    ) -> DelaysView:
        """The delays of the files decided in a period, with the stops and without: each standard, and by unit when asked."""
        then = await parameters.known_at(store, known_at)
        scope = then.scope(reader, standard, unit, by)
        if by is None:
            scope = scope._replace(each_unit=() if unit is None else (unit,))
        period = then.period(period_name)
        found = await read_delays(store.database, catalogue, period, then.today(), scope)
        rows = [
            responses.delay_row(*place, some)
            for place, some in found.items()
            if unit is None or place[1] == unit
        ]
        return DelaysView(period=period.name, first=period.first, last=period.last, rows=rows)

    @routes.get(
        "/v1/open",
        summary="What is open today",
        name="open",
        response_model_exclude_unset=True,
        responses=problem_responses(404),
    )
    async def open_now(
        reader: Reader,
        standard: query.AnyStandard = None,
        unit: query.AnyUnit = None,
        by: query.By = None,
    ) -> OpenView:
        """What is open today, by stage and by what remains of the limit; the oldest; who waits, and how long."""
        scope, today = parameters.scope(reader, standard, unit, by), parameters.today()
        open_files = await read_open_files(store.database, catalogue, today, scope)
        rows = [responses.open_row(row) for row in open_files if unit is None or row.unit == unit]
        return OpenView(today=today, rows=rows)


def _add_report(
    routes: APIRouter,
    store: ComplianceStore,
    parameters: RequestParameters,
    report_page: ReportPage,
) -> None:
    @routes.get(
        "/v1/report",
        summary="Every commitment beside its target",
        name="report",
        responses=report_responses(),
    )
    async def annual_report(
        reader: Reader,
        fiscal_year: query.FiscalYear = "fiscal-year",
        format: Literal["json", "csv", "markdown", "html"] = "json",  # noqa: A002 — the parameter's public name
        lang: Language = "fr",
        audience: query.Audience = "staff",
        by: query.By = None,
        known_at: query.KnownOn = None,
    ) -> Response:
        """Every commitment beside its target over a fiscal year (``2026-2027``), worst first; by unit too when asked.

        For the public, in the order of the catalogue; what is withheld is null in JSON, and named.
        """
        request = ReportRequest(fiscal_year, audience, by == "unit")
        then = await parameters.known_at(store, known_at)
        report = await read_report(store, then, request, reader)
        if format == "html":
            return HTMLResponse(report_page(report, lang))
        form: report_formats.ReportForm = "md" if format == "markdown" else format
        return export_report(parameters.catalogue, report, form, lang)
