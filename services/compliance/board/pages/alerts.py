"""Alerts: active ones by unit, and the life of each, newest first, in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from services.compliance.alerts import (
    LONG_WAIT,
    STAGES,
    AlertCursor,
    AlertFilter,
    AlertStore,
    AlertWithDelivery,
    counts,
)
from services.compliance.alerts import store as alert_store
from services.compliance.board.addresses import Chosen, PageCursor, next_page, query_string
from services.compliance.board.live import Live, View
from services.compliance.board.shell import Board, filter_options, route_class
from services.compliance.board.translator import Translator
from shared.domain import AlertStage, Catalogue
from shared.http import Principal, Reader, events, read_cursor
from shared.text import Text

_PAGE = 50
_GRAVEST_FIRST = tuple(reversed(STAGES))
_SECONDS = 2.0
"""How often the alerts are read at most, while they are followed."""
_DELIVERY_SECONDS = 10.0
"""How often at least: that one was delivered moves no position."""
StateFilter = Literal["active", "resolved", ""]


class AlertSelection(NamedTuple):
    """Which alerts; empty for all."""

    state: StateFilter
    standard: str
    unit: str
    stage: AlertStage | Literal[""]

    def query(self, **changed: str) -> str:
        """As a query string, with some of it changed; all states have a name of their own."""
        values = {**self._asdict(), **changed}
        return query_string(**{**values, "state": values["state"] or "all"})


def _selection(
    state: Annotated[Literal["active", "resolved", "all", ""], Query()] = "active",
    standard: Chosen = "",
    unit: Chosen = "",
    stage: Annotated[AlertStage | Literal[""], Query()] = "",
) -> AlertSelection:
    return AlertSelection("" if state == "all" else state, standard, unit, stage)


AlertQuery = Annotated[AlertSelection, Depends(_selection)]


class UnitAlerts(NamedTuple):
    """How many alerts of a unit are active, by stage; long waits are no breaches, and apart."""

    unit: str
    stages: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.stages[stage] for stage in _GRAVEST_FIRST)


class AlertListing(NamedTuple):
    """What the page shows of a selection; ``following`` is where the next begins, empty at the end.

    ``reminds`` where a standard has long waits pointed out.
    """

    selection: AlertSelection
    units: Sequence[UnitAlerts]
    alerts: Sequence[AlertWithDelivery]
    following: str
    reminds: bool
    stages: Sequence[AlertStage] = _GRAVEST_FIRST


def router(board: Board, live: Live) -> APIRouter:
    """The page, and its stream."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/alerts")
    async def page(
        request: Request, reader: Reader, selection: AlertQuery, after: PageCursor = ""
    ) -> Response:
        return board.page(
            request,
            "alerts.html",
            WORDS,
            at=board.now(),
            content=await alert_listing(board, selection, after, reader),
            selection=selection,
            after=after,
            options=filter_options(board, reader),
        )

    @routes.get("/alerts/stream")
    async def stream(
        request: Request, reader: Reader, selection: AlertQuery, after: PageCursor = ""
    ) -> Response:
        followed = view(board, selection, after, reader, board.translator(request, WORDS))
        return events(request, live.follow(followed))

    return routes


def view(
    board: Board, selection: AlertSelection, after: str, reader: Principal, translator: Translator
) -> View:
    """A page of the alerts to be followed; raises :class:`ProblemError` where there is none."""
    board.parameters.units(reader, selection.standard or None, selection.unit or None)
    read_cursor(AlertCursor, after or None)
    key = "alerts", translator.spoken, reader.units, selection, after
    return View(
        key,
        partial(alert_listing, board, selection, after, reader),
        translator,
        "alerts_list.html",
        seconds=_SECONDS,
        at_least=_DELIVERY_SECONDS,
    )


async def alert_listing(
    board: Board, selection: AlertSelection, after: str, reader: Principal
) -> AlertListing:
    """The alerts of a selection, and how many are active in each unit that the reader may see."""
    store = AlertStore(board.store.database)
    units = board.parameters.units(reader, selection.standard or None, selection.unit or None)
    alert_filter = AlertFilter(
        active=None if not selection.state else selection.state == "active",
        standard=selection.standard or None,
        stage=selection.stage or None,
        units=None if units is None else frozenset(units),
    )
    rows = await store.page(alert_filter, read_cursor(AlertCursor, after or None), _PAGE + 1)
    following = next_page(rows, _PAGE, lambda row: alert_store.cursor(row.alert))
    return AlertListing(
        selection, await _by_unit(board, reader), rows[:_PAGE], following, _reminds(board.catalogue)
    )


def _reminds(catalogue: Catalogue) -> bool:
    standards = catalogue.standards.values()
    return any(terms.waiting is not None for one in standards for terms in one.terms)


async def _by_unit(board: Board, reader: Principal) -> Sequence[UnitAlerts]:
    """Most alerts first."""
    by_unit: dict[str, dict[str, int]] = {}
    stages = (*_GRAVEST_FIRST, LONG_WAIT)
    for unit, stage, number in await counts.by_unit(board.store.database, reader.units, stages):
        by_unit.setdefault(unit, dict.fromkeys(stages, 0))[stage] = number
    units = [UnitAlerts(unit, stages) for unit, stages in by_unit.items()]
    return sorted(units, key=lambda one: (-one.total, one.unit))


WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Alertes", "Alerts"),
    "lead": Text(
        "Une alerte naît quand un dossier mesuré franchit une étape, et dure tant qu’il y est ou l’a dépassée : un dossier peut en avoir plusieurs.",
        "An alert is raised when a measured file reaches a stage, and lasts while it is there or past it: a file may have several.",
    ),
    "filters": Text("Choisir les alertes", "Choose alerts"),
    "active_by_unit": Text("Actives par unité", "Active by unit"),
    "no_active": Text("Aucune alerte active.", "No active alert."),
    "total": Text("Total", "Total"),
    "active": Text("actives", "active"),
    "resolved": Text("terminées", "resolved"),
    "newest": Text("Alertes, la plus récente d’abord", "Alerts, newest first"),
    "life": Text("Vie de l’alerte", "Life of the alert"),
    "raised": Text("Levée", "Raised"),
    "raised_at": Text("Levée le {moment}", "Raised {moment}"),
    "by_catalogue": Text("par un nouveau catalogue", "by a new catalogue"),
    "is_published": Text("Publiée", "Published"),
    "not_published": Text("Publication en cours", "Being published"),
    "delivered_at": Text("Remise à Alertmanager le {moment}", "Taken by Alertmanager {moment}"),
    "not_delivered": Text("Pas encore remise à Alertmanager", "Not taken by an Alertmanager yet"),
    "never_delivered": Text(
        "Terminée avant qu’un Alertmanager la prenne", "Resolved before an Alertmanager took it"
    ),
    "in_summary": Text(
        "Comptée dans l’alerte de groupe du catalogue", "Counted in the catalogue’s group alert"
    ),
    "is_active": Text("active", "active"),
    "resolved_at": Text("Terminée le {moment} : {why}", "Resolved {moment}: {why}"),
    "why_decided": Text("dossier décidé", "file decided"),
    "why_withdrawn": Text("dossier retiré", "file withdrawn"),
    "why_corrected": Text(
        "l’histoire du dossier a été corrigée", "the file’s history was corrected"
    ),
    "why_voided": Text("l’événement a été annulé", "the event was voided"),
    "empty": Text("Aucune alerte ne répond à ce choix.", "No alert matches this choice."),
}
