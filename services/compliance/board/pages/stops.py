"""What stopped clocks take off, the attainment that rests on it, and the files that are to verify."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse

from services.compliance.api import FileToVerify, OfRule, file_to_verify, stop_scope
from services.compliance.board import attainment_figures
from services.compliance.board.addresses import Chosen, PageCursor, next_page, query_string
from services.compliance.board.csv import spreadsheet, stops
from services.compliance.board.exports import sheet_download
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.translator import Translator
from services.compliance.board.words import OUTCOME_WORDS, PERIOD_CHOICE, STOP_WORDS
from services.compliance.periods import Period
from services.compliance.projection import STOP_RULES, stop_rules
from services.compliance.stops import (
    OutstandingRule,
    StopFindingCursor,
    StopFindingFilter,
    StopMeasure,
    files_to_verify,
    stop_measures,
)
from shared.domain import LimitUnit
from shared.http import Principal, Reader, read_cursor
from shared.text import Text

_PAGE: Final = 50
_MOST_OUTSTANDING: Final = 20
_MOST_PLACES: Final = 2_000
"""Up to so many standards × units single units are looked at; beyond, under the standard chosen."""


class StopSelection(NamedTuple):
    """Which stops: of a standard and a unit (empty for all), in a period."""

    standard: str = ""
    unit: str = ""
    period: str = "fiscal-year"

    def query(self, **changed: str) -> str:
        """As it is written in an address, with some of it changed, and more besides."""
        return query_string(**{**self._asdict(), **changed})


def _selection(
    standard: Chosen = "",
    unit: Chosen = "",
    period: Annotated[str, Query(max_length=20)] = "fiscal-year",
) -> StopSelection:
    return StopSelection(standard, unit, period)


StopQuery = Annotated[StopSelection, Depends(_selection)]


class StopFigures(NamedTuple):
    """What the page shows: the row of the whole where a standard is chosen, and the others.

    Rows are standards; of one standard its units, none where a unit is chosen. ``outstanding`` is
    what stands out in single units, least by chance first.
    """

    period: Period
    whole: StopMeasure | None
    rows: Sequence[StopMeasure]
    outstanding: Sequence[OutstandingRule]

    @property
    def each(self) -> Sequence[StopMeasure]:
        """Every row, the whole first."""
        return self.rows if self.whole is None else (self.whole, *self.rows)

    @property
    def has_files(self) -> bool:
        """Whether any measured file ended."""
        return any(row.decided.measured for row in self.each)


class VerifyListing(NamedTuple):
    """A page of files that a rule singles out; ``following`` is where the next begins."""

    period: Period
    unit: LimitUnit
    rows: Sequence[FileToVerify]
    following: str


def router(board: Board) -> APIRouter:
    """The page, the lists behind its figures, and both for spreadsheets."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/stops")
    async def page(request: Request, reader: Reader, selection: StopQuery) -> Response:
        return board.page(
            request,
            "stops.html",
            WORDS,
            selection=selection,
            content=await _figures(board, selection, reader),
            rules=STOP_RULES,
            unit_of=board.limit_unit,
            shortest_tested=stop_rules.SHORTEST_TESTED_DAYS,
            options=filter_options(board, reader),
            periods=attainment_figures.period_options(
                board.today(), board.catalogue.fiscal_year_start
            ),
        )

    @routes.get("/stops.csv")
    async def for_spreadsheets(request: Request, reader: Reader, selection: StopQuery) -> Response:
        content = await _figures(board, selection, reader)
        translator = board.translator(request, WORDS)
        name = _name(board, translator, "title", selection, content.period)
        return PlainTextResponse(
            stops.stop_sheet(content.period, content.each, board, translator),
            headers=spreadsheet.download_headers(name, "csv", translator.spoken),
            media_type=spreadsheet.MEDIA_TYPE,
        )

    _add_files(routes, board)
    return routes


