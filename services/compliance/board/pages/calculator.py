"""The calculator: from the day a request is received to the day it is due; public.

The form is in the address: a result can be kept, sent and printed, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from services.compliance.board import calculation
from services.compliance.board.addresses import Chosen
from services.compliance.board.calculation import (
    MOST_WAITS,
    CalculatorForm,
    CalculatorInputError,
    CalculatorResult,
)
from services.compliance.board.shell import Board, route_class
from services.compliance.board.words import DAYS
from services.compliance.delays import read_delays
from services.compliance.delays.clients import UsualDelay, last_quarter, usual_delay
from services.compliance.projection import TallyScope
from shared.domain import Catalogue
from shared.text import Text, formats

_FEWEST_ROWS = 2

Written = Annotated[str, Query(max_length=10_000)]
Moments = Annotated[list[str] | None, Query(max_length=MOST_WAITS)]


def router(board: Board) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))

    @routes.get("/calculator")
    async def calculator(
        request: Request,
        standard: Written | None = None,
        received: Written | None = None,
        requested: Moments = None,
        answered: Moments = None,
        unit: Chosen = "",
    ) -> Response:
        translator = board.translator(request, WORDS)
        waits = _waits(requested or (), answered or ())
        chosen = standard or next(iter(board.catalogue.standards))
        attributes = calculation.attributes_of(board.catalogue, chosen)
        form = CalculatorForm(chosen, received or "", waits, unit, _written(request, attributes))
        if received is None:
            form = form._replace(received=_now(board, form))
        mistakes: Mapping[str, str] = {}
        results: Sequence[CalculatorResult] = ()
        if standard is not None:
            try:
                first_weekday = formats.week(translator.spoken)[0].number
                results = calculation.calculate(form, board.catalogue, first_weekday)
            except CalculatorInputError as error:
                mistakes = error.mistakes
        return board.page(
            request,
            "calculator.html",
            WORDS,
            status=422 if mistakes else 200,
            form=form,
            results=results,
            usual=await _usual(board, results),
            attributes=attributes,
            units=_units(board.catalogue),
            mistakes=mistakes,
            rows=_rows(waits),
            with_time=_with_time(board, form),
        )

    return routes


async def _usual(
    board: Board, results: Sequence[CalculatorResult]
) -> Mapping[str, UsualDelay | None]:
    """How long files of these standards took in the last quarter that is over, where enough did."""
    if not results:
        return {}
    today = board.today()
    quarter, names = last_quarter(today), [result.name for result in results]
    scope = TallyScope(names, None)
    found = await read_delays(board.store.database, board.catalogue, quarter, today, scope)
    return {name: usual_delay(found[name, None], quarter) for name in names}


def _written(request: Request, attributes: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """The attributes that terms depend on, as they are chosen; the first word where none is."""
    chosen = {name: request.query_params.get(f"attribute-{name}", "") for name in attributes}
    return {
        name: chosen[name] if chosen[name] in words else words[0]
        for name, words in attributes.items()
    }


def _units(catalogue: Catalogue) -> Sequence[str]:
    """The units to choose from: none where no unit has a calendar of its own."""
    units = catalogue.units
    return list(units) if any(unit.calendar for unit in units.values()) else []


def _waits(requested: Sequence[str], answered: Sequence[str]) -> Sequence[tuple[str, str]]:
    """The rows in which anything was written."""
    rows = zip_longest(requested, answered, fillvalue="")
    return [(began, ended) for began, ended in rows if began or ended]


def _rows(waits: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """The rows to show: those written, and room for another."""
    room = max(_FEWEST_ROWS - len(waits), 1) if len(waits) < MOST_WAITS else 0
    return [*waits, *[("", "")] * room]


def _now(board: Board, form: CalculatorForm) -> str:
    """The present as the form writes it: the day, or the minute where the time of day matters."""
    if _with_time(board, form):
        return board.now().astimezone(board.catalogue.zone).strftime("%Y-%m-%dT%H:%M")
    return board.today().isoformat()


def _with_time(board: Board, form: CalculatorForm) -> bool:
    return calculation.depends_on_time(board.catalogue, form.standard, board.today())


WORDS: Final[Mapping[str, Text]] = {
    **DAYS,
    "title": Text("Calculateur d’échéance", "Deadline calculator"),
    "lead": Text(
        "Quand une demande reçue ce jour-là est-elle due, et quels jours comptent d’ici là.",
        "When a request received that day is due, and which days count until then.",
    ),
    "form": Text("La demande", "The request"),
    "received_on": Text("Reçue le", "Received on"),
    "received_hint": Text(
        "Le jour de la réception ne compte pas.", "The day of reception does not count."
    ),
    "received_hint_time": Text(
        "À la minute près : l’heure de la réception compte pour cet engagement.",
        "To the minute: the time of the reception matters to this commitment.",
    ),
    "waits": Text("Attentes du client", "Waits for the client"),
    "waits_hint": Text(
        "Les jours où le client devait des documents ne comptent pas. Laisser vide s’il n’y en a pas ; une ligne de plus s’ajoute au besoin.",
        "Days on which the client owed documents do not count. Leave empty if there are none; another line appears when needed.",
    ),
    "wait": Text("Attente {number}", "Wait {number}"),
    "requested_on": Text("Documents demandés le", "Documents requested on"),
    "answered_on": Text("Documents reçus le", "Documents received on"),
    "calculate": Text("Calculer", "Calculate"),
    "result": Text("L’échéance", "The deadline"),
    "due_at": Text("À traiter avant le {moment}.", "To be treated before {moment}."),
    "late_from": Text("En retard à compter du {day}.", "Late from {day}."),
    "of_limit": Text(
        "{limit} à compter de la réception du {day}", "{limit} from the reception on {day}"
    ),
    "waited": Text("plus l’attente du client : {amount}", "and the wait for the client: {amount}"),
    "stages": Text("Quand chaque étape commencerait", "When each stage would begin"),
    "begins": Text("Commence", "Begins"),
    "days_title": Text("Les jours, jusqu’à l’échéance", "The days, up to the deadline"),
    "days_of": Text("{name} : les jours", "{name}: the days"),
    "shortened": Text(
        "Seuls les {n} derniers mois sont montrés.", "Only the last {n} months are shown."
    ),
    "usual_title": Text("Durée habituelle", "How long it usually takes"),
    "usual": Text(
        "Entre {first} et {last}, au moins six demandes sur dix comme celle-ci ont été traitées en {low} à {high}.",
        "Between {first} and {last}, at least six in ten requests like this one were treated in {low} to {high}.",
    ),
    "usual_one": Text(
        "Entre {first} et {last}, au moins six demandes sur dix comme celle-ci ont été traitées en {high}.",
        "Between {first} and {last}, at least six in ten requests like this one were treated in {high}.",
    ),
    "usual_hint": Text(
        "Le dernier trimestre civil terminé, toutes les unités ensemble, sans compter l’attente du client. Rien n’est dit où moins de 30 demandes ont été traitées.",
        "The last calendar quarter that is over, all units together, without the waits for the client. Nothing is said where fewer than 30 requests were treated.",
    ),
    "to_copy": Text("Phrase à copier", "Sentence to copy"),
    "said_to_client": Text(
        "Une demande reçue le {received} est à traiter au plus tard le {due}. {usual}",
        "A request received on {received} is to be treated by {due}. {usual}",
    ),
    "by_calendar": Text("Calendrier", "Calendar"),
    "nothing_yet_lead": Text(
        "Choisir un engagement et une date : le calendrier des jours qui comptent paraîtra ici.",
        "Choose a commitment and a date: the calendar of the days that count appears here.",
    ),
    "mistakes": Text("À corriger", "To be corrected"),
    "unknown_standard": Text(
        "Cet engagement n’est pas au catalogue : en choisir un dans la liste.",
        "This commitment is not in the catalogue: choose one of the list.",
    ),
    "unknown_unit": Text(
        "Cette unité n’est pas au catalogue : en choisir une dans la liste.",
        "This unit is not in the catalogue: choose one of the list.",
    ),
    "any_unit": Text("Une autre unité, ou aucune", "Another unit, or none"),
    "of_milestone": Text(
        "{limit} à compter du {day}, jour de ce jalon : {milestone}",
        "{limit} from {day}, the day of this milestone: {milestone}",
    ),
    "services": Text("Services", "Services"),
    "standards": Text("Engagements", "Standards"),
    "missing": Text("Indiquer la date de réception.", "Give the date of reception."),
    "unreadable": Text(
        "Cette date ne peut pas être lue : écrire 2026-11-23.",
        "This date cannot be read: write 2026-11-23.",
    ),
    "needs_time": Text(
        "Indiquer aussi l’heure : elle compte pour cet engagement.",
        "Give the time too: it matters to this commitment.",
    ),
    "outside": Text(
        "Cette date, ou l’échéance qui en découle, est hors des années que couvre le calendrier.",
        "This date, or the deadline that follows, is outside the years the calendar covers.",
    ),
    "both_dates": Text("Donner les deux dates de l’attente.", "Give both dates of the wait."),
    "backwards": Text(
        "Les documents ne peuvent arriver avant d’être demandés.",
        "Documents cannot come before they are requested.",
    ),
    "before_reception": Text(
        "L’attente ne peut commencer avant la réception.",
        "The wait cannot begin before the reception.",
    ),
}
