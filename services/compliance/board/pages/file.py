"""A file's page: the days, the events and the alerts behind its number.

Its history is the clock's; while that cannot be read, the page shows the snapshot of compliance.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.compliance.alerts import AlertStore, AlertWithDelivery
from services.compliance.board.addresses import Chosen
from services.compliance.board.file_timeline import (
    FileTimeline,
    TimelineCycle,
    TimelineEvent,
    TimelinePage,
    file_timeline,
)
from services.compliance.board.shell import Board, route_class
from services.compliance.board.words import DAYS, RISK_WORDS
from services.compliance.forecast import Risk, RiskRecord
from shared.domain import (
    FILE_ID,
    ClockSnapshot,
    CycleState,
    FileCalculator,
    FileReading,
    History,
    Standard,
    Terms,
    remaining,
)
from shared.errors import UnavailableError
from shared.http import Principal, ProblemError, Reader
from shared.text import Text, formats

EVENTS_A_PAGE = 100
OPEN_MONTHS = 3
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_WORDS_OF_EVENTS: Final = ("kind", "outcome", "reason", "extension", "milestone")
_log = logging.getLogger("echeance")

OfCycle = Annotated[int, Query(ge=0, le=100_000)]
EventsPage = Annotated[int, Query(alias="events", ge=1, le=1_000)]
Until = Annotated[str, Query(alias="month", max_length=7)]


class Slice(NamedTuple):
    """A page of events: which of how many, the first being 1."""

    events: Sequence[TimelineEvent]
    page: int
    first: int
    last: int
    total: int


def router(board: Board) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))
    alerts = AlertStore(board.store.database)
    calculator = FileCalculator(board.catalogue)

    @routes.get("/files")
    async def find(reader: Reader, file: str = "") -> Response:
        """The page of the file whose number was typed; what is no number is as a file unknown.

        Of a number typed in small letters that no file has, the one in capitals.
        """
        if FILE_ID.fullmatch(number := file.strip()) is None:
            raise ProblemError(404, "unknown_file", UNKNOWN_FILE)
        if number != number.upper():
            try:
                await _sources(board, calculator, number, reader)
            except ProblemError:
                number = number.upper()
        return RedirectResponse(f"/files/{quote(number)}", status_code=303)

    @routes.get("/files/{file_id}")
    async def page(
        request: Request,
        reader: Reader,
        file_id: str,
        standard: Chosen = "",
        cycle: OfCycle = 0,
        month: Until = "",
        events: EventsPage = 1,
    ) -> Response:
        timeline_page = TimelinePage(cycle, _month(month), standard)
        reading, history, snapshot = await _sources(board, calculator, file_id, reader)
        raised = await alerts.of_file(file_id)
        if reading is None:
            return _without_history(board, request, snapshot, raised)
        translator = board.translator(request, WORDS)
        first_weekday = formats.week(translator.spoken)[0].number
        timeline = file_timeline(
            file_id, history, reading, calculator, first_weekday, timeline_page
        )
        return board.page(
            request,
            "file.html",
            WORDS,
            file=timeline,
            alerts=raised,
            slice=_slice(timeline, events),
            open_months=OPEN_MONTHS,
            event_words=event_words,
            at=board.now(),
            risks=_risks(board, timeline, reader),
            address=_Addresses(file_id, standard, cycle, month, events),
        )

    return routes


async def _sources(
    board: Board, calculator: FileCalculator, file_id: str, reader: Principal
) -> tuple[FileReading | None, History, ClockSnapshot | None]:
    """The clock's history, read, or, while it cannot be had, compliance's newest snapshot.

    Raises :class:`ProblemError` for a file that is unknown or not the reader's.
    """
    reading = snapshot = unit = None
    history: History | None = None
    if FILE_ID.fullmatch(file_id) is not None:
        history = await _history(board, file_id)
        if history is None:
            snapshot = (await board.store.snapshots([file_id])).get(file_id)
            unit = snapshot.unit if snapshot else None
        elif history:
            reading = calculator.read(history, board.now())
            unit = reading.unit
    if not (reading or snapshot) or not reader.may_see(unit):
        raise ProblemError(404, "unknown_file", UNKNOWN_FILE)
    return reading, history or (), snapshot


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
    board: Board,
    request: Request,
    snapshot: ClockSnapshot | None,
    raised: Sequence[AlertWithDelivery],
) -> Response:
    assert snapshot is not None  # where there is neither, there is no such file
    return board.page(
        request,
        "file_away.html",
        WORDS,
        file_id=snapshot.file_id,
        snapshot=snapshot,
        standings=list(_standings(board, snapshot)),
        alerts=raised,
        unset=board.histories is None,
    )


class FileRisk(NamedTuple):
    """How likely a file is to become late, and what became of the files called so."""

    risk: Risk
    record: RiskRecord


def _risks(board: Board, timeline: FileTimeline, reader: Principal) -> Mapping[str, FileRisk]:
    """By standard, where it may be said: a model is of all units, and for those who see them all."""
    if reader.units is not None:
        return {}
    risks = {}
    for one in timeline.standards:
        state = one.current.state if one.current else None
        risk = state and board.effects.risk(one.name, state, board.today())
        if risk:
            record = board.effects.models[one.name].risks.records[risk]
            risks[one.name] = FileRisk(risk, record)
    return risks


class Standing(NamedTuple):
    """The last cycle of a standard, by the snapshot alone."""

    standard: Standard
    terms: Terms
    state: CycleState
    late_from: date | None


def _standings(board: Board, snapshot: ClockSnapshot) -> Iterator[Standing]:
    last = {state.standard or snapshot.standard or "": state for state in snapshot.cycles}
    for name, state in last.items():
        standard = board.catalogue.standards.get(name)
        if standard is not None:
            calendar = board.catalogue.calendar_of_cycle(standard, state)
            late_from = remaining.late_from(state, calendar, calendar.local_day(board.now()))
            yield Standing(standard, standard.terms_of(state), state, late_from)


def _slice(timeline: FileTimeline, page: int) -> Slice:
    total = len(timeline.events)
    page = min(page, max(-(-total // EVENTS_A_PAGE), 1))
    begins = (page - 1) * EVENTS_A_PAGE
    events = timeline.events[begins : begins + EVENTS_A_PAGE]
    return Slice(events, page, begins + 1, begins + len(events), total)


class _Addresses(NamedTuple):
    """Addresses of this page that show other months, or other events."""

    file_id: str
    standard: str
    cycle: int
    month: str
    events: int

    def of_months(self, standard: str, cycle: TimelineCycle, until: date) -> str:
        """``standard`` is empty where the file has only one."""
        number = cycle.state.number
        address = self._replace(standard=standard, cycle=number, month=f"{until:%Y-%m}")
        return f"{address._written()}#{anchor(standard, number)}"

    def shows(self, standard: str, cycle: TimelineCycle) -> bool:
        """Whether months of a cycle are asked for."""
        return self.cycle == cycle.state.number and self.standard in ("", standard)

    def anchor(self, standard: str, cycle: TimelineCycle) -> str:
        return anchor(standard, cycle.state.number)

    def of_events(self, page: int) -> str:
        return f"{self._replace(events=page)._written()}#events"

    def _written(self) -> str:
        values = {
            "standard": self.standard,
            "cycle": self.cycle or "",
            "month": self.month,
            "events": "" if self.events == 1 else self.events,
        }
        query = urlencode({name: value for name, value in values.items() if value})
        return f"/files/{self.file_id}" + (f"?{query}" if query else "")


def event_words(data: object) -> Sequence[str]:
    """The words of the catalogue in an event's data, but its standard, unit and attributes."""
    words = (getattr(data, name, None) for name in _WORDS_OF_EVENTS)
    return [word for word in words if word is not None]


