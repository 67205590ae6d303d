"""The clock over HTTP: counters, ledgers, open files, the deadline calculator, standards, calendars.

A counter is computed from the history on request, so it is right at any moment, past ones included,
whatever the timers have published.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from fastapi import APIRouter, Response

from services.clock import views
from services.clock.catalogue_views import CalendarView, StandardsView, calendar_view
from services.clock.deadline import deadline
from services.clock.evaluator import Evaluator
from services.clock.parameters import (
    At,
    FileId,
    FilesPerPage,
    KnownAt,
    ReceivedAt,
    StageFilter,
    StandardFilter,
    UnitFilter,
    Waits,
    Year,
)
from services.clock.store import ClockStore, OpenFileCursor, OpenFileFilter
from services.clock.views import DeadlineView, FileItem, FilePage, FileView
from shared.domain import (
    FILE_ID,
    Catalogue,
    CycleLedger,
    Event,
    History,
    Wait,
    cycles,
    decode_history,
    encode,
    file_ledger,
)
from shared.http import (
    AfterCursor,
    Principal,
    ProblemError,
    Reader,
    Responses,
    problem_responses,
    read_cursor,
    schema_of,
    write_cursor,
)
from shared.process import Now
from shared.text import Text, moments

_UNKNOWN_FILE = Text(
    "Aucun dossier de ce numéro n’est connu, ou il ne l’était pas encore.",
    "No file of this number is known, or it was not known yet.",
)
_UNKNOWN_STANDARD = Text(
    "Le catalogue n’a pas cet engagement : voir /v1/standards.",
    "The catalogue has no such standard: see /v1/standards.",
)
_UNKNOWN_CALENDAR = Text(
    "Le catalogue n’a pas ce calendrier.", "The catalogue has no such calendar."
)
_BAD_WAIT = Text(
    "Écrire chaque attente DÉBUT/FIN, après la réception, par exemple waiting=2026-01-05/2026-01-12.",
    "Write each wait as START/END, after the reception, for instance waiting=2026-01-05/2026-01-12.",
)


class Clocks:
    """Answers about files, from their histories."""

    def __init__(self, store: ClockStore, catalogue: Catalogue, now: Now) -> None:
        self.store = store
        self.catalogue = catalogue
        self.now = now
        self.evaluator = Evaluator(catalogue)

    def moment(self, written: str | None) -> datetime:
        return (
            self.now() if written is None else moments.parse_instant(written, self.catalogue.zone)
        )

    async def history(self, file_id: str, known_at: datetime | None, reader: Principal) -> History:
        """A file's events, as far as they had been recorded; 404 when there is none the reader may see."""
        known = FILE_ID.fullmatch(file_id) is not None
        history: History = (await self.store.history(file_id) if known else None) or []
        opening = cycles.opening(history, self.now(), self.catalogue.sharing)
        unseen = not reader.may_see(opening.data.unit if opening else None)
        if known_at is not None:
            history = [event for event in history if event.recorded_at <= known_at]
        if not history or unseen:
            raise ProblemError(404, "unknown_file", _UNKNOWN_FILE)
        return history

    async def file(
        self, file_id: str, at: datetime, known_at: datetime | None, reader: Principal
    ) -> FileView:
        history = await self.history(file_id, known_at, reader)
        opening, clock = self.evaluator.clock(history, at)
        return views.file_view(
            file_id, history, opening, clock, catalogue=self.catalogue, as_of=at, known_at=known_at
        )

    async def ledger(
        self, file_id: str, at: datetime, known_at: datetime | None, reader: Principal
    ) -> tuple[CycleLedger, ...]:
        history = await self.history(file_id, known_at, reader)
        opening = cycles.opening(history, at, self.catalogue.sharing)
        if opening is None:
            return ()
        standard = self.catalogue.standards[opening.data.standard]
        calendar = self.catalogue.calendar_of(standard)
        return file_ledger(history, standard, calendar, at, self.catalogue.sharing)

    async def page(
        self, selection: OpenFileFilter, after: OpenFileCursor | None, limit: int
    ) -> FilePage:
        at = self.now()
        items = []
        rows = await self.store.open_files(selection, after, limit)
        for _, file in rows:
            opening, clock = self.evaluator.clock(decode_history(file.history), at)
            assert opening is not None  # an open file was received
            items.append(
                FileItem(
                    file_id=file.file_id,
                    standard=opening.data.standard,
                    unit=opening.data.unit,
                    cycle=views.cycle_view(clock.cycles[-1]),
                )
            )
        last = rows[-1][0] if len(rows) == limit else None
        return FilePage(as_of=at, files=items, next=write_cursor(last) if last else None)


