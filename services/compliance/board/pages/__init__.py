"""The pages of the board: a module, with the words that it says, and a template each.

A page is added by its module, its template, and its router in :func:`board_pages`; an entry in the
navigation by ``NAVIGATION`` of ``shell``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from fastapi import APIRouter

from services.compliance.board import assets
from services.compliance.board.live import Live
from services.compliance.board.pages import (
    alerts,
    annual_report,
    attainment,
    audit,
    calculator,
    catalogue,
    changes,
    editions,
    file,
    forecast,
    pictures,
    preview,
    provider,
    results,
    sessions,
    sign_in,
    standards,
    stops,
    variation,
    worklist,
)
from services.compliance.board.shell import Board, error_page
from services.compliance.people import SessionKeeper
from shared.http import ErrorPage

__all__ = ["board_pages"]


class Pages(NamedTuple):
    """Routes, live streams (to close before shutdown) and the error page."""

    routes: APIRouter
    live: Live
    error_page: ErrorPage


def board_pages(board: Board, people: SessionKeeper | None = None) -> Pages:
    """The pages, what they are drawn with, and the way in; without ``people`` there is none."""
    live = Live(board)
    parts = (
        assets.router(),
        *(() if people is None else _ways_in(board, people, live)),
        standards.router(board, live),
        worklist.router(board, live),
        attainment.router(board),
        changes.router(board),
        pictures.router(board),
        stops.router(board),
        variation.router(board),
        forecast.router(board),
        alerts.router(board, live),
        annual_report.router(board),
        editions.router(board),
        file.router(board),
        calculator.router(board),
        catalogue.router(board),
        results.router(board),
        preview.router(board),
        audit.router(board),
    )
    routes = APIRouter(routes=[route for part in parts for route in part.routes])
    return Pages(routes, live, partial(error_page, board))


def _ways_in(board: Board, people: SessionKeeper, live: Live) -> Iterator[APIRouter]:
    yield sign_in.router(board, people)
    yield sessions.router(board, people, live)
    if people.provider is not None:
        yield provider.router(board, people, people.provider)
