"""The report that a request asks for, and its forms for programs, spreadsheets and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from fastapi import Response
from fastapi.responses import JSONResponse, PlainTextResponse

from services.compliance.api.requests import RequestParameters
from services.compliance.attainment import AttainmentReport, CallFormula, report, report_formats
from services.compliance.periods import Period
from services.compliance.projection import Basis, ComplianceStore
from services.compliance.publication import (
    Publication,
    publication_csv,
    publication_json,
    publication_markdown,
    published_year,
)
from shared.domain import Catalogue
from shared.http import Principal
from shared.text import Language


class ReportRequest(NamedTuple):
    """Which report; no fiscal year names the current one, for the public the last."""

    fiscal_year: str
    audience: Literal["staff", "public"]
    by_unit: bool
    unit_bases: Sequence[Basis] | None = None


async def read_report(
    store: ComplianceStore, parameters: RequestParameters, request: ReportRequest, reader: Principal
) -> AttainmentReport | Publication:
    """The report that is asked for."""
    today, catalogue = parameters.today(), parameters.catalogue
    units = [unit for unit in catalogue.units if reader.may_see(unit)] if request.by_unit else []
    if request.audience == "public":
        year = public_year(parameters, request.fiscal_year, reader)
        publication = await published_year(
            store, catalogue, year, today, known_on=parameters.known_on
        )
        return publication if request.by_unit else publication.of_totals()
    year = parameters.period(request.fiscal_year or "fiscal-year")
    return await report.build(
        store,
        catalogue,
        year,
        today,
        units=reader.units,
        each_unit=units,
        unit_bases=request.unit_bases,
        known_on=parameters.known_on,
    )


def public_year(parameters: RequestParameters, written: str, reader: Principal) -> Period:
    """The fiscal year that is to be published, the last one if none is named."""
    this_year = parameters.period("fiscal-year").first.year
    last_year = parameters.fiscal_year(this_year - 1).name
    return parameters.published_year(written or last_year, reader)


def export_report(
    catalogue: Catalogue,
    document: AttainmentReport | Publication,
    form: report_formats.ReportForm,
    spoken: Language,
    formulas: Mapping[str, CallFormula] | None = None,
) -> Response:
    """A report for programs, or for people; ``formulas`` as :func:`report_formats.as_json` has them."""
    match form:
        case "json":
            return JSONResponse(
                publication_json(document)
                if isinstance(document, Publication)
                else report_formats.as_json(document, formulas)
            )
        case "csv":
            text = (
                publication_csv(document)
                if isinstance(document, Publication)
                else report_formats.as_csv(document)
            )
            return PlainTextResponse(text, media_type=report_formats.CSV)
        case "md":
            text = (
                publication_markdown(document, catalogue, spoken)
                if isinstance(document, Publication)
                else report_formats.as_markdown(document, catalogue, spoken)
            )
            return PlainTextResponse(text, media_type=report_formats.MARKDOWN)
