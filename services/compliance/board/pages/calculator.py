"""The calculator, for staff and public: from the day a request is received to the day it is due.

It speaks of the published declaration and of no file, so whoever asks may use it. The form is in the address: a result can be kept,
sent and printed, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.compliance.board import calculation
from services.compliance.board.calculation import (
    MOST_WAITS,
    CalculatorInputError,
    CalculatorResult,
    Form,
)
from services.compliance.board.shell import Board, route_class
from services.compliance.board.words import CALCULATOR
from shared.text import formats

_FEWEST_ROWS = 2

Written = Annotated[str, Query(max_length=10_000)]
Moments = Annotated[list[str] | None, Query(max_length=MOST_WAITS)]


def router(board: Board) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/calculator")
    async def calculator(
        request: Request,
        standard: Written | None = None,
        received: Written | None = None,
        requested: Moments = None,
        answered: Moments = None,
    ) -> Response:
        speech = board.speech(request, CALCULATOR)
        waits = _waits(requested or (), answered or ())
        asked = standard is not None
        form = Form(standard or next(iter(board.catalogue.standards)), received or "", waits)
        if received is None:
            form = form._replace(received=_now(board, form))
        mistakes: Mapping[str, str] = {}
        content: CalculatorResult | None = None
        if asked:
            try:
                first_weekday = formats.week(speech.spoken)[0].number
                content = calculation.calculate(form, board.catalogue, first_weekday)
            except CalculatorInputError as error:
                mistakes = error.mistakes
        return board.page(
            request,
            "calculator.html",
            CALCULATOR,
            status=422 if mistakes else 200,
            form=form,
            content=content,
            mistakes=mistakes,
            rows=_rows(waits),
            with_time=_with_time(board, form),
            board=board,
        )

    return routes


def _waits(requested: Sequence[str], answered: Sequence[str]) -> Sequence[tuple[str, str]]:
    """The rows in which anything was written."""
    rows = zip_longest(requested, answered, fillvalue="")
    return [(began, ended) for began, ended in rows if began or ended]


def _rows(waits: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """The rows to show: those written, and room for another."""
    room = max(_FEWEST_ROWS - len(waits), 1) if len(waits) < MOST_WAITS else 0
    return [*waits, *[("", "")] * room]


def _now(board: Board, form: Form) -> str:
    """The present as the form writes it: the day, or the minute where the limit is in minutes."""
    if _with_time(board, form):
        return board.now().astimezone(board.zone).strftime("%Y-%m-%dT%H:%M")
    return board.today().isoformat()


def _with_time(board: Board, form: Form) -> bool:
    standard = board.catalogue.standards.get(form.standard)
    return standard is not None and calculation.in_minutes(standard, board.today())
