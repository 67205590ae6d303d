"""Path and query parameters of the clock's routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from shared.http import PageLength

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
StageFilter = Annotated[
    str | None,
    Query(description="`on_track`, `at_risk`, `critical`, `overdue`, or `waiting` for the client."),
]
StandardFilter = Annotated[str | None, Query(description="A standard of the catalogue.")]
UnitFilter = Annotated[str | None, Query(description="A unit of the catalogue.")]
FilesPerPage = Annotated[PageLength, Query(description="Files a page.")]
ReceivedAt = Annotated[str, Query(description=f"When the request is received: {_MOMENT}.")]
Waits = Annotated[
    list[str] | None,
    Query(description="A time the client owes documents, `START/END`; may be repeated."),
]
Year = Annotated[int | None, Query(description="Only the holidays of this year.")]