def _add_files(routes: APIRouter, board: Board) -> None:
    @routes.get("/stops/files")
    async def files(
        request: Request, reader: Reader, selection: StopQuery, rule: OfRule, after: PageCursor = ""
    ) -> Response:
        return board.page(
            request,
            "stop_files.html",
            WORDS,
            selection=selection,
            content=await _files(board, selection, rule, after, reader, _PAGE),
            rule=rule,
            rules=STOP_RULES,
            finding=stops.finding_words,
            after=after,
        )

    @routes.get("/stops/files.csv")
    async def files_for_spreadsheets(
        request: Request, reader: Reader, selection: StopQuery, rule: OfRule
    ) -> Response:
        translator = board.translator(request, WORDS)
        first = await _files(board, selection, rule, "", reader, stops.ROWS_AT_ONCE)

        async def pages() -> AsyncIterator[Sequence[FileToVerify]]:
            listing = first
            yield listing.rows
            while listing.following:
                listing = await _files(
                    board, selection, rule, listing.following, reader, stops.ROWS_AT_ONCE
                )
                yield listing.rows

        name = _name(board, translator, f"rule_{rule}", selection, first.period)
        lines = stops.finding_lines(board, translator, rule, first.unit, pages())
        return sheet_download(translator, lines, name)


async def _figures(board: Board, selection: StopSelection, reader: Principal) -> StopFigures:
    parameters = board.parameters
    standard, unit = selection.standard or None, selection.unit or None
    scope = stop_scope(parameters, reader, standard, unit, by_unit=True)
    if len(scope.standards) * len(scope.each_unit) > _MOST_PLACES:
        scope = scope._replace(each_unit=())
    period = parameters.period(selection.period)
    rows = await stop_measures(
        board.store.database, board.catalogue, period, parameters.today(), scope
    )
    outstanding = sorted(
        [one for row in rows if row.unit is not None for one in row.outstanding],
        key=lambda one: one.chance,
    )[:_MOST_OUTSTANDING]
    chosen = [row for row in rows if row.unit == unit]
    if standard is None:
        measured = [row for row in chosen if row.decided.measured]
        return StopFigures(period, None, sorted(measured, key=_most_first), outstanding)
    others = [row for row in rows if row.unit is not None] if unit is None else []
    whole = chosen[0] if chosen else None
    return StopFigures(period, whole, sorted(others, key=_most_first), outstanding)


def _most_first(row: StopMeasure) -> tuple[float, str, str]:
    """The attainment that rests on stops, in points: the most first."""
    measured = row.decided.measured
    points = row.by_stops / measured if measured else 0.0
    return -points, row.standard, row.unit or ""


async def _files(
    board: Board, selection: StopSelection, rule: OfRule, after: str, reader: Principal, length: int
) -> VerifyListing:
    units = board.parameters.units(reader, selection.standard, selection.unit or None)
    period = board.parameters.period(selection.period)
    chosen = StopFindingFilter(selection.standard, units, rule, period.first, period.last)
    cursor = read_cursor(StopFindingCursor, after or None)
    rows = await files_to_verify(board.store.database, chosen, cursor, length + 1)
    return VerifyListing(
        period,
        board.limit_unit(selection.standard),
        [file_to_verify(row) for row in rows[:length]],
        next_page(rows, length, StopFindingCursor.after),
    )


def _name(
    board: Board, translator: Translator, title: str, selection: StopSelection, period: Period
) -> Sequence[str]:
    """The parts of a download's name: what was chosen, and the day."""
    day = board.today().isoformat()
    return [translator(title).lower(), selection.standard, selection.unit, period.name, day]


