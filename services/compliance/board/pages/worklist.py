"""The worklist: open files by what can still be done, by filters, in pages, as CSV, and live."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from math import inf
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from services.compliance.board.addresses import Chosen, next_page, query_string
from services.compliance.board.csv.spreadsheet import Sheet
from services.compliance.board.exports import sheet_download
from services.compliance.board.live import Live, View
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.translator import Translator
from services.compliance.board.words import RISK_WORDS
from services.compliance.board.worklist_rows import (
    WORKLIST_COLUMNS,
    WorklistColumn,
    WorklistRow,
    changed_rows,
    sheet_columns,
    worklist_row,
)
from services.compliance.forecast import NO_EFFECTS, RiskHistory, WhyNotRanked, why_not_ranked
from services.compliance.projection import WORKLIST_STAGES, WorklistStage, worklist
from services.compliance.projection.worklist import (
    MOST_RANKED,
    OrderCursor,
    WorklistFilter,
    WorklistSize,
)
from services.compliance.projection.worklist_order import WORKLIST_ORDERS, OrderPart, order_parts
from shared.domain import LIMIT_UNITS, Catalogue, ClockSnapshot, LimitUnit
from shared.http import Principal, ProblemError, Reader, events, read_cursor
from shared.text import Text

_PAGE_FILES = 50
_SHEET_FILES = 500
"""How many files of a spreadsheet are read at once."""
MOST_COUNTED = 200
"""Up to how many files are counted that tallies do not tell apart."""
_TIME_SECONDS = 60.0
"""How often at least the list is read while it is followed, where opening time remains."""
_BAD_SORT = Text("Cet ordre n’existe pas.", "There is no such order.")
_NOT_OFFERED = Text(
    "Cet ordre n’est pas offert\u00a0: aucun engagement de ce choix n’a une prévision qui le permet, ou vous ne voyez que certaines unités.",
    "This order is not offered: no standard of this choice has a forecast that allows it, or you see some units only.",
)
_BAD_STAGE = Text("Cette étape n’existe pas.", "There is no such stage.")

SORTS: Final[Mapping[str, str]] = {
    "stage": "stage",
    "due": "due",
    "standard": "standard",
    "unit": "unit",
}
"""The columns that sort, with the order of each: those that an index has."""

OrderedPageCursor = Annotated[str, Query(max_length=3_000)]
"""As other pages have, and longer: of ``MOST_RANKED`` standards, where each is read on."""
YesOrNo = Annotated[Literal["", "yes", "no"], Query()]
_EITHER = {"": None, "yes": True, "no": False}


class WorklistSelection(NamedTuple):
    """What an address chooses; empty for all. ``measured`` is ``no`` for followed files; ``stage``
    may be ``today``; ``sort`` is empty for what can still be done.
    """

    standard: str
    unit: str
    stage: str
    waiting: str = ""
    after: str = ""
    measured: str = ""
    sort: str = ""

    def query(self, **changed: str) -> str:
        """As it is written in an address."""
        return query_string(**{**self._asdict(), **changed})


def _selection(
    standard: Chosen = "",
    unit: Chosen = "",
    stage: Chosen = "",
    waiting: YesOrNo = "",
    measured: YesOrNo = "",
    after: OrderedPageCursor = "",
    sort: Annotated[str, Query(max_length=16)] = "",
) -> WorklistSelection:
    return WorklistSelection(standard, unit, stage, waiting, after, measured, sort)


WorklistQuery = Annotated[WorklistSelection, Depends(_selection)]


class WorklistTotal(NamedTuple):
    """Files of a stage; ``query`` selects them."""

    stage: str
    files: int
    query: str
    over: bool = False


class Ranking(NamedTuple):
    """What the order *where a decision now changes most* can say of the standards of a selection.

    ``standards`` are those whose files it ranks, ``why_not`` what keeps the others out, ``risks``
    the record of the words. A model is of all units: ``own_units`` is whether the reader sees some only.
    """

    standards: Sequence[str] = ()
    why_not: Mapping[WhyNotRanked, Sequence[str]] = {}
    risks: Mapping[str, RiskHistory] = {}
    own_units: bool = False


class WorklistListing(NamedTuple):
    """A page of the list, and the size of the whole; ``following`` begins the next page.

    ``totals`` has the measured files of the other filters by stage, with those due ``today`` first
    (one more than are counted for any number above), and those ``followed``.
    """

    rows: Sequence[WorklistRow]
    following: str
    size: WorklistSize
    selection: WorklistSelection
    totals: Sequence[WorklistTotal] = ()
    columns: Mapping[str, WorklistColumn] = WORKLIST_COLUMNS
    sorts: Mapping[str, str] = SORTS
    ranking: Ranking = Ranking()

    @property
    def has_filter(self) -> bool:
        return bool(self.selection._replace(after="", sort="").query())

    @property
    def units(self) -> Sequence[LimitUnit]:
        """The units of what remains in these rows: a column each."""
        present = {row.remaining.unit for row in self.rows if row.remaining}
        return [unit for unit in LIMIT_UNITS if unit in present]

    @property
    def sort(self) -> str:
        """The order that is shown: the usual one, where the one asked for is not offered."""
        asked = self.selection.sort or "urgency"
        return "urgency" if asked == "effect" and not self.ranking.standards else asked

    @property
    def orders(self) -> Sequence[str]:
        """Those that are offered."""
        return [one for one in WORKLIST_ORDERS if one != "effect" or self.ranking.standards]


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
        files_filter, ranking = (
            _filter(board, selection, reader),
            _ranking(board, selection, reader),
        )
        if selection.sort == "effect" and not ranking.standards:
            raise ProblemError(422, "order_not_offered", _NOT_OFFERED)
        order = _order(board, selection.sort, ranking.standards)
        read = partial(worklist.page_in_order, board.store.database, files_filter, order)
        first = await read(None, _SHEET_FILES)
        translator = board.translator(request, WORDS)
        lines = _sheet_lines(board, translator, read, first, ranking)
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
    _order(board, selection.sort, ())
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
    ranking = _ranking(board, selection, reader)
    # What was ranked when the first page was read goes on being so: no file is listed twice, or missed.
    goes_on = after is not None and after.ranked and not ranking.own_units
    ranked = list(after.ranked_until) if after and goes_on else ranking.standards
    database, order = board.store.database, _order(board, selection.sort, ranked)
    counts = await worklist.open_counts(database, files_filter)
    some_files = await worklist.page_in_order(
        database, files_filter, order, after, files + 1, counts
    )
    effects = board.effects if ranking.risks else NO_EFFECTS
    rows = [
        worklist_row(snapshot, board.catalogue, now, effects) for _, snapshot in some_files[:files]
    ]
    following = next_page(some_files, files, lambda row: row[0])
    size = await worklist.count(database, files_filter, files, counts)
    totals = await _totals(board, selection, files_filter, counts)
    return WorklistListing(rows, following, size, selection, totals, ranking=ranking)


async def _totals(
    board: Board,
    selection: WorklistSelection,
    files_filter: WorklistFilter,
    counts: worklist.OpenCounts,
) -> Sequence[WorklistTotal]:
    """Of the same filters without the stage; none where tallies do not tell the files apart."""
    if selection.waiting or selection.measured == "no":
        return []
    database = board.store.database
    every = files_filter._replace(stage=None, measured=True, until=None)
    today = every._replace(until=board.next_business_day())
    due_today = await worklist.count_until(database, today, MOST_COUNTED, counts)
    files = worklist.stage_counts(counts)

    def total(stage: str, number: int) -> WorklistTotal:
        query = selection.query(stage=stage, measured="yes", after="")
        return WorklistTotal(stage, min(number, MOST_COUNTED), query, number > MOST_COUNTED)

    totals = [total("today", due_today)]
    totals += [
        total(stage, files.get(stage, 0))._replace(files=files.get(stage, 0), over=False)
        for stage in _STAGES[1:]
    ]
    followed = files.get("followed", 0)
    if not selection.measured and followed:
        query = selection.query(stage="", measured="no", after="")
        totals.append(WorklistTotal("followed", followed, query))
    return [one for one in totals if one.files or one.stage in ("today", "critical", "overdue")]


async def _sheet_lines(
    board: Board,
    translator: Translator,
    read: Callable[[OrderCursor, int], Awaitable[Sequence[tuple[OrderCursor, ClockSnapshot]]]],
    first: Sequence[tuple[OrderCursor, ClockSnapshot]],
    ranking: Ranking,
) -> AsyncIterator[str]:
    """All lines, a header first; the ``first`` page is read already, so that errors come early."""
    sheet = Sheet(translator.spoken, board.catalogue.zone)
    columns = sheet_columns(board.catalogue, has_risks=bool(ranking.risks))
    effects = board.effects if ranking.risks else NO_EFFECTS
    yield sheet.heading(column.heading for column in columns)
    files = first
    while files:
        rows = [
            worklist_row(snapshot, board.catalogue, board.now(), effects) for _, snapshot in files
        ]
        yield sheet.lines(
            [column.cell(row, translator.spoken) for column in columns] for row in rows
        )
        files = await read(files[-1][0], _SHEET_FILES)


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
    standard = selection.standard or None
    if selection.stage == "today":
        return WorklistFilter(standard, units, None, waiting, measured, board.next_business_day())
    return WorklistFilter(standard, units, _stage(selection.stage), waiting, measured)


def _ranking(board: Board, selection: WorklistSelection, reader: Principal) -> Ranking:
    """Of the standards of a selection; of none for who sees some units only, as the forecast."""
    if reader.units is not None:
        return Ranking(own_units=True)
    effects = board.effects
    chosen = [selection.standard] if selection.standard else sorted(board.catalogue.standards)
    ranked = [name for name in effects.ranked(MOST_RANKED) if name in chosen]
    why_not: dict[WhyNotRanked, list[str]] = {}
    for name in chosen:
        reason = why_not_ranked(effects.models.get(name))
        if reason is not None:
            why_not.setdefault(reason, []).append(name)
    return Ranking(ranked, why_not, effects.histories(chosen))


def _order(board: Board, written: str, ranked: Sequence[str]) -> Sequence[OrderPart]:
    """The parts of the order that an address names; ``ranked`` are the standards ranked by effect.

    The usual order in place of one that ranks none.
    """
    catalogue, spoken = board.catalogue, board.default_language
    for known in WORKLIST_ORDERS:
        if (written or "urgency") == known:
            return order_parts(
                "urgency" if known == "effect" and not ranked else known,
                board.next_business_day(),
                sorted(
                    catalogue.standards,
                    key=lambda one: catalogue.standards[one].name.text().within(spoken),
                ),
                sorted(
                    catalogue.units, key=lambda one: catalogue.units[one].name.text().within(spoken)
                ),
                board.effects.part(ranked, board.today(), catalogue.zone),
            )
    raise ProblemError(422, "bad_sort", _BAD_SORT)


def _stage(written: str) -> WorklistStage | None:
    if not written:
        return None
    for known in WORKLIST_STAGES:
        if written == known:
            return known
    raise ProblemError(422, "bad_stage", _BAD_STAGE)


def _cursor(written: str) -> OrderCursor | None:
    return read_cursor(OrderCursor, written or None)


_STAGES = ("today", "critical", "overdue", "at_risk", "on_track", "waiting_long", "waiting")


WORDS: Final[Mapping[str, Text]] = {
    **RISK_WORDS,
    "title": Text("Dossiers à traiter", "Worklist"),
    "totals": Text("Combien, par étape", "How many, by stage"),
    "today": Text("à décider aujourd’hui", "to decide today"),
    "sort": Text("Ordre", "Order"),
    "sort_urgency": Text("À faire d’abord", "To do first"),
    "sort_due": Text("Échéance, la plus proche d’abord", "Due, soonest first"),
    "sort_latest": Text("Échéance, la plus lointaine d’abord", "Due, latest first"),
    "sort_stage": Text("Étape, la plus grave d’abord", "Stage, gravest first"),
    "sort_standard": Text("Engagement", "Standard"),
    "sort_unit": Text("Unité", "Unit"),
    "sort_effect": Text("Où décider change le plus", "Where deciding changes most"),
    "order_effect": Text(
        "D’abord les dossiers dans le délai dont la décision ajouterait le plus, en moyenne, à l’atteinte de leur engagement\u00a0; puis les autres dans l’ordre habituel.",
        "First the files in time whose decision would add most, on average, to the attainment of their standard; then the others in the usual order.",
    ),
    "ranking": Text("Où décider change le plus", "Where deciding changes most"),
    "ranked": Text(
        "Classés par la prévision\u00a0: {standards}.", "Ranked by the forecast: {standards}."
    ),
    "not_ranked": Text(
        "Pas classés ({why})\u00a0: {standards}.", "Not ranked ({why}): {standards}."
    ),
    "none_ranked": Text(
        "L’ordre «\u00a0où décider change le plus\u00a0» n’est pas offert\u00a0:",
        "The order “where deciding changes most” is not offered:",
    ),
    "own_units_only": Text(
        "la prévision compte toutes les unités, et vous n’en voyez que certaines.",
        "the forecast counts every unit, and you see some of them only.",
    ),
    "risk_known": Text("Ce que valent ces mots", "What these words are worth"),
    "order_urgency": Text(
        "D’abord à décider aujourd’hui (avant le prochain jour de travail), puis critiques, puis dépassés, puis les autres.",
        "To decide today first (before the next working day), then critical, then overdue, then the rest.",
    ),
    "order_due": Text(
        "Du plus près de son échéance au plus loin ; ceux qui attendent une réponse viennent après.",
        "Soonest breach first; those that wait for an answer come after.",
    ),
    "order_latest": Text(
        "Du plus loin de son échéance au plus près ; ceux qui attendent une réponse viennent après.",
        "Latest breach first; those that wait for an answer come after.",
    ),
    "order_stage": Text(
        "Par étape, la plus grave d’abord ; puis du plus près de son échéance au plus loin.",
        "By stage, gravest first; then soonest breach first.",
    ),
    "order_standard": Text(
        "Par engagement ; puis du plus près de son échéance au plus loin.",
        "By standard; then soonest breach first.",
    ),
    "order_unit": Text(
        "Par unité ; puis du plus près de son échéance au plus loin.",
        "By unit; then soonest breach first.",
    ),
    "sort_by": Text("Trier : {order}", "Sort: {order}"),
    "left_business_days": Text("Reste (jours ouvrables)", "Left (business days)"),
    "left_civil_days": Text("Reste (jours civils)", "Left (civil days)"),
    "left_seconds": Text("Reste (temps d’ouverture)", "Left (opening time)"),
    "more_filters": Text("Choisir et trier", "Choose and sort"),
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
