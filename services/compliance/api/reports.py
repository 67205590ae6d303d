"""The report that a request asks for, and its forms for programs, spreadsheets and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from fastapi import Response
from fastapi.responses import JSONResponse, PlainTextResponse

from services.compliance.api.requests import RequestParameters
from services.compliance.attainment import (
    AttainmentReport,
    CallFormula,
    Publication,
    report,
    report_formats,
)
from services.compliance.projection import Basis, ComplianceStore
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
        this_year = parameters.period("fiscal-year").first.year
        last_year = parameters.fiscal_year(this_year - 1).name
        year = parameters.published_year(request.fiscal_year or last_year, reader)
        return await report.public(
            store, catalogue, year, today, units, known_on=parameters.known_on
        )
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
            return JSONResponse(report_formats.as_json(document, formulas))
        case "csv":
            return PlainTextResponse(report_formats.as_csv(document), media_type=report_formats.CSV)
        case "md":
            text = report_formats.as_markdown(document, catalogue, spoken)
            return PlainTextResponse(text, media_type=report_formats.MARKDOWN)
