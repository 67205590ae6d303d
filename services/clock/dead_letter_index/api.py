"""``GET /v1/dead-letters``: what became of a publisher's events that could not be counted.

For the token that may publish for the source, and no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from services.clock.dead_letter_index.index import DeadLetterIndex, LetterCursor
from shared.database import Database
from shared.domain import (
    CONFLICT,
    CRASHED,
    NOT_FORGOTTEN,
    OUTSIDE_COVERAGE,
    REFUSED,
    TOO_MANY_EVENTS,
    TOO_MANY_OTHERS,
    UNKNOWN_STANDARD,
    UNREADABLE,
    from_microseconds,
)
from shared.http import (
    DEAD_LETTERS_PATH,
    AfterCursor,
    PageLength,
    Principal,
    ProblemError,
    Reader,
    problem_responses,
    read_cursor,
    requested_language,
    write_cursor,
)
from shared.text import Language, Text

OfOwnSource = Annotated[
    str | None,
    Query(description="A source of the token; may be left out where the token has only one."),
]
LettersPerPage = Annotated[PageLength, Query(description="Letters a page.")]

REASONS: Mapping[str, Text] = {
    UNREADABLE: Text(
        "L’enregistrement n’est pas un événement lisible.", "The record is no readable event."
    ),
    CONFLICT: Text(
        "Le dossier a déjà un événement de cette source et de cet id avec un autre contenu ; le premier vaut. "
        "Annulez-le (voided), puis envoyez le bon sous un nouvel id.",
        "The file already has an event of this source and id with another content; the first one stands. "
        "Void it (voided), then send the right one under a new id.",
    ),
    OUTSIDE_COVERAGE: Text(
        "L’événement, ou une échéance qui en découle, est hors des années du calendrier. Si la date est fausse, "
        "envoyez le bon événement sous un nouvel id.",
        "The event, or a deadline that follows from it, is outside the calendar’s years. If the date is wrong, "
        "send the right event under a new id.",
    ),
    UNKNOWN_STANDARD: Text(
        "Le catalogue n’a plus l’engagement du dossier : c’est à l’exploitant d’y remédier.",
        "The catalogue no longer has the file’s standard: its operator has to mend that.",
    ),
    TOO_MANY_EVENTS: Text(
        "Le dossier a autant d’événements de cette source qu’il peut en avoir : répétez-vous un événement sous de nouveaux id ?",
        "The file has as many events of this source as it may have: do you repeat an event under new ids?",
    ),
    TOO_MANY_OTHERS: Text(
        "Le dossier appartient à une autre source, et a autant d’événements d’autres sources qu’il peut en avoir.",
        "The file belongs to another source, and has as many events of other sources as it may have.",
    ),
    CRASHED: Text(
        "Le programme s’est arrêté plusieurs fois sur cet enregistrement : c’est à l’exploitant de le renvoyer.",
        "The program ended several times on this record: its operator has to send it again.",
    ),
    NOT_FORGOTTEN: Text(
        "Le dossier ne peut pas être oublié\u00a0: il n’a pas pris fin, n’est pas à cette source, ou n’existe pas\u00a0; voir detail. "
        "Annulez ce qui l’a ouvert par erreur (voided), ou terminez-le, puis demandez-le sous un nouvel id.",
        "The file cannot be forgotten: it has not ended, is not this source’s, or does not exist; see detail. "
        "Void what opened it by mistake, or end it, then ask under a new id.",
    ),
    REFUSED: Text(
        "L’enregistrement du sujet n’est pas un événement que l’ingestion accepterait : voir detail.",
        "The record of the topic is no event that ingest would accept: see detail.",
    ),
}
"""Why, and what a publisher does about it."""

_OTHER_REASON = Text("L’exploitant sait pourquoi.", "Its operator knows why.")
"""For a reason that a later version wrote."""

_SHOWN_DETAILS = frozenset({UNREADABLE, OUTSIDE_COVERAGE, UNKNOWN_STANDARD, REFUSED, NOT_FORGOTTEN})
"""Those that speak of the publisher's record alone, and not of what others did to the file."""

_SOURCE_NOT_ALLOWED = Text(
    "Ce jeton ne publie pas pour cette source.", "This token does not publish for this source."
)
_SOURCE_MISSING = Text(
    "Ce jeton publie pour plusieurs sources : donner source=.",
    "This token publishes for several sources: give source=.",
)


class DeadLetterItem(BaseModel):
    """A record of the source that could not be used, and so changed no file.

    ``name`` is what operators know it by, ``reason`` a stable word, ``text`` what it means, in French or in English if preferred,
    ``detail`` more about it, in English. ``topic``, ``partition`` and ``offset`` are where the record stands (those of the
    receipt, where it was posted), ``at`` when it was set aside; null where that was not noted. ``id``, ``type`` and ``file_id`` are null where the record is no event.
    """

    name: str
    id: str | None
    type: str | None
    file_id: str | None
    reason: str
    text: str
    detail: str | None
    topic: str
    partition: int
    offset: int
    at: datetime | None


class DeadLetterPage(BaseModel):
    """Dead letters of one source, the newest first; ``next`` is null on the last page.

    A letter may be there twice: the step that wrote it is repeated after a crash.
    """

    source: str
    letters: Sequence[DeadLetterItem]
    next: str | None


def router(database: Database) -> APIRouter:
    """The route, over the index."""
    index = DeadLetterIndex(database)
    routes = APIRouter(tags=["events"])

    @routes.get(
        DEAD_LETTERS_PATH,
        summary="A publisher's events that could not be counted",
        responses=problem_responses(403, 422),
    )
    async def dead_letters(
        request: Request,
        publisher: Reader,
        source: OfOwnSource = None,
        after: AfterCursor = None,
        limit: LettersPerPage = 50,
    ) -> DeadLetterPage:
        """Events that were accepted and could not be counted, and records of the source's topics that were refused; newest first."""
        source, cursor = _own_source(publisher, source), read_cursor(LetterCursor, after)
        rows = await index.page(source, cursor, limit)
        language = requested_language(request)
        letters = [_item(row, language) for row in rows]
        last = rows[-1] if len(rows) == limit else None
        following = last and write_cursor((last.at, last.partition, last.offset))
        return DeadLetterPage(source=source, letters=letters, next=following)

    return routes


def _own_source(publisher: Principal, source: str | None) -> str:
    """The source asked about, one of the token's; a :class:`ProblemError` otherwise."""
    if source is None and len(publisher.sources) == 1:
        (source,) = publisher.sources
    if source is None:
        raise ProblemError(422, "source_missing", _SOURCE_MISSING)
    if source not in publisher.sources:
        raise ProblemError(403, "source_not_allowed", _SOURCE_NOT_ALLOWED)
    return source


def _item(row: Any, language: Language) -> DeadLetterItem:
    return DeadLetterItem(
        name=f"{row.partition}:{row.offset}",
        id=row.event_id,
        type=row.event_type,
        file_id=row.file_id,
        reason=row.reason,
        text=REASONS.get(row.reason, _OTHER_REASON).within(language),
        detail=row.detail if row.reason in _SHOWN_DETAILS else None,
        topic=row.topic,
        partition=row.record_partition,
        offset=row.record_offset,
        at=from_microseconds(row.at) if row.at else None,
    )
