"""The clock over HTTP: counters, ledgers, open files, the deadline calculator, standards, calendars.

A counter is computed from the history on request, so it is right at any moment, past ones included,
whatever the timers have published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Response

from services.clock import views
from services.clock.evaluator import Evaluator
from services.clock.store import ClockStore, OpenFileCursor, OpenFileFilter
from services.clock.views import (
    CalendarView,
    DeadlineView,
    FileItem,
    FilePage,
    FileView,
    StandardsView,
)
from shared.domain import (
    FILE_ID,
    Catalogue,
    CycleLedger,
    Event,
    History,
    Wait,
    decode_history,
    encode,
    listed_cycle,
)
from shared.http import (
    AfterCursor,
    AfterReceipt,
    PageLength,
    Principal,
    ProblemError,
    Reader,
    ReceiptWaiter,
    problem_responses,
    read_cursor,
    schema_of,
    write_cursor,
)
from shared.process import Now
from shared.text import Text, moments

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
    Query(
        description="`on_track`, `at_risk`, `critical`, `overdue`, `waiting` for an answer, or `waiting_long`."
    ),
]
StandardFilter = Annotated[
    str | None,
    Query(description="A standard or service of the catalogue, as the reception names it."),
]
UnitFilter = Annotated[
    str | None, Query(description="A unit of the catalogue: the one that has the file.")
]
StandardName = Annotated[str, Query(description="A standard or service of the catalogue.")]
UnitName = Annotated[
    str | None,
    Query(description="The unit that receives it, where units have calendars of their own."),
]
FilesPerPage = Annotated[PageLength, Query(description="Files a page.")]
ReceivedAt = Annotated[str, Query(description=f"When the request is received: {_MOMENT}.")]
Waits = Annotated[
    list[str] | None,
    Query(description="A time the client owes documents, `START/END`; may be repeated."),
]
Attributes = Annotated[
    list[str] | None,
    Query(
        description="An attribute of the request, where the limit depends on it: `ATTRIBUTE:WORD`; may be repeated."
    ),
]
Year = Annotated[int | None, Query(description="Only the holidays of this year.")]

_UNKNOWN_FILE = Text(
    "Aucun dossier de ce numéro n’est connu, ou il ne l’était pas encore.",
    "No file of this number is known, or it was not known yet.",
)
_UNKNOWN_STANDARD = Text(
    "Le catalogue n’a pas cet engagement : voir /v1/standards.",
    "The catalogue has no such standard: see /v1/standards.",
)
_UNKNOWN_UNIT = Text(
    "Le catalogue n’a pas cette unité\u00a0: voir /v1/standards.",
    "The catalogue has no such unit: see /v1/standards.",
)
_UNKNOWN_CALENDAR = Text(
    "Le catalogue n’a pas ce calendrier.", "The catalogue has no such calendar."
)
_BAD_WAIT = Text(
    "Écrire chaque attente DÉBUT/FIN, après la réception, par exemple waiting=2026-01-05/2026-01-12.",
    "Write each wait as START/END, after the reception, for instance waiting=2026-01-05/2026-01-12.",
)
_BAD_ATTRIBUTE = Text(
    "Écrire chaque attribut ATTRIBUT:MOT, avec les mots du catalogue (voir /v1/standards), par exemple when=size:major.",
    "Write each attribute as ATTRIBUTE:WORD, with words of the catalogue (see /v1/standards), for instance when=size:major.",
)
_MISSING_ATTRIBUTE = Text(
    "La limite de cet engagement dépend de\u00a0: {attributes}. Ajouter when=ATTRIBUT:MOT pour chacun.",
    "The limit of this standard depends on: {attributes}. Add when=ATTRIBUTE:WORD for each.",
)


class _Clocks:
    """The routes, over one store and one catalogue."""

    def __init__(
        self, store: ClockStore, catalogue: Catalogue, now: Now, receipts: ReceiptWaiter
    ) -> None:
        self._receipts = receipts
        self._store = store
        self._catalogue = catalogue
        self._now = now
        self._evaluator = Evaluator(catalogue)

    async def open_files(
        self,
        reader: Reader,
        stage: StageFilter = None,
        standard: StandardFilter = None,
        unit: UnitFilter = None,
        after: AfterCursor = None,
        limit: FilesPerPage = 50,
    ) -> FilePage:
        """Open files, soonest breach first; those that wait for the client come last (``stage=waiting``)."""
        selection = OpenFileFilter(stage, standard, unit, reader.units)
        cursor, at = read_cursor(OpenFileCursor, after), self._now()
        items = []
        rows = await self._store.open_files(selection, cursor, limit)
        for _, file in rows:
            reading = self._evaluator.files.read(decode_history(file.history), at)
            opening, unit = reading.opening, reading.unit
            assert opening is not None and unit is not None  # an open file was received
            listed = listed_cycle(reading.clock)
            place = next(
                index for index, cycle in enumerate(reading.clock.cycles) if cycle is listed
            )
            items.append(
                FileItem(
                    file_id=file.file_id,
                    standard=opening.data.standard,
                    unit=unit,
                    cycle=views.cycle_views(reading)[place],
                )
            )
        last = rows[-1][0] if len(rows) == limit else None
        return FilePage(as_of=at, files=items, next=write_cursor(last) if last else None)

    async def live_counter(
        self,
        reader: Reader,
        file_id: FileId,
        at: At = None,
        known_at: KnownAt = None,
        after: AfterReceipt = None,
    ) -> FileView:
        """The live counter, at any moment, from what had been recorded by ``known_at`` (everything when absent)."""
        await self._receipts.wait(reader, after)
        known_by, moment = self._instant(known_at), self._instant(at) or self._now()
        history = await self._history(file_id, known_by, reader)
        reading = self._evaluator.files.read(history, moment)
        return views.file_view(
            file_id, history, reading, catalogue=self._catalogue, as_of=moment, known_at=known_by
        )

    async def day_by_day(
        self,
        reader: Reader,
        file_id: FileId,
        at: At = None,
        known_at: KnownAt = None,
        after: AfterReceipt = None,
    ) -> list[dict[str, Any]]:
        """Every civil day of each cycle: whether it counted, and why or why not."""
        await self._receipts.wait(reader, after)
        known_by, moment = self._instant(known_at), self._instant(at) or self._now()
        history = await self._history(file_id, known_by, reader)
        files = self._evaluator.files
        return [
            msgspec.to_builtins(cycle)
            for reading in files.read(history, moment).of_standards
            for cycle in files.ledgers(history, reading)
        ]

    async def events(
        self, reader: Reader, file_id: FileId, known_at: KnownAt = None, after: AfterReceipt = None
    ) -> Response:
        """Every event of a file as it was recorded, in the order in which they happened: what everything else is computed from."""
        await self._receipts.wait(reader, after)
        history = await self._history(file_id, self._instant(known_at), reader)
        return Response(encode(history), media_type="application/json")

    async def calculator(
        self,
        standard: StandardName,
        received: ReceivedAt,
        waiting: Waits = None,
        unit: UnitName = None,
        when: Attributes = None,
    ) -> DeadlineView:
        """When a file received then would be due; ``waiting=START/END`` for each time the client owed documents."""
        if not self._catalogue.standards_of(standard):
            raise ProblemError(404, "unknown_standard", _UNKNOWN_STANDARD)
        if unit is not None and unit not in self._catalogue.units:
            raise ProblemError(404, "unknown_unit", _UNKNOWN_UNIT)
        received_at = self._moment(received)
        waits = [self._wait(wait, received_at) for wait in waiting or ()]
        attributes = self._attributes(standard, when or ())
        return views.deadline_view(self._catalogue, standard, received_at, waits, unit, attributes)

    async def standards(self) -> Catalogue:
        """The commitments, with what each measures and when its clock begins."""
        return self._catalogue

    async def calendar(self, identifier: str, year: Year = None) -> CalendarView:
        """A calendar's holidays, of one year or all, each with the law that makes it one."""
        if identifier not in self._catalogue.calendars:
            raise ProblemError(404, "unknown_calendar", _UNKNOWN_CALENDAR)
        return views.calendar_view(self._catalogue, identifier, year)

    async def _history(self, file_id: str, known_at: datetime | None, reader: Principal) -> History:
        """A file's events, as far as they had been recorded; 404 when there is none the reader may see."""
        is_file_id = FILE_ID.fullmatch(file_id) is not None
        history: History = (await self._store.history(file_id) if is_file_id else None) or []
        unseen = not reader.may_see(self._evaluator.unit(history, self._now()))
        if known_at is not None:
            history = [event for event in history if event.recorded_at <= known_at]
        if not history or unseen:
            raise ProblemError(404, "unknown_file", _UNKNOWN_FILE)
        return history

    def _wait(self, wait: str, received_at: datetime) -> Wait:
        start, separator, end = wait.partition("/")
        if not separator:
            raise ProblemError(422, "bad_wait", _BAD_WAIT)
        requested_at, answered_at = self._moment(start), self._moment(end)
        if not received_at <= requested_at <= answered_at:
            raise ProblemError(422, "bad_wait", _BAD_WAIT)
        return Wait(requested_at, answered_at)

    def _attributes(self, word: str, written: Sequence[str]) -> Mapping[str, str]:
        """Attributes by name; every one that the terms of the standard or service depend on."""
        found = {}
        for one in written:
            name, _, value = one.partition(":")
            if value not in self._catalogue.attributes.get(name, ()):
                raise ProblemError(422, "bad_attribute", _BAD_ATTRIBUTE)
            found[name] = value
        missing = [name for name in self._catalogue.deciding_attributes(word) if name not in found]
        if missing:
            names = ", ".join(missing)
            raise ProblemError(
                422, "missing_attribute", _MISSING_ATTRIBUTE, values={"attributes": names}
            )
        return found

    def _instant(self, text: str | None) -> datetime | None:
        return None if text is None else self._moment(text)

    def _moment(self, text: str) -> datetime:
        return moments.parse_instant(text, self._catalogue.zone)


