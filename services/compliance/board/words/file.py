"""What the page of a file says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.compliance.board.words.days import DAYS
from shared.text import Text

UNKNOWN_FILE: Final = Text(
    "Aucun dossier de ce numéro n’est connu, ou vous ne pouvez pas le voir.",
    "No file of this number is known, or you may not see it.",
)
BAD_MONTH: Final = Text("Écrire un mois 2026-11.", "Write a month as 2026-11.")

FILE: Final[Mapping[str, Text]] = {
    **DAYS,
    "back": Text("Dossiers à traiter", "Worklist"),
    "where": Text("Où mène cette page", "Where this page stands"),
    "counter": Text("Le compteur", "The counter"),
    "facts": Text("En détail", "In detail"),
    "counted_of": Text("{counted} sur {limit}", "{counted} of {limit}"),
    "of_limit": Text("sur {limit}", "of {limit}"),
    "remaining_of": Text("il en reste {n}", "{n} left"),
    "remaining_of_one": Text("il en reste {n}", "{n} left"),
    "late_by": Text("dépassé de {amount}", "{amount} over"),
    "due_on": Text("À décider au plus tard le {day}.", "To be decided by {day}."),
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
    "decided_on_time": Text("Décidé le {day}, dans le délai.", "Decided on {day}, on time."),
    "decided_late": Text("Décidé le {day}, en retard.", "Decided on {day}, late."),
    "withdrawn_on": Text("Retiré le {day}.", "Withdrawn on {day}."),
    "status": Text("État", "Standing"),
    "received_at": Text("Reçu", "Received"),
    "waited": Text("En attente du client", "Waiting for the client"),
    "stage_since": Text("depuis le {moment}", "since {moment}"),
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
    "passage": Text("Cycle {number}", "Cycle {number}"),
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
    "alerts": Text("Alertes", "Alerts"),
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
    "why_waiting": Text("le client doit des documents", "the client owes documents"),
    "why_decided": Text("décision rendue", "decided"),
    "why_withdrawn": Text("demande retirée", "withdrawn"),
    "why_voided": Text("un événement a été annulé", "an event was voided"),
    "why_corrected": Text("l’historique a été corrigé", "the history was corrected"),
    "cycle": Text("Cycle", "Cycle"),
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
    "counted_then": Text("Compté au {moment}", "Counted as of {moment}"),
}
