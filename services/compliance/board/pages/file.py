"""A file's page: where its number opens into the days, the events and the alerts that made it.

Its history is the clock's. While that cannot be read the page says so, and shows what compliance knows of the file itself.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from services.compliance.alerts import AlertStore, AlertWithDelivery
from services.compliance.board.file_timeline import (
    FileTimeline,
    TimelineCycle,
    TimelineEvent,
    TimelinePage,
    file_timeline,
    late_from,
)
from services.compliance.board.shell import Board, route_class
from services.compliance.board.words import BAD_MONTH, FILE, UNKNOWN_FILE
from shared.domain import FILE_ID, ClockSnapshot, History, cycles
from shared.errors import UnavailableError
from shared.http import Principal, ProblemError, Reader
from shared.text import formats

EVENTS_A_PAGE = 100
OPEN_MONTHS = 3
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_log = logging.getLogger("echeance")

OfCycle = Annotated[int, Query(ge=0, le=100_000)]
EventsPage = Annotated[int, Query(alias="events", ge=1, le=1_000)]
Until = Annotated[str, Query(alias="month", max_length=7)]


class Known(NamedTuple):
    """What is known of a file: the clock's history, or None while it cannot be read; and compliance's newest snapshot."""

    history: History | None
    snapshot: ClockSnapshot | None

    def unit(self, board: Board) -> str | None:
        """Whose file it is."""
        if self.history is None:
            return self.snapshot.unit if self.snapshot else None
        opening = cycles.opening(self.history, board.now(), board.catalogue.sharing)
        return opening.data.unit if opening else None


class Slice(NamedTuple):
    """A page of events: which of how many, the first being 1."""

    told: Sequence[TimelineEvent]
    page: int
    first: int
    last: int
    total: int

    @property
    def older(self) -> bool:
        return self.last < self.total


def router(board: Board) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))
    alerts = AlertStore(board.store.database)

    @routes.get("/files/{file_id}")
    async def page(
        request: Request,
        reader: Reader,
        file_id: str,
        cycle: OfCycle = 0,
        month: Until = "",
        events: EventsPage = 1,
    ) -> Response:
        leaf = TimelinePage(cycle, _month(month))
        known = await _known(board, file_id, reader)
        raised = await alerts.of_file(file_id)
        if known.history is None:
            return _without_history(board, request, file_id, known, raised)
        speech = board.speech(request, FILE)
        first_weekday = formats.week(speech.spoken)[0].number
        found = file_timeline(
            file_id, known.history, board.catalogue, board.now(), first_weekday, leaf
        )
        return board.page(
            request,
            "file.html",
            FILE,
            file=found,
            board=board,
            alerts=raised,
            slice=_slice(found, events),
            open_months=OPEN_MONTHS,
            address=_Addresses(file_id, cycle, month, events),
        )

    return routes


async def _known(board: Board, file_id: str, reader: Principal) -> Known:
    """What is known of a file that the reader may see; raises :class:`ProblemError` where there is none."""
    known = Known((), None)
    if FILE_ID.fullmatch(file_id) is not None:
        history = await _history(board, file_id)
        snapshot = None
        if history is None:
            snapshot = (await board.store.snapshots([file_id])).get(file_id)
        known = Known(history, snapshot)
    nothing = not known.history and known.snapshot is None
    if nothing or not reader.may_see(known.unit(board)):
        raise ProblemError(404, "unknown_file", UNKNOWN_FILE)
    return known


async def _history(board: Board, file_id: str) -> History | None:
    """The clock's events, none for a file it does not have; None while they cannot be read."""
    if board.histories is None:
        return None
    try:
        return await board.histories.history(file_id) or ()
    except UnavailableError as error:
        _log.warning("the page of a file: %s", error)
        return None


def _without_history(
    board: Board, request: Request, file_id: str, known: Known, raised: Sequence[AlertWithDelivery]
) -> Response:
    snapshot = known.snapshot
    assert snapshot is not None  # where there is neither, there is no such file
    promised = board.catalogue.standards.get(snapshot.standard or "")
    runs_out = None
    if promised and snapshot.cycles:
        calendar = board.catalogue.calendar_of(promised)
        runs_out = late_from(snapshot.cycles[-1], calendar, board.today())
    return board.page(
        request,
        "file_away.html",
        FILE,
        file_id=file_id,
        snapshot=snapshot,
        standard=promised,
        terms=promised.followed_by(snapshot.cycles[-1].received_on)
        if promised and snapshot.cycles
        else None,
        late_from=runs_out,
        board=board,
        alerts=raised,
        unset=board.histories is None,
    )


def _slice(found: FileTimeline, page: int) -> Slice:
    total = len(found.told)
    page = min(page, max(-(-total // EVENTS_A_PAGE), 1))
    begins = (page - 1) * EVENTS_A_PAGE
    told = found.told[begins : begins + EVENTS_A_PAGE]
    return Slice(told, page, begins + 1, begins + len(told), total)


class _Addresses(NamedTuple):
    """Addresses of this page that show other months, or other events."""

    file_id: str
    cycle: int
    month: str
    events: int

    def of_months(self, passage: TimelineCycle, until: date) -> str:
        shown = self._replace(cycle=passage.state.number, month=f"{until:%Y-%m}")
        return f"{shown._written()}#cycle-{passage.state.number}"

    def of_events(self, page: int) -> str:
        return f"{self._replace(events=page)._written()}#events"

    def _written(self) -> str:
        asked = {"cycle": self.cycle, "month": self.month, "events": self.events}
        kept = {
            name: value for name, value in asked.items() if value and (name, value) != ("events", 1)
        }
        return f"/files/{self.file_id}" + (f"?{urlencode(kept)}" if kept else "")


def _month(written: str) -> date | None:
    if not written:
        return None
    if _MONTH.fullmatch(written) is None or written < "0001":
        raise ProblemError(422, "bad_month", BAD_MONTH)
    return date.fromisoformat(f"{written}-01")
