"""All pages of the board in one router."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from fastapi import APIRouter

from services.compliance.board import (
    alerts_page,
    annual_page,
    assets,
    attainment_page,
    calculator_page,
    catalogue_page,
    file_page,
    sessions,
    standards,
    worklist_page,
)
from services.compliance.board.live import Live
from services.compliance.board.pages import Board, error_page
from shared.problems import ErrorPage


class Pages(NamedTuple):
    """The board's routes, what follows what happens on them, which must be let go before the server stops, and how errors are shown."""

    routes: APIRouter
    live: Live
    error_page: ErrorPage


def pages(board: Board) -> Pages:
    """The pages, what they are drawn with, and the way in."""
    routes, live = APIRouter(), Live(board)
    parts = (
        assets.router(),
        sessions.router(board),
        standards.router(board, live),
        worklist_page.router(board, live),
        attainment_page.router(board),
        alerts_page.router(board, live),
        annual_page.router(board),
        file_page.router(board),
        calculator_page.router(board),
        catalogue_page.router(board),
    )
    for part in parts:
        routes.include_router(part)
    return Pages(routes, live, partial(error_page, board))