def anchor(standard: str, number: int) -> str:
    """Where a cycle is on the page."""
    return f"{standard}-cycle-{number}" if standard else f"cycle-{number}"


def _month(written: str) -> date | None:
    if not written:
        return None
    if _MONTH.fullmatch(written) is None or written < "0001":
        raise ProblemError(422, "bad_month", BAD_MONTH)
    return date.fromisoformat(f"{written}-01")


UNKNOWN_FILE: Final = Text(
    "Aucun dossier de ce numéro n’est connu, ou vous ne pouvez pas le voir.",
    "No file of this number is known, or you may not see it.",
)
BAD_MONTH: Final = Text("Écrire un mois 2026-11.", "Write a month as 2026-11.")

WORDS: Final[Mapping[str, Text]] = {
    **DAYS,
    **RISK_WORDS,
    "back": Text("Dossiers à traiter", "Worklist"),
    "counter": Text("Le compteur", "The counter"),
    "facts": Text("En détail", "In detail"),
    "counted_of": Text("{counted} sur {limit}", "{counted} of {limit}"),
    "of_limit": Text("sur {limit}", "of {limit}"),
    "remaining_of": Text("il en reste {n}", "{n} left"),
    "remaining_of_one": Text("il en reste {n}", "{n} left"),
    "late_by": Text("dépassé de {amount}", "{amount} over"),
    "due_at": Text("À traiter au plus tard le {moment}.", "To be treated by {moment}."),
    "was_due_on": Text("L’échéance était le {day}.", "It was due on {day}."),
    "was_due_at": Text("L’échéance était le {moment}.", "It was due on {moment}."),
    "waits_since": Text(
        "Le client doit des documents depuis le {moment} : le compte est arrêté.",
        "The client owes documents since {moment}: the count has stopped.",
    ),
    "earliest": Text(
        "S’ils arrivaient aujourd’hui, l’échéance serait le {day}.",
        "If they came today, it would be due on {day}.",
    ),
    "waits_since_other": Text(
        "Un tiers doit une réponse depuis le {moment} : le compte est arrêté.",
        "A third party owes an answer since {moment}: the count has stopped.",
    ),
    "earliest_other": Text(
        "Si elle arrivait aujourd’hui, l’échéance serait le {day}.",
        "If it came today, it would be due on {day}.",
    ),
    "will_restart": Text(
        "Le délai recommencera depuis le début à la réponse.",
        "The delay begins again at the answer.",
    ),
    "not_begun": Text(
        "Le délai commence quand ce jalon est atteint : {milestone}.",
        "The delay begins when this milestone is reached: {milestone}.",
    ),
    "done_on_time": Text("Fait le {day}, dans le délai.", "Done on {day}, on time."),
    "done_late": Text("Fait le {day}, en retard.", "Done on {day}, late."),
    "withdrawn_because": Text(
        "Retiré le {day} : {reason}. Hors de la mesure.",
        "Withdrawn on {day}: {reason}. Not measured.",
    ),
    "reason": Text("Motif", "Reason"),
    "other_targets": Text("Autres cibles", "Other targets"),
    "tier_met": Text("{limit} : tenu", "{limit}: kept"),
    "tier_missed": Text("{limit} : dépassé", "{limit}: exceeded"),
    "calendar": Text("Calendrier", "Calendar"),
    "awaited_since": Text("Réponse attendue depuis le {moment}", "Answer awaited since {moment}"),
    "answer_by": Text("à donner au plus tard le {day}", "to be given by {day}"),
    "lapses_at": Text(
        "sans elle, l’attente prend fin le {moment}", "without it, the wait ends on {moment}"
    ),
    "request_runs": Text("le délai court pendant ce temps", "the delay runs meanwhile"),
    "lapsed_on": Text(
        "L’attente a pris fin d’elle-même le {moment}, sans réponse.",
        "The wait ended by itself on {moment}, without an answer.",
    ),
    "restarted_on": Text(
        "Le délai a recommencé depuis le début le {moment}.", "The delay began again on {moment}."
    ),
    "extended_on": Text(
        "Limite prolongée le {moment} : {extension}", "Limit extended on {moment}: {extension}"
    ),
    "unextended": Text(
        "Sans prolongation, l’échéance serait le {moment}.",
        "Without an extension, it would be due on {moment}.",
    ),
    "unextended_was": Text(
        "Sans prolongation, l’échéance aurait été le {moment}.",
        "Without an extension, it would have been due on {moment}.",
    ),
    "on_time_unextended": Text("Dans le délai même sans elle.", "On time even without it."),
    "late_unextended": Text("En retard sans elle.", "Late without it."),
    "held_by": Text("Les unités", "The units"),
    "held_caption": Text(
        "Qui a eu le dossier, et combien de temps", "Who had the file, and for how long"
    ),
    "held_from": Text("Depuis le", "From"),
    "held_until": Text("Jusqu’au", "Until"),
    "held_for": Text("Durée", "For"),
    "held_now": Text("maintenant", "now"),
    "decided_on_time": Text("Décidé le {day}, dans le délai.", "Decided on {day}, on time."),
    "decided_late": Text("Décidé le {day}, en retard.", "Decided on {day}, late."),
    "withdrawn_on": Text("Retiré le {day}.", "Withdrawn on {day}."),
    "status": Text("État", "Standing"),
    "waited": Text("Temps d’attente", "Time waited"),
    "begun": Text("Le délai commence", "The delay begins"),
    "limit_extended": Text("et {total} avec la prolongation", "and {total} with the extension"),
    "with_extension": Text("prolongation comprise", "extension included"),
    "limit": Text("Délai promis", "Promised delay"),
    "late_from": Text("En retard à compter du", "Late from"),
    "outcome": Text("Résultat", "Outcome"),
    "attributes": Text("Attributs", "Attributes"),
    "measured": Text("Mesure", "Measure"),
    "is_measured": Text("compté dans l’atteinte de l’engagement", "counted in the attainment"),
    "not_measured": Text(
        "suivi, hors de la mesure de l’engagement", "followed, outside the measure"
    ),
    "review_until": Text("Révision possible", "Review possible"),
    "until_day": Text("jusqu’au {day}", "until {day}"),
    "promise": Text("L’engagement", "The commitment"),
    "cycle_number": Text("Cycle {number}", "Cycle {number}"),
    "days_of_cycle": Text("Les jours du cycle {number}", "The days of cycle {number}"),
    "days_title": Text("Jour par jour", "Day by day"),
    "reopened_note": Text(
        "Le dossier a été rouvert : un nouveau cycle commence, dans le même délai, et se mesure à part (note 1 de la déclaration).",
        "The file was reopened: a new cycle begins, within the same limit, and is measured on its own (footnote 1 of the declaration).",
    ),
    "earlier_months": Text("Mois précédents", "Earlier months"),
    "later_months": Text("Mois suivants", "Later months"),
    "months_of": Text("Mois du cycle {number}", "Months of cycle {number}"),
    "before_months": Text("{n} mois plus tôt dans ce cycle", "{n} months earlier in this cycle"),
    "before_months_one": Text("{n} mois plus tôt dans ce cycle", "{n} month earlier in this cycle"),
    "events": Text("Événements", "Events"),
    "events_caption": Text(
        "Du plus récent au plus ancien ; chacun est gardé, même sans effet",
        "Newest first; each is kept, also those without effect",
    ),
    "happened": Text("Arrivé le", "Happened"),
    "event": Text("Événement", "Event"),
    "source": Text("Source", "Source"),
    "recorded": Text("Enregistré le", "Recorded"),
    "effect": Text("Effet", "Effect"),
    "late_word": Text("{n} jours plus tard", "{n} days later"),
    "late_word_one": Text("{n} jour plus tard", "{n} day later"),
    "is_voided": Text("annulé", "voided"),
    "is_voided_by": Text("annulé le {moment} par {event}", "voided on {moment} by {event}"),
    "without_effect": Text("sans effet : {reason}", "without effect: {reason}"),
    "is_ahead": Text("daté d’après maintenant : pas encore", "dated ahead of now: not yet"),
    "voids": Text("annule {event}", "voids {event}"),
    "request_named": Text("demande {request}", "request {request}"),
    "newer_events": Text("Événements plus récents", "Newer events"),
    "older_events": Text("Événements plus anciens", "Older events"),
    "events_pages": Text("Pages des événements", "Pages of events"),
    "events_shown": Text("{first} à {last} de {n}", "{first} to {last} of {n}"),
    "alerts_caption": Text(
        "Les alertes du dossier, et leur vie", "The alerts of the file, and their life"
    ),
    "no_alerts": Text("Aucune alerte n’a été levée.", "No alert was raised."),
    "raised": Text("Levée le", "Raised"),
    "delivered": Text("Remise le", "Delivered"),
    "not_delivered": Text("pas encore remise", "not delivered yet"),
    "resolved": Text("Résolue", "Resolved"),
    "still_active": Text("active", "active"),
    "by_catalogue": Text(
        "levée par un changement du catalogue", "raised by a change of the catalogue"
    ),
    "why_decided": Text("décision rendue", "decided"),
    "why_withdrawn": Text("demande retirée", "withdrawn"),
    "why_voided": Text("un événement a été annulé", "an event was voided"),
    "why_corrected": Text("l’historique a été corrigé", "the history was corrected"),
    "unreceived": Text(
        "La réception de ce dossier n’est pas connue : rien ne se compte encore. Ses événements sont ci-dessous.",
        "The reception of this file is not known: nothing counts yet. Its events are below.",
    ),
    "history_away": Text("L’historique n’a pas pu être lu", "The history could not be read"),
    "history_away_lead": Text(
        "L’horloge ne répond pas pour le moment. Voici ce que la conformité sait du dossier ; le calendrier et les événements reviendront avec elle.",
        "The clock does not answer for the moment. This is what compliance knows of the file; the calendar and the events come back with it.",
    ),
    "history_unset_lead": Text(
        "Cette installation ne dit pas à la conformité où est l’horloge : l’exploitant peut la lui indiquer. Voici ce qu’elle sait du dossier.",
        "This installation does not tell compliance where the clock is: the operator can set it. This is what it knows of the file.",
    ),
    "try_again": Text("Réessayer", "Try again"),
}
