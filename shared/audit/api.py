"""``GET /v1/audit``: who read and changed what, for tokens with the scope ``audit`` alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from shared.audit.record import AUDIT_KINDS, AuditKind, AuditRecord
from shared.audit.store import AuditCursor, AuditFilter, AuditStore
from shared.domain import Catalogue
from shared.http import (
    AUDIT_PATH,
    AfterCursor,
    PageLength,
    problem_responses,
    read_cursor,
    write_cursor,
)
from shared.text import moments

_Since = Annotated[
    str | None, Query(description="From this instant or day on, in the catalogue’s time zone.")
]
_Until = Annotated[
    str | None, Query(description="Before this instant; of a day, before it begins.")
]
_Who = Annotated[str | None, Query(description="The name of a token or a person.", max_length=200)]
_AboutFile = Annotated[str | None, Query(description="The identifier of a file.", max_length=200)]
_OfKind = Annotated[
    AuditKind | None, Query(description=f"Records of one kind: {', '.join(AUDIT_KINDS)}.")
]
_RecordsPerPage = Annotated[PageLength, Query(description="Records a page.")]


class AuditItem(BaseModel):
    """A record of a request, a change, or of a chain of records.

    ``by`` is what asked: token, person, session, hook, operator (a command), process or nobody (no
    valid token). ``token`` is the beginning of its secret, which `echeance token find` names.
    ``file_forgotten`` is set where the record was about a file that is forgotten, whose identifier it
    has no more. ``count`` requests, until ``until``, are told by one record. ``origin`` is the address of the
    client, ``reason`` the code of a problem. ``writer`` and ``seq`` are its place in a chain.
    """

    writer: str
    seq: int
    at: datetime
    kind: AuditKind
    by: str
    name: str
    subject: str
    token: str
    what: str
    method: str
    route: str
    file: str
    file_forgotten: bool
    units: Sequence[str]
    standards: Sequence[str]
    origin: str
    status: int
    reason: str
    request: str
    events: int
    rejected: int
    count: int
    until: datetime | None
    detail: Mapping[str, Any]


class AuditPage(BaseModel):
    """Records, the newest first; ``next`` is null on the last page."""

    records: Sequence[AuditItem]
    next: str | None


def router(store: AuditStore, catalogue: Catalogue) -> APIRouter:
    """The route, behind :func:`shared.http.front_door.secure`."""
    routes = APIRouter(tags=["audit"])

    @routes.get(
        AUDIT_PATH, summary="Who read and changed what", responses=problem_responses(403, 422)
    )
    async def audit(
        since: _Since = None,
        until: _Until = None,
        who: _Who = None,
        file: _AboutFile = None,
        kind: _OfKind = None,
        after: AfterCursor = None,
        limit: _RecordsPerPage = 50,
    ) -> AuditPage:
        """Records of requests and changes, newest first; about a second after they were made."""
        wanted = audit_filter(catalogue, since, until, who, file, kind)
        records, following = await audit_page(store, wanted, after, limit)
        return AuditPage(records=[_item(one) for one in records], next=following)

    return routes


def audit_filter(
    catalogue: Catalogue,
    since: str | None,
    until: str | None,
    who: str | None,
    file: str | None,
    kind: AuditKind | None,
) -> AuditFilter:
    """What is asked for; days are those of the catalogue's zone. Raises ``MomentError``."""

    def instant(written: str | None) -> datetime | None:
        return moments.parse_instant(written, catalogue.zone) if written else None

    def word(written: str | None) -> str | None:
        return written.replace("\0", "") if written else None

    return AuditFilter(instant(since), instant(until), word(who), word(file), kind)


async def audit_page(
    store: AuditStore, wanted: AuditFilter, after: str | None, limit: int
) -> tuple[Sequence[AuditRecord], str | None]:
    """The records of a page, and the cursor of the next one."""
    rows = await store.rows(wanted, read_cursor(AuditCursor, after), limit)
    following = write_cursor(rows[-1].cursor) if len(rows) == limit else None
    return [row.record for row in rows], following


def _item(one: AuditRecord) -> AuditItem:
    return AuditItem.model_validate(one, from_attributes=True)
