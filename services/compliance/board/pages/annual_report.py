"""The annual report as a page: by fiscal year, for staff or the public, with exports and explanations."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.compliance.api import Audience, ReportRequest, read_report
from services.compliance.attainment.report_formats import ReportForm
from services.compliance.board import annual, attainment_figures
from services.compliance.board.addresses import query_string
from services.compliance.board.annual import REPORT
from services.compliance.board.exports import report_download
from services.compliance.board.known import KNOWN, KnownDay, parameters_then, report_then
from services.compliance.board.shell import Board, form_fields, route_class
from services.compliance.explanations import (
    LONGEST_EXPLANATION,
    ExplanationStore,
    StaleVersionError,
    clean_text,
)
from services.compliance.periods import Period, is_over
from shared.http import ProblemError, Reader, front_door
from shared.text import Text

_FORM_BYTES: Final = 65_536
_FIRST_YEAR: Final = 2000
_VERSION: Final = re.compile(r"[0-9]{1,4}")


def _report_request(
    fiscal_year: Annotated[str, Query(max_length=20)] = "",
    audience: Audience = "staff",
    by: Literal["", "unit"] = "",
) -> ReportRequest:
    return ReportRequest(fiscal_year, audience, by == "unit")


ReportSelection = Annotated[ReportRequest, Depends(_report_request)]


def router(board: Board, *, form_seconds: float = 10.0) -> APIRouter:
    """The page, its exports, and where explanations are sent."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))
    explanations = ExplanationStore(board.store.database)

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
        before, after = _adjacent(document.period, board, selection.audience)
        staff = selection.audience == "staff" and document.year
        history = await explanations.history(document.period.name) if staff else {}
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
            before=before,
            after=after,
            history=history,
            may_explain=staff and "explain" in reader.scopes,
            longest=LONGEST_EXPLANATION,
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

    @routes.post(front_door.EXPLANATION_PATH)
    async def explain(request: Request, writer: Reader) -> Response:
        """Write the next version of an explanation, and show it."""
        sent = await form_fields(request, most_bytes=_FORM_BYTES, seconds=form_seconds)
        year = board.parameters.period(sent.get("fiscal_year", ""))
        standard = sent.get("standard", "")
        board.parameters.units(writer, standard, None)
        if year.name != board.parameters.fiscal_year(year.first.year).name:
            raise ProblemError(422, "not_a_fiscal_year", _NOT_A_YEAR)
        text = Text(clean_text(sent.get("fr", "")), clean_text(sent.get("en", "")))
        if max(len(text.fr), len(text.en)) > LONGEST_EXPLANATION:
            values = {"longest": LONGEST_EXPLANATION}
            raise ProblemError(422, "explanation_too_long", _TOO_LONG, values=values)
        after = sent.get("version", "")
        try:
            await explanations.write(
                year.name,
                standard,
                text,
                after=int(after) if _VERSION.fullmatch(after) else -1,
                by=writer.name,
                at=board.now(),
            )
        except StaleVersionError:
            raise ProblemError(409, "explanation_changed", _CHANGED) from None
        shown = query_string(fiscal_year=year.name, audience="staff")
        return RedirectResponse(f"/report?{shown}#{standard}", status_code=303)

    return routes


def _adjacent(
    year: Period, board: Board, audience: Audience
) -> tuple[Period | None, Period | None]:
    """The fiscal years before and after, where a report of them may be asked for."""
    beginning, today = year.first.year, board.today()
    before = board.parameters.fiscal_year(beginning - 1) if beginning > _FIRST_YEAR else None
    after = board.parameters.fiscal_year(beginning + 1) if beginning < today.year else None
    if after and (after.first > today or (audience == "public" and not is_over(after, today))):
        after = None
    return before, after


_NOT_A_YEAR = Text(
    "Une explication est d’un exercice : écrire 2025-2026.",
    "An explanation is of a fiscal year: write 2025-2026.",
)
_TOO_LONG = Text(
    "Une explication compte au plus {longest} caractères dans chaque langue.",
    "An explanation has at most {longest} characters in each language.",
)
_CHANGED = Text(
    "Une autre version a été écrite entre-temps ; rien n’a été remplacé. Revenez au rapport, et recommencez à partir d’elle.",
    "Another version was written meanwhile; nothing was replaced. Go back to the report, and begin again from it.",
)
