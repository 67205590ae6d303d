"""The editions of the public report: what was published, with its digests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request, Response

from services.compliance.api import require_every_unit
from services.compliance.board.shell import Board, route_class
from services.compliance.editions import EditionStore
from shared.http import Reader
from shared.text import Text

_SHOWN: Final = 50


def router(board: Board) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))
    store = EditionStore(board.store.database)

    @routes.get("/editions")
    async def page(request: Request, reader: Reader) -> Response:
        require_every_unit(reader)
        editions = await store.newest(_SHOWN)
        days = {one.number: board.catalogue.local_day(one.published_at) for one in editions}
        return board.page(request, "editions.html", WORDS, editions=editions, days=days)

    return routes


WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Éditions publiées", "Published editions"),
    "lead": Text(
        "Ce qui a été publié, à l’octet près, avec l’empreinte SHA-256 de chaque document.",
        "What was published, to the byte, with the SHA-256 digest of each document.",
    ),
    "back": Text("Rapport annuel", "Annual report"),
    "no_editions": Text("Rien n’a encore été publié.", "Nothing has been published yet."),
    "how": Text(
        "L’exploitant publie un exercice terminé par la commande echeance publish.",
        "The operator publishes a fiscal year that is over with the command echeance publish.",
    ),
    "edition": Text("Édition {n}, exercice {year}", "Edition {n}, fiscal year {year}"),
    "published": Text(
        "Publiée le {moment} par {by}, révision {revision} du catalogue.",
        "Published on {moment} by {by}, revision {revision} of the catalogue.",
    ),
    "document": Text("Document", "Document"),
    "size": Text("Octets", "Bytes"),
    "digest": Text("Empreinte SHA-256", "SHA-256 digest"),
    "beside_now": Text("Les chiffres d’alors et de maintenant", "The figures then and now"),
}
