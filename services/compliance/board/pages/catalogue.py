"""The catalogue and its calendars: what is promised, in its own words, and the days on which nothing counts, each with its law.

What was published: whoever asks may read it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response

from services.compliance.board import months as month_grid
from services.compliance.board.shell import Board, route_class
from services.compliance.board.words import CALENDAR, CATALOGUE, NO_SUCH_YEAR, UNKNOWN_CALENDAR
from shared.domain import Standard, Terms
from shared.domain.calendars import WEEKDAYS, CalendarData
from shared.http import ProblemError
from shared.text import formats

OfYear = Annotated[int | None, Query(alias="year")]


class Effective(NamedTuple):
    """Terms, and whether a request received today falls under them."""

    terms: Terms
    now: bool


def router(board: Board) -> APIRouter:
    """The pages."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/catalogue")
    async def catalogue(request: Request) -> Response:
        today = board.today()
        terms = {name: _terms(one, today) for name, one in board.catalogue.standards.items()}
        return board.page(
            request,
            "catalogue.html",
            CATALOGUE,
            catalogue=board.catalogue,
            terms=terms,
            board=board,
        )

    @routes.get("/calendars/{identifier}")
    async def calendar(request: Request, identifier: str, year: OfYear = None) -> Response:
        data = board.catalogue.calendars.get(identifier)
        if data is None:
            raise ProblemError(404, "unknown_calendar", UNKNOWN_CALENDAR)
        shown = board.today().year if year is None else year
        if not data.coverage.first_year <= shown <= data.coverage.last_year:
            raise ProblemError(404, "no_such_year", NO_SUCH_YEAR, values=_years(data))
        speech = board.speech(request, CALENDAR)
        built = board.catalogue.calendar(identifier)
        first_weekday = formats.week(speech.spoken)[0].number
        months = month_grid.of_year(built, shown, board.today(), first_weekday)
        return board.page(
            request,
            "holidays.html",
            CALENDAR,
            identifier=identifier,
            data=data,
            year=shown,
            months=months,
            days_off=[off for month in months for off in month.days_off],
            weekdays=WEEKDAYS,
            board=board,
        )

    return routes


def _terms(standard: Standard, today: date) -> list[Effective]:
    """The newest first."""
    in_order = sorted(standard.terms, key=lambda one: one.effective_from or date.min, reverse=True)
    return [Effective(one, one.covers(today)) for one in in_order]


def _years(data: CalendarData) -> dict[str, str]:
    return {"first": str(data.coverage.first_year), "last": str(data.coverage.last_year)}
