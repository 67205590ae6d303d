"""The domain's words in both languages: events, statuses, stages, effects, anomalies, reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.domain import ledger_days
from shared.domain.cycles import Effect, Outstanding
from shared.domain.limits import LimitUnit
from shared.domain.records import AlertStage, AnomalyReason, Party, Status
from shared.text import Language, Text, formats

_MOST_NAMED = 5

LIMIT_UNITS: Final[Mapping[LimitUnit, Text]] = {
    "business_days": Text("jours ouvrables", "business days"),
    "civil_days": Text("jours civils", "civil days"),
    "seconds": Text("secondes d’ouverture", "seconds of opening time"),
}
STATUSES: Final[Mapping[Status, Text]] = {
    "open": Text("ouvert", "open"),
    "waiting": Text("en attente du client", "waiting for the client"),
    "decided": Text("décidé", "decided"),
    "withdrawn": Text("retiré", "withdrawn"),
}
PARTIES: Final[Mapping[Party, Text]] = {
    "client": STATUSES["waiting"],
    "other": Text("en attente d’un tiers", "waiting for a third party"),
}
STAGE_WORDS: Final[Mapping[AlertStage, Text]] = {
    "at_risk": Text("à risque", "at risk"),
    "critical": Text("critique", "critical"),
    "overdue": Text("dépassé", "overdue"),
    "waiting_long": Text("attente longue", "long wait"),
}
EVENTS: Final[Mapping[str, Text]] = {
    "received": Text("demande reçue", "request received"),
    "transferred": Text("dossier transmis à une autre unité", "file transferred to another unit"),
    "documents_requested": Text("documents demandés", "documents requested"),
    "documents_received": Text("documents reçus", "documents received"),
    "extended": Text("limite prolongée", "limit extended"),
    "reached": Text("jalon atteint", "milestone reached"),
    "decided": Text("décision rendue", "decided"),
    "withdrawn": Text("demande retirée", "withdrawn"),
    "reopened": Text("dossier rouvert", "reopened"),
    "voided": Text("événement annulé", "event voided"),
    "assigned": Text("dossier confié à une source", "file given to a source"),
    "allowance_raised": Text(
        "plus d’événements permis à une source", "more events allowed to a source"
    ),
}
EFFECTS: Final[Mapping[Effect, Text]] = {
    "opens": Text("ouvre le dossier : le délai commence", "opens the file: the delay begins"),
    "begins": Text("le délai commence", "the delay begins"),
    "passes": Text("sans effet sur le délai", "no effect on the delay"),
    "transfers": Text("confie le dossier à une autre unité", "gives the file to another unit"),
    "runs_on": Text("le délai continue de courir", "the delay runs on"),
    "restarts": Text("le délai recommence depuis le début", "the delay begins again"),
    "extends": Text("prolonge la limite", "extends the limit"),
    "stops": Text("arrête le délai", "stops the delay"),
    "still_waits": Text(
        "le délai reste arrêté : d’autres réponses sont attendues",
        "the delay stays stopped: other answers are awaited",
    ),
    "resumes": Text("le délai reprend", "the delay resumes"),
    "ends": Text("termine le cycle : le délai prend fin", "ends the cycle: the delay is over"),
    "reopens": Text(
        "ouvre un nouveau cycle : le délai recommence", "begins a new cycle: the delay starts again"
    ),
    "voids": Text("annule un événement", "voids an event"),
    "gives": Text("confie le dossier à cette source", "gives the file to this source"),
    "makes_room": Text("permet plus d’événements à cette source", "allows this source more events"),
}
ANOMALIES: Final[Mapping[AnomalyReason, Text]] = {
    "before_reception": Text(
        "daté d’avant la réception de la demande", "dated before the request was received"
    ),
    "after_end": Text("daté d’après la fin du cycle", "dated after the cycle had ended"),
    "already_received": Text(
        "la demande était déjà reçue", "the request had already been received"
    ),
    "already_requested": Text(
        "ces documents étaient déjà demandés", "these documents had already been requested"
    ),
    "nothing_outstanding": Text(
        "aucun document n’était attendu, ou pas ceux-là", "no document was awaited, or not these"
    ),
    "still_running": Text(
        "le cycle courait encore : rien à rouvrir",
        "the cycle was still running: there was nothing to reopen",
    ),
    "voids_nothing": Text(
        "annule un événement que cette source n’a pas envoyé pour ce dossier",
        "voids an event that this source never sent of this file",
    ),
    "voids_a_later_void": Text(
        "annule une annulation plus tardive", "voids a void that came later"
    ),
    "other_source": Text(
        "vient d’une source à qui ce dossier n’appartient pas",
        "comes from a source that this file does not belong to",
    ),
    "already_reached": Text(
        "ce jalon était déjà atteint", "this milestone had already been reached"
    ),
    "already_there": Text(
        "le dossier était déjà dans cette unité", "the file was in this unit already"
    ),
    "already_lapsed": Text(
        "l’attente de ces documents avait déjà pris fin d’elle-même",
        "the wait for these documents had already ended by itself",
    ),
    "too_many_requests": Text(
        "une demande de plus que ce qui arrête le délai\u00a0: il continue de courir",
        "one request more than those that stop the delay: it runs on",
    ),
    "extended_when_late": Text(
        "prolongé après la limite\u00a0: ne pardonne pas le retard",
        "extended after the limit: forgives no delay",
    ),
    "extended_too_often": Text(
        "prolongé plus souvent que permis", "extended more often than is allowed"
    ),
    "extends_nothing": Text(
        "n’allonge pas la limite de ce dossier", "does not make the limit of this file longer"
    ),
}


def requests(outstanding: Outstanding, spoken: Language) -> str:
    """The first requests with an identifier, and how many more there are."""
    named = [request for request in outstanding if request is not None]
    first, more = ", ".join(named[:_MOST_NAMED]), len(named) - _MOST_NAMED
    if more <= 0:
        return first
    return first + Text(f" et {more} de plus", f" and {more} more").within(spoken)


def why(reason: ledger_days.DayReason, spoken: Language) -> str:
    """Why a day counted or did not."""
    match reason:
        case ledger_days.ReceivedThatDay():
            return Text(
                "reçu ce jour-là : ne compte pas", "received that day: does not count"
            ).within(spoken)
        case ledger_days.UntilDayZero(day_zero=day_zero):
            day = formats.day(day_zero, spoken)
            return Text(
                f"reçu un jour chômé ou hors des heures : le jour 0 est le {day}",
                f"received on a day off or outside hours: day 0 is {day}",
            ).within(spoken)
        case ledger_days.BeforeRestart(restarted_on=restarted_on):
            day = formats.day(restarted_on, spoken)
            return Text(
                f"le délai a recommencé le {day}\u00a0: ne compte plus",
                f"the delay began again on {day}: counts no longer",
            ).within(spoken)
        case ledger_days.BusinessDay():
            return Text("jour ouvrable : compte", "business day: counts").within(spoken)
        case ledger_days.CivilDay():
            return Text("jour civil : compte", "civil day: counts").within(spoken)
        case ledger_days.Weekend():
            return Text("fin de semaine", "weekend").within(spoken)
        case ledger_days.PublicHoliday(name=name, law=law):
            said = f"{name[spoken]} ({law[spoken]})"
            return Text(f"jour férié : {said}", f"holiday: {said}").within(spoken)
        case ledger_days.Waiting(since=_, request_ids=outstanding, party=party):
            waiting, named = PARTIES[party].within(spoken), requests(outstanding, spoken)
            return f"{waiting} ({named})" if named else waiting
        case ledger_days.OpeningHours():
            return Text("heures d’ouverture", "opening hours").within(spoken)
        case ledger_days.OutsideOpeningHours():
            return Text("hors des heures d’ouverture", "outside opening hours").within(spoken)
