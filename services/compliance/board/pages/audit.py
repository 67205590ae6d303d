"""The access log: who read and changed what, for those with the scope ``audit``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from services.compliance.board.addresses import PageCursor, query_string
from services.compliance.board.shell import Board, route_class
from shared.audit import AUDIT_KINDS, AuditKind, AuditRecord, audit_filter, audit_page
from shared.http import AUDIT_PAGE_PATH, Reader
from shared.text import Text

_PAGE: Final = 50
_Word = Annotated[str, Query(max_length=200)]


class AuditSelection(NamedTuple):
    """Which records; empty for all."""

    since: str
    until: str
    who: str
    file: str
    kind: AuditKind | Literal[""]

    def query(self) -> str:
        return query_string(**self._asdict())


def _selection(
    since: _Word = "",
    until: _Word = "",
    who: _Word = "",
    file: _Word = "",
    kind: Annotated[AuditKind | Literal[""], Query()] = "",
) -> AuditSelection:
    return AuditSelection(since, until, who.strip(), file.strip(), kind)


AuditQuery = Annotated[AuditSelection, Depends(_selection)]


class AuditListing(NamedTuple):
    """The records of a page, and where the next begins; empty at the end."""

    records: Sequence[AuditRecord]
    following: str


def router(board: Board) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get(AUDIT_PAGE_PATH)
    async def page(
        request: Request, reader: Reader, selection: AuditQuery, after: PageCursor = ""
    ) -> Response:
        wanted = audit_filter(
            board.catalogue,
            selection.since or None,
            selection.until or None,
            selection.who or None,
            selection.file or None,
            selection.kind or None,
        )
        assert board.trail is not None
        records, following = await audit_page(board.trail, wanted, after or None, _PAGE)
        return board.page(
            request,
            "audit.html",
            WORDS,
            selection=selection,
            content=AuditListing(records, following or ""),
            kinds=AUDIT_KINDS,
            after=after,
        )

    return routes


WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Journal des accès", "Access log"),
    "lead": Text(
        "Qui a lu ou changé quoi, le plus récent d’abord. Seuls les porteurs du droit audit voient cette page.",
        "Who read or changed what, the newest first. Only holders of the scope audit see this page.",
    ),
    "filters": Text("Choisir les inscriptions", "Choose the records"),
    "caption": Text("Inscriptions", "Records"),
    "since": Text("Depuis", "Since"),
    "until": Text("Avant", "Before"),
    "who": Text("Qui (jeton ou personne)", "Who (token or person)"),
    "file": Text("Dossier", "File"),
    "forgotten": Text("dossier oublié", "forgotten file"),
    "kind": Text("Genre", "Kind"),
    "every_kind": Text("tous", "all"),
    "kind_access": Text("accès", "access"),
    "kind_change": Text("changement", "change"),
    "kind_opened": Text("démarrage", "start"),
    "kind_closed": Text("arrêt", "stop"),
    "kind_checkpoint": Text("point de contrôle", "checkpoint"),
    "by_token": Text("jeton", "token"),
    "by_person": Text("personne", "person"),
    "by_session": Text("session", "session"),
    "by_hook": Text("webhook signé", "signed webhook"),
    "by_operator": Text("exploitant", "operator"),
    "by_process": Text("processus", "process"),
    "by_nobody": Text("sans jeton valide", "no valid token"),
    "when": Text("Moment", "When"),
    "what": Text("Quoi", "What"),
    "outcome": Text("Issue", "Outcome"),
    "origin": Text("D’où", "From where"),
    "times": Text("{n} fois jusqu’à {until}", "{n} times until {until}"),
    "events": Text("{n} événements", "{n} events"),
    "events_one": Text("{n} événement", "{n} event"),
    "nothing": Text("Aucune inscription ne répond à ce choix.", "No record matches this choice."),
    "all": Text("Tout le journal", "The whole log"),
    "place": Text("Place dans la chaîne", "Place in the chain"),
    "verify": Text(
        "La chaîne des empreintes se vérifie par «\u00a0echeance audit verify\u00a0».",
        "The chain of digests is verified by “echeance audit verify”.",
    ),
}
