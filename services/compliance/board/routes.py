"""All pages of the board in one router."""

from __future__ import annotations

from fastapi import APIRouter

from services.compliance.board import (
    alerts_page,
    annual_page,
    assets,
    attainment_page,
    sessions,
    standards,
    worklist_page,
)
from services.compliance.board.live import Live
from services.compliance.board.pages import Board


def router(board: Board) -> APIRouter:
    """The pages, what they are drawn with, and the way in."""
    routes = APIRouter()
    parts = (
        assets.router(),
        sessions.router(board),
        standards.router(board),
        worklist_page.router(board, Live(board)),
        attainment_page.router(board),
        annual_page.router(board),
        alerts_page.router(board),
    )
    for part in parts:
        routes.include_router(part)
    return routes
