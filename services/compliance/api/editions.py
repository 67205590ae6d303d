"""Editions over HTTP: what was published, byte by byte; for readers of every unit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from services.compliance.api.requests import require_every_unit
from services.compliance.editions import Edition, EditionStore
from shared.http import ProblemError, Reader, problem_responses
from shared.text import Text

LISTED = 100
_FORMS: dict[str, Any] = {
    "application/json": {"schema": {"type": "object"}},
    **{form: {"schema": {"type": "string"}} for form in ("text/csv", "text/markdown", "text/html")},
}
_Number = Annotated[int, Path(ge=1, le=1_000_000, description="The edition's number.")]
_Name = Annotated[str, Path(max_length=64, description="A document of the edition.")]


class EditionDocumentView(BaseModel):
    """A document of an edition; ``sha256`` is the digest of its bytes."""

    name: str
    media_type: str
    sha256: str
    bytes: int


class EditionView(BaseModel):
    """What was published of a fiscal year, when, by whom, under which revision of the catalogue."""

    number: int
    fiscal_year: str
    published_at: datetime
    published_by: str
    catalogue: str
    revision: int
    documents: list[EditionDocumentView]


class Editions(BaseModel):
    """The last editions, the newest first."""

    editions: list[EditionView]


def add(routes: APIRouter, editions: EditionStore) -> None:
    """The routes of editions."""

    @routes.get(
        "/v1/editions",
        summary="What was published",
        name="editions",
        responses=problem_responses(403),
    )
    async def listed(reader: Reader) -> Editions:
        """Every edition of the public report, the newest first (the last hundred)."""
        require_every_unit(reader)
        return Editions(editions=[_view(one) for one in await editions.newest(LISTED)])

    @routes.get(
        "/v1/editions/{number}/{name}",
        summary="A published document",
        name="edition_document",
        response_class=Response,
        responses={
            200: {"description": "The bytes that were published.", "content": _FORMS},
            **problem_responses(403, 404),
        },
    )
    async def document(reader: Reader, number: _Number, name: _Name) -> Response:
        """A document of an edition, to the byte; its digest is its `ETag`."""
        require_every_unit(reader)
        found = await editions.document(number, name)
        if found is None:
            raise ProblemError(404, "unknown_document", _UNKNOWN)
        headers = {
            "etag": f'"{found.digest}"',
            "content-disposition": f'attachment; filename="edition-{number}-{found.name}"',
        }
        return Response(found.content, media_type=found.media_type, headers=headers)


def _view(edition: Edition) -> EditionView:
    documents = [
        EditionDocumentView(
            name=one.name, media_type=one.media_type, sha256=one.digest, bytes=one.size
        )
        for one in edition.documents
    ]
    return EditionView(**{**edition._asdict(), "documents": documents})


_UNKNOWN = Text(
    "Aucune édition n’a ce document\u00a0: voir /v1/editions.",
    "No edition has this document: see /v1/editions.",
)