WORDS: Final[Mapping[str, Text]] = {
    **OUTCOME_WORDS,
    **PERIOD_CHOICE,
    **STOP_WORDS,
    "title": Text("Arrêts du délai", "Stopped clocks"),
    "lead": Text(
        "Ce que les demandes aux clients et aux tiers retirent du compte, l’atteinte qui repose là-dessus, et ce qui est à vérifier.",
        "What requests to clients and others take off the count, the attainment that rests on it, and what is to verify.",
    ),
    "only_to_verify": Text(
        "Une règle désigne des dossiers à regarder\u00a0: elle ne dit pas qu’on a mal fait. Comparez toujours au taux de base.",
        "A rule points out files to look at: it does not say that anyone did wrong. Always compare with the base rate.",
    ),
    "filters": Text("Choisir les chiffres", "Choose figures"),
    "measured_files": Text("Dossiers mesurés", "Files measured"),
    "stopped": Text("Arrêtés", "Stopped"),
    "stopped_files": Text("Dossiers arrêtés", "Files stopped"),
    "of_files": Text("{n} sur {of}", "{n} of {of}"),
    "mean": Text("Retiré, moyenne", "Removed, mean"),
    "percentile_80": Text("Retiré, 80e centile", "Removed, 80th percentile"),
    "removed_facts": Text(
        "Retiré du compte\u00a0: {mean} en moyenne\u00a0; {most} ou moins dans 80\u00a0% des cas.",
        "Taken off the count: {mean} on average; {most} or less in 80% of cases.",
    ),
    "rests": Text("Atteinte qui repose sur les arrêts", "Attainment that rests on stops"),
    "rests_of": Text(
        "{n} dans le délai seulement grâce aux arrêts, sur {on_time}.",
        "{n} on time only because of stops, of {on_time}.",
    ),
    "without_stops": Text("Sans les arrêts", "Without stops"),
    "by_stops": Text("Grâce aux arrêts", "By stops"),
    "outstanding": Text("Ce qui ressort", "What stands out"),
    "outstanding_caption": Text(
        "Les unités où plus de dossiers sont à vérifier que le hasard n’en donne une fois sur cent, au taux de base.",
        "The units in which more files are to verify than chance gives once in a hundred, at the base rate.",
    ),
    "nothing_outstanding": Text(
        "Rien ne ressort : le hasard explique ce qui est à vérifier dans chaque unité.",
        "Nothing stands out: chance explains what is to verify in every unit.",
    ),
    "last_day_title": Text("Autour du dernier jour", "Around the last day"),
    "last_day_facts": Text(
        "{n} décidés le dernier jour permis\u00a0; {expected} attendus d’après les {around} des deux jours d’avant et d’après.",
        "{n} decided on the last day allowed; {expected} expected from the {around} of the two days before and after.",
    ),
    "not_tested": Text(
        "Non vérifié\u00a0: la limite est de moins de {days} jours, ou en heures d’ouverture.",
        "Not tested: the limit is shorter than {days} days, or in opening time.",
    ),
    "stands_out": Text("à vérifier", "to verify"),
    "stands_out_why": Text(
        "Le hasard en donnerait autant moins d’une fois sur cent.",
        "Chance would give as many less than once in a hundred.",
    ),
    "to_verify": Text("À vérifier", "To verify"),
    "to_verify_caption": Text(
        "Dossiers que chaque règle désigne, sur {measured} mesurés. Le taux de base est celui de toutes les unités que vous voyez.",
        "Files that each rule points out, of {measured} measured. The base rate is that of all units that you may see.",
    ),
    "rule": Text("Règle", "Rule"),
    "files_count": Text("Dossiers", "Files"),
    "share": Text("Part", "Share"),
    "base_rate": Text("Taux de base", "Base rate"),
    "by_standard": Text(
        "Par engagement, du plus au moins reposant sur les arrêts",
        "By standard, most resting on stops first",
    ),
    "by_unit": Text("Par unité", "By unit"),
    "units_caption": Text(
        "Du plus au moins reposant sur les arrêts.", "Most resting on stops first."
    ),
    "rules_by_unit": Text("À vérifier, par unité", "To verify, by unit"),
    "rules_by_unit_caption": Text(
        "▲\u00a0: plus que le hasard n’explique au taux de base.",
        "▲: more than chance explains at the base rate.",
    ),
    "kinds": Text("Par genre de demande", "By kind of request"),
    "kinds_caption": Text(
        "Un dossier de deux genres compte dans chacun, avec tout ce qui lui a été retiré.",
        "A file of two kinds counts in each, with all that was taken off it.",
    ),
    "kind": Text("Genre", "Kind"),
    "no_kind": Text("sans genre", "no kind"),
    "nothing": Text(
        "Aucun dossier mesuré n’a fini dans cette période pour ce choix.",
        "No measured file ended in this period for this choice.",
    ),
    "nothing_hint": Text(
        "Choisir une autre période, un autre engagement, ou toutes les unités.",
        "Choose another period, another standard, or all units.",
    ),
    "choose_hint": Text(
        "Choisir un engagement montre ses unités, ses genres de demande et ses listes à vérifier.",
        "Choose a standard to see its units, its kinds of request and its lists to verify.",
    ),
    "back": Text("Retour aux chiffres", "Back to the figures"),
    "no_files": Text("Aucun dossier n’est à vérifier ici.", "No file is to verify here."),
    "files_caption": Text("Dossiers, le dernier fini d’abord", "Files, the last ended first"),
    "ended_on": Text("Fini", "Ended"),
    "removed": Text("Retiré", "Removed"),
    "csv_figures": Text("Télécharger les chiffres en CSV", "Download the figures as CSV"),
    "why_listed": Text("Ce qui est à vérifier", "What is to verify"),
}
