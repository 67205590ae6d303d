"""The current fiscal year for the public, where the body wants the page: totals of months that are over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response

from services.compliance.board.shell import RESULTS_PATH, Board, route_class
from services.compliance.publication import CurrentResults, Release, current_results
from shared.domain import Standard
from shared.text import Text


class ResultRow(NamedTuple):
    """A commitment, and what of it was released; None before there are enough files."""

    code: str
    standard: Standard
    release: Release | None

    @property
    def verdict(self) -> str:
        """How it stands beside the target that measures the files of that time."""
        if self.release is None or self.release.decided.ratio is None:
            return "nothing"
        target = self.standard.nearest_terms(self.release.through).target
        return "reached" if self.release.decided.ratio >= target else "below"


def router(board: Board) -> APIRouter:
    """The page; none where it is not wanted."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))
    if not board.public_results:
        return routes
    daily = _DailyResults(board)

    @routes.get(RESULTS_PATH)
    async def page(request: Request) -> Response:
        results = await daily.results()
        rows = [
            ResultRow(code, standard, results.rows.get(code))
            for code, standard in board.catalogue.standards.items()
        ]
        return board.page(request, "results.html", WORDS, period=results.period, rows=rows)

    return routes


class _DailyResults:
    """The results, read once a day: anybody may ask, and as often as they like."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._reading = asyncio.Lock()
        self._read: tuple[date, CurrentResults] | None = None

    async def results(self) -> CurrentResults:
        async with self._reading:
            board, today = self._board, self._board.today()
            if self._read is None or self._read[0] != today:
                results = await current_results(board.store, board.catalogue, board.now())
                self._read = today, results
            return self._read[1]


WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Résultats de l’exercice en cours", "Results of the current fiscal year"),
    "lead": Text(
        "Exercice {period} : dossiers décidés jusqu’à la fin du dernier mois publié.",
        "Fiscal year {period}: files decided up to the end of the last month published.",
    ),
    "commitment": Text("Engagement", "Commitment"),
    "through": Text("Jusqu’au", "Up to"),
    "late_of": Text("En retard", "Late"),
    "late_among": Text("{late} sur {measured}", "{late} of {measured}"),
    "share": Text("Dans le délai", "On time"),
    "verdict": Text("Résultat", "Result"),
    "not_yet": Text("pas encore publié", "not published yet"),
    "method": Text("Comment lire ces chiffres", "How to read these figures"),
    "method_text": Text(
        "Un mois terminé est publié quand au moins 30 dossiers de plus ont été décidés, et au moins 30 autres depuis : la différence de deux publications ne dit donc jamais un petit nombre de dossiers.",
        "A month that is over is published once at least 30 more files were decided in it, and at least 30 others since: so the difference of two publications never is a small number of files.",
    ),
    "corrected": Text(
        "Ce qui a été publié n’est pas repris : le rapport annuel dit les chiffres corrigés.",
        "What was published is not taken back: the annual report has the corrected figures.",
    ),
}