def router(store: ClockStore, catalogue: Catalogue, now: Now) -> APIRouter:
    """The clock's routes, over one store and one catalogue."""
    clocks = Clocks(store, catalogue, now)
    routes = APIRouter(prefix="/v1", tags=["clock"])
    _add_files(routes, clocks)
    _add_catalogue(routes, clocks)
    return routes


def _add_files(routes: APIRouter, clocks: Clocks) -> None:
    @routes.get("/files", summary="Open files, soonest breach first")
    async def open_files(
        reader: Reader,
        stage: StageFilter = None,
        standard: StandardFilter = None,
        unit: UnitFilter = None,
        after: AfterCursor = None,
        limit: FilesPerPage = 50,
    ) -> FilePage:
        """Open files, soonest breach first; those that wait for the client come last (``stage=waiting``)."""
        selection = OpenFileFilter(stage, standard, unit, reader.units)
        return await clocks.page(selection, read_cursor(OpenFileCursor, after), limit)

    @routes.get(
        "/files/{file_id}", summary="A file's live counter", responses=problem_responses(404)
    )
    async def live_counter(
        reader: Reader, file_id: FileId, at: At = None, known_at: KnownAt = None
    ) -> FileView:
        """The live counter, at any moment, from what had been recorded by ``known_at`` (everything when absent)."""
        known = None if known_at is None else clocks.moment(known_at)
        return await clocks.file(file_id, clocks.moment(at), known, reader)

    days: Responses = {200: {"content": schema_of(list[CycleLedger])}, **problem_responses(404)}

    @routes.get(
        "/files/{file_id}/ledger",
        summary="Day by day, why each counted or not",
        response_model=None,
        responses=days,
    )
    async def day_by_day(
        reader: Reader, file_id: FileId, at: At = None, known_at: KnownAt = None
    ) -> list[dict[str, Any]]:
        """Every civil day of each cycle: whether it counted, and why or why not."""
        known = None if known_at is None else clocks.moment(known_at)
        ledger = await clocks.ledger(file_id, clocks.moment(at), known, reader)
        return [msgspec.to_builtins(cycle) for cycle in ledger]

    event_responses: Responses = {
        200: {"content": schema_of(list[Event])},
        **problem_responses(404),
    }

    @routes.get(
        "/files/{file_id}/events",
        summary="The events a file is made of",
        response_model=None,
        responses=event_responses,
    )
    async def events(reader: Reader, file_id: FileId, known_at: KnownAt = None) -> Response:
        """Every event of a file as it was recorded, in the order in which they happened: what everything else is computed from."""
        known = None if known_at is None else clocks.moment(known_at)
        history = await clocks.history(file_id, known, reader)
        return Response(encode(history), media_type="application/json")


def _add_catalogue(routes: APIRouter, clocks: Clocks) -> None:
    catalogue = clocks.catalogue

    @routes.get(
        "/deadline", summary="When a request would be due", responses=problem_responses(404)
    )
    async def calculator(
        standard: str, received: ReceivedAt, waiting: Waits = None
    ) -> DeadlineView:
        """When a file received then would be due; ``waiting=START/END`` for each time the client owed documents."""
        if standard not in catalogue.standards:
            raise ProblemError(404, "unknown_standard", _UNKNOWN_STANDARD)
        received_at = clocks.moment(received)
        waits = [_wait(written, received_at, clocks) for written in waiting or ()]
        return deadline(catalogue, standard, received_at, waits)

    @routes.get("/standards", summary="The commitments", response_model=StandardsView)
    async def standards() -> Catalogue:
        """The commitments, with what each measures and when its clock begins."""
        return catalogue

    @routes.get("/calendars/{identifier}", summary="A calendar", responses=problem_responses(404))
    async def calendar(identifier: str, year: Year = None) -> CalendarView:
        """A calendar's holidays, of one year or all, each with the law that makes it one."""
        if identifier not in catalogue.calendars:
            raise ProblemError(404, "unknown_calendar", _UNKNOWN_CALENDAR)
        return calendar_view(catalogue, identifier, year)


def _wait(written: str, after: datetime, clocks: Clocks) -> Wait:
    requested, separator, received = written.partition("/")
    if not separator:
        raise ProblemError(422, "bad_wait", _BAD_WAIT)
    wait = Wait(clocks.moment(requested), clocks.moment(received))
    if not after <= wait.requested_at <= wait.received_at:
        raise ProblemError(422, "bad_wait", _BAD_WAIT)
    return wait