def router(store: ClockStore, catalogue: Catalogue, now: Now, receipts: ReceiptWaiter) -> APIRouter:
    """The clock's routes, over one store and one catalogue."""
    clocks = _Clocks(store, catalogue, now, receipts)
    routes = APIRouter(prefix="/v1", tags=["clock"])
    not_found = problem_responses(404)
    routes.get(
        "/files",
        summary="Open files, soonest breach first",
        name="files",
        response_model_exclude_unset=True,
    )(clocks.open_files)
    routes.get(
        "/files/{file_id}",
        summary="A file's live counter",
        name="file",
        response_model_exclude_unset=True,
        responses=not_found,
    )(clocks.live_counter)
    routes.get(
        "/files/{file_id}/ledger",
        summary="Day by day, why each counted or not",
        name="file_ledger",
        response_model=None,
        responses={200: {"content": schema_of(list[CycleLedger])}, **not_found},
    )(clocks.day_by_day)
    routes.get(
        "/files/{file_id}/events",
        summary="The events a file is made of",
        name="file_events",
        response_model=None,
        responses={200: {"content": schema_of(list[Event])}, **not_found},
    )(clocks.events)
    routes.get(
        "/deadline",
        summary="When a request would be due",
        name="deadline",
        response_model_exclude_unset=True,
        responses=not_found,
    )(clocks.calculator)
    routes.get("/standards", summary="The commitments", response_model=StandardsView)(
        clocks.standards
    )
    routes.get("/calendars/{identifier}", summary="A calendar", responses=not_found)(
        clocks.calendar
    )
    return routes
