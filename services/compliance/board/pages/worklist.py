"""The worklist: open files soonest breach first, by filters, in pages, as CSV, and live."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from itertools import chain
from math import inf
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from services.compliance.board.addresses import Chosen, PageCursor, next_page, query_string
from services.compliance.board.csv.spreadsheet import Sheet
from services.compliance.board.exports import sheet_download
from services.compliance.board.live import Live, View
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.translator import Translator
from services.compliance.board.worklist_rows import (
    WORKLIST_COLUMNS,
    WorklistColumn,
    WorklistRow,
    changed_rows,
    worklist_row,
)
from services.compliance.projection import WORKLIST_STAGES, WorklistStage, worklist
from services.compliance.projection.worklist import (
    BEGINNING,
    WorklistCursor,
    WorklistFilter,
    WorklistSize,
)
from shared.domain import Catalogue, ClockSnapshot
from shared.http import Principal, ProblemError, Reader, events, read_cursor
from shared.text import Text

_PAGE_FILES = 50
_SHEET_FILES = 500
"""How many files of a spreadsheet are read at once."""
_TIME_SECONDS = 60.0
"""How often at least the list is read while it is followed, where opening time remains."""
_BAD_STAGE = Text("Cette étape n’existe pas.", "There is no such stage.")

YesOrNo = Annotated[Literal["", "yes", "no"], Query()]
_EITHER = {"": None, "yes": True, "no": False}


class WorklistSelection(NamedTuple):
    """What an address chooses; empty for all. ``measured`` is ``no`` for followed files."""

    standard: str
    unit: str
    stage: str
    waiting: str = ""
    after: str = ""
    measured: str = ""

    def query(self, **changed: str) -> str:
        """As it is written in an address."""
        return query_string(**{**self._asdict(), **changed})


def _selection(
    standard: Chosen = "",
    unit: Chosen = "",
    stage: Chosen = "",
    waiting: YesOrNo = "",
    measured: YesOrNo = "",
    after: PageCursor = "",
) -> WorklistSelection:
    return WorklistSelection(standard, unit, stage, waiting, after, measured)


WorklistQuery = Annotated[WorklistSelection, Depends(_selection)]


class WorklistListing(NamedTuple):
    """A page of the list, and the size of the whole; ``following`` begins the next page."""

    rows: Sequence[WorklistRow]
    following: str
    size: WorklistSize
    has_filter: bool
    columns: Mapping[str, WorklistColumn] = WORKLIST_COLUMNS


def router(board: Board, live: Live) -> APIRouter:
    """The page, its CSV, and its stream."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/worklist")
    async def page(request: Request, reader: Reader, selection: WorklistQuery) -> Response:
        return board.page(
            request,
            "worklist.html",
            WORDS,
            at=board.now(),
            content=await worklist_listing(board, selection, reader),
            selection=selection,
            options=filter_options(board, reader),
            stages=_STAGES,
        )

    @routes.get("/worklist.csv")
    async def as_csv(request: Request, reader: Reader, selection: WorklistQuery) -> Response:
        files_filter = _filter(board, selection, reader)
        first = await worklist.page(board.store.database, files_filter, BEGINNING, _SHEET_FILES)
        translator = board.translator(request, WORDS)
        lines = _sheet_lines(board, translator, files_filter, first)
        return sheet_download(translator, lines, _name(board, translator, selection))

    @routes.get("/worklist/stream")
    async def stream(request: Request, reader: Reader, selection: WorklistQuery) -> Response:
        followed = view(board, selection, reader, board.translator(request, WORDS))
        return events(request, live.follow(followed))

    return routes


def view(
    board: Board, selection: WorklistSelection, reader: Principal, translator: Translator
) -> View:
    """A page of the list to be followed; raises :class:`ProblemError` where there is none."""
    _filter(board, selection, reader)
    _cursor(selection.after)
    return View(
        ("worklist", translator.spoken, reader.units, selection),
        partial(worklist_listing, board, selection, reader),
        translator,
        "worklist_rows.html",
        at_least=_TIME_SECONDS if _counts_time(board.catalogue) else inf,
        changes=lambda before, after: changed_rows(before.rows, after.rows),
    )


def _counts_time(catalogue: Catalogue) -> bool:
    """Whether what remains of a file changes by the minute."""
    terms = chain.from_iterable(standard.terms for standard in catalogue.standards.values())
    return any(not one.limit.counts_days for one in terms)


