"""Compliance over HTTP: attainment, and the report of a fiscal year in four forms."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from services.compliance import forms, page, report
from services.compliance.attainment import MeasuredBasis, Period, PeriodError, period
from services.compliance.contract import AttainmentAnswer, report_responses
from services.compliance.page import Frame
from services.compliance.report import Report
from services.compliance.store import ComplianceStore
from shared.catalogue import Catalogue
from shared.credentials import Principal
from shared.http import principal
from shared.openapi import Responses, problems, schema_of
from shared.problems import ProblemError
from shared.service import Now
from shared.texts import Language, Text

Reader = Annotated[Principal, Depends(principal)]
OfStandard = Annotated[
    str | None, Query(description="A standard of the catalogue; all when absent.")
]
OfUnit = Annotated[str | None, Query(description="A unit of the catalogue; all when absent.")]
AskedPeriod = Annotated[
    str,
    Query(
        alias="period",
        description="`2026-11`, `2026-Q4`, `2026-2027`, or the current `month`, `quarter`, "
        "`fiscal-year`, `rolling-30`, `rolling-90`.",
    ),
]
Basis = Annotated[
    MeasuredBasis,
    Query(description="Files decided in the period, or files whose last day on time lies in it."),
]
FiscalYear = Annotated[
    str, Query(description="From 1 April, as `2026-2027`; the current one when absent.")
]
_REFRESH_SECONDS = 5

_BAD_PERIOD = Text(
    "Écrire une période 2026-11, 2026-Q4, 2026-2027, ou month, quarter, fiscal-year, rolling-30, rolling-90.",
    "Write a period as 2026-11, 2026-Q4, 2026-2027, or month, quarter, fiscal-year, rolling-30, rolling-90.",
)
_UNKNOWN_STANDARD = Text(
    "Le catalogue n’a pas cet engagement : voir /v1/standards.",
    "The catalogue has no such standard: see /v1/standards.",
)
_UNKNOWN_UNIT = Text("Le catalogue n’a pas cette unité.", "The catalogue has no such unit.")


class Measures:
    """Answers about periods, from the tallies."""

    def __init__(self, store: ComplianceStore, catalogue: Catalogue, now: Now) -> None:
        self.store = store
        self.catalogue = catalogue
        self.now = now
        self._calendar = catalogue.calendar(catalogue.default_calendar)

    def period(self, written: str) -> Period:
        try:
            return period(written, self._calendar.local_day(self.now()))
        except PeriodError:
            raise ProblemError(422, "bad_period", _BAD_PERIOD) from None

    async def report(self, written: str, reader: Principal, *, by_unit: bool = False) -> Report:
        today = self._calendar.local_day(self.now())
        asked = self.period(written)
        return await report.build(
            self.store, self.catalogue, asked, today, by_unit=by_unit, units=reader.units
        )


def router(
    store: ComplianceStore, catalogue: Catalogue, now: Now, *, notice: Text | None = None
) -> APIRouter:
    """The compliance routes, over one store and one catalogue; ``notice`` stands at the head of every page."""
    measures = Measures(store, catalogue, now)
    routes = APIRouter(tags=["compliance"])

    async def shown(
        built: Report, reader: Principal, lang: Language, refresh_seconds: int | None = None
    ) -> str:
        frame = Frame(lang, now(), reader.units, notice, refresh_seconds)
        return await page.render(built, store, catalogue, frame)

    kept: Responses = {200: {"content": schema_of(AttainmentAnswer)}, **problems(404)}

    @routes.get(
        "/v1/attainment",
        summary="How often each commitment was kept",
        response_model=None,
        responses=kept,
    )
    async def attainment(
        reader: Reader,
        standard: OfStandard = None,
        unit: OfUnit = None,
        asked: AskedPeriod = "fiscal-year",
        basis: Basis = "decided",
    ) -> dict[str, Any]:
        """How often each commitment was kept in a period, with the files behind the figure, in all and by unit."""
        if standard is not None and standard not in catalogue.standards:
            raise ProblemError(404, "unknown_standard", _UNKNOWN_STANDARD)
        if unit is not None and unit not in catalogue.units:
            raise ProblemError(404, "unknown_unit", _UNKNOWN_UNIT)
        built = await measures.report(asked, reader, by_unit=True)
        return forms.attainment_view(built, basis, standard, unit)

    @routes.get(
        "/v1/report", summary="Every commitment beside its target", responses=report_responses()
    )
    async def annual_report(
        reader: Reader,
        fiscal_year: FiscalYear = "fiscal-year",
        format: Literal["json", "csv", "markdown", "html"] = "json",  # noqa: A002 — the parameter's public name
        lang: Language = "fr",
    ) -> Response:
        """Every commitment beside its target over a fiscal year (``2026-2027``), worst first."""
        built = await measures.report(fiscal_year, reader)
        match format:
            case "json":
                return JSONResponse(forms.as_json(built))
            case "csv":
                return PlainTextResponse(forms.as_csv(built), media_type="text/csv; charset=utf-8")
            case "markdown":
                text = forms.as_markdown(built, catalogue, lang)
                return PlainTextResponse(text, media_type="text/markdown; charset=utf-8")
            case "html":
                return HTMLResponse(await shown(built, reader, lang))

    @routes.get("/", include_in_schema=False)
    async def home(reader: Reader, lang: Language = "fr") -> Response:
        built = await measures.report("fiscal-year", reader)
        return HTMLResponse(await shown(built, reader, lang, refresh_seconds=_REFRESH_SECONDS))

    @routes.get("/report.css", include_in_schema=False)
    async def style() -> Response:
        return Response(page.STYLE, media_type="text/css")

    return routes
