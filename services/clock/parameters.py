"""What a reader may ask the clock with, as it is written in an address, and what is answered when it is written wrong."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Path, Query

from services.clock.store import OpenFileCursor
from shared.domain import FILE_ID, LAST
from shared.http import Principal, ProblemError, principal
from shared.text import Text

Reader = Annotated[Principal, Depends(principal)]

_MOMENT = (
    "a date (`2026-11-23`, its first instant) or an instant with its offset "
    "(`2026-11-23T14:30:00-05:00`)"
)
FileId = Annotated[str, Path(description="The file's identifier, as its publisher gave it.")]
At = Annotated[
    str | None, Query(description=f"The moment asked about: {_MOMENT}; now when absent.")
]
KnownAt = Annotated[
    str | None,
    Query(
        description=f"Count only what had been recorded by then: {_MOMENT}; everything when absent."
    ),
]
Stage = Annotated[
    str | None,
    Query(description="`on_track`, `at_risk`, `critical`, `overdue`, or `waiting` for the client."),
]
OfStandard = Annotated[str | None, Query(description="A standard of the catalogue.")]
OfUnit = Annotated[str | None, Query(description="A unit of the catalogue.")]
After = Annotated[str | None, Query(description="The `next` of the page before.")]
PageLength = Annotated[int, Query(ge=1, le=500, description="Files a page.")]
Received = Annotated[str, Query(description=f"When the request is received: {_MOMENT}.")]
Waiting = Annotated[
    list[str] | None,
    Query(description="A time the client owes documents, `START/END`; may be repeated."),
]
Year = Annotated[int | None, Query(description="Only the holidays of this year.")]

_MICROSECONDS = re.compile(r"[0-9]{1,19}")
_BAD_CURSOR = Text(
    "« after » se donne tel qu’il est rendu dans « next ».",
    "`after` is given as it was returned in `next`.",
)


def cursor(written: str | None) -> OpenFileCursor | None:
    """Where a page begins."""
    if written is None:
        return None
    breaches_at, _, file_id = written.partition("~")
    if not _MICROSECONDS.fullmatch(breaches_at) or not FILE_ID.fullmatch(file_id):
        raise ProblemError(422, "bad_cursor", _BAD_CURSOR)
    return OpenFileCursor(min(int(breaches_at), LAST), file_id)