async def worklist_listing(
    board: Board, selection: WorklistSelection, reader: Principal, files: int = _PAGE_FILES
) -> WorklistListing:
    """The files of one page, as of now."""
    now = board.now()
    files_filter, after = _filter(board, selection, reader), _cursor(selection.after)
    some_files = await worklist.page(board.store.database, files_filter, after, files + 1)
    rows = [worklist_row(snapshot, board.catalogue, now) for _, snapshot in some_files[:files]]
    following = next_page(some_files, files, lambda row: row[0])
    has_filter = bool(selection._replace(after="").query())
    size = await worklist.count(board.store.database, files_filter, files)
    return WorklistListing(rows, following, size, has_filter)


async def _sheet_lines(
    board: Board,
    translator: Translator,
    files_filter: WorklistFilter,
    first: Sequence[tuple[WorklistCursor, ClockSnapshot]],
) -> AsyncIterator[str]:
    """All lines, a header first; the ``first`` page is read already, so that errors come early."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    yield sheet.heading(column.heading for column in WORKLIST_COLUMNS.values())
    files = first
    while files:
        rows = [worklist_row(snapshot, board.catalogue, board.now()) for _, snapshot in files]
        yield sheet.lines(
            [column.cell(row, translator.spoken) for column in WORKLIST_COLUMNS.values()]
            for row in rows
        )
        files = await worklist.page(board.store.database, files_filter, files[-1][0], _SHEET_FILES)


def _name(board: Board, translator: Translator, selection: WorklistSelection) -> Sequence[str]:
    """Of the file: what the rows are selected by, and the day."""
    words = [
        selection.standard,
        selection.unit,
        translator(selection.stage) if selection.stage else "",
    ]
    if selection.waiting:
        words.append(translator("waits" if selection.waiting == "yes" else "waits_not"))
    if selection.measured:
        words.append(translator("measured" if selection.measured == "yes" else "followed"))
    parts = [translator("title"), *words, board.today().isoformat()]
    return [part.lower() for part in parts]


def _filter(board: Board, selection: WorklistSelection, reader: Principal) -> WorklistFilter:
    units = board.parameters.units(reader, selection.standard or None, selection.unit or None)
    waiting, measured = _EITHER[selection.waiting], _EITHER[selection.measured]
    return WorklistFilter(
        selection.standard or None, units, _stage(selection.stage), waiting, measured
    )


def _stage(written: str) -> WorklistStage | None:
    if not written:
        return None
    for known in WORKLIST_STAGES:
        if written == known:
            return known
    raise ProblemError(422, "bad_stage", _BAD_STAGE)


def _cursor(written: str) -> WorklistCursor:
    return read_cursor(WorklistCursor, written or None) or BEGINNING


_STAGES = ("overdue", "critical", "at_risk", "on_track", "waiting", "waiting_long")


WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Dossiers à traiter", "Worklist"),
    "lead": Text(
        "Les dossiers ouverts, du plus près de son échéance au plus loin ; ceux qui attendent une réponse viennent après.",
        "Open files, soonest breach first; those that wait for an answer come after.",
    ),
    "filters": Text("Choisir les dossiers", "Choose files"),
    "caption": Text("Dossiers ouverts, au {moment}", "Open files, at {moment}"),
    "of_which_followed": Text(
        "dont {n} suivis, non mesurés", "of which {n} are followed, not measured"
    ),
    "of_which_followed_one": Text(
        "dont {n} suivi, non mesuré", "of which {n} is followed, not measured"
    ),
    "n_measured": Text("{n} mesurés", "{n} measured"),
    "n_measured_one": Text("{n} mesuré", "{n} measured"),
    "and_followed": Text(
        ", et ceux, s’il y en a, qui sont suivis sans être mesurés",
        ", and any that are followed but not measured",
    ),
    "waits": Text("Attend une réponse", "Waits for an answer"),
    "waits_not": Text("N’attend pas de réponse", "Does not wait for an answer"),
    "yes": Text("oui", "yes"),
    "no": Text("non", "no"),
    "measure": Text("Mesure", "Measure"),
    "measured": Text("mesurés", "measured"),
    "until": Text("jusqu’au {moment}", "until {moment}"),
    "waits_for_client": Text(
        "attend le client depuis le {day}", "waits for the client since {day}"
    ),
    "waits_for_other": Text(
        "attend un tiers depuis le {day}", "waits for a third party since {day}"
    ),
    "empty": Text(
        "Aucun dossier ouvert ne répond à ce choix.", "No open file matches this choice."
    ),
    "news": Text(
        "{n} dossiers ont changé dans cette liste.", "{n} files have changed in this list."
    ),
    "news_one": Text(
        "{n} dossier a changé dans cette liste.", "{n} file has changed in this list."
    ),
}
