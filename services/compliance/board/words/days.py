"""What the calendars of the board say, wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.text import Text

DAYS: Final[Mapping[str, Text]] = {
    "legend": Text("Légende", "Legend"),
    "mark_counted": Text("compte ; le total jusque-là", "counts; the total so far"),
    "mark_received": Text("demande reçue : ne compte pas", "request received: does not count"),
    "mark_day_zero": Text(
        "reçu un jour chômé ou hors des heures", "received on a day off or outside hours"
    ),
    "mark_restart": Text(
        "avant que le délai ne recommence : ne compte plus",
        "before the delay began again: counts no longer",
    ),
    "mark_weekend": Text("fin de semaine", "weekend"),
    "mark_holiday": Text("jour férié", "public holiday"),
    "mark_waiting": Text("en attente d’une réponse", "waiting for an answer"),
    "mark_closed": Text("hors des heures d’ouverture", "outside opening hours"),
    "mark_business": Text("jour ouvrable", "business day"),
    "mark_today": Text("aujourd’hui", "today"),
    "mark_due": Text("échéance", "due date"),
    "mark_late": Text("compte, au-delà du délai", "counts, beyond the limit"),
    "mark_ahead": Text("à venir, si rien ne change", "to come, if nothing changes"),
    "cell_counted": Text("compte, total {total}", "counts, total {total}"),
    "cell_ahead": Text("comptera, total {total}", "will count, total {total}"),
    "cell_late": Text(
        "compte, total {total}, au-delà du délai", "counts, total {total}, beyond the limit"
    ),
    "cell_received": Text("demande reçue", "request received"),
    "cell_day_zero": Text(
        "reçu un jour chômé ou hors des heures", "received on a day off or outside hours"
    ),
    "cell_restart": Text("ne compte plus", "counts no longer"),
    "cell_weekend": Text("fin de semaine", "weekend"),
    "cell_holiday": Text("jour férié", "public holiday"),
    "cell_waiting": Text("en attente", "waiting"),
    "cell_closed": Text("fermé", "closed"),
    "cell_business": Text("ouvrable", "business day"),
    "wait_span": Text("Du {first} au {last}", "{first} to {last}"),
    "wait_since": Text(
        "en attente du client, depuis le {moment}", "waiting for the client, since {moment}"
    ),
    "wait_since_other": Text(
        "en attente d’un tiers, depuis le {moment}", "waiting for a third party, since {moment}"
    ),
    "wait_requests": Text("demandes {requests}", "requests {requests}"),
    "wait_requests_one": Text("demande {requests}", "request {requests}"),
    "begins_that_day": Text(
        "le délai commence ce jour-là\u00a0: ne compte pas", "begins that day: does not count"
    ),
    "cell_begins": Text("le délai commence", "the delay begins"),
    "mark_begins": Text(
        "le délai commence\u00a0: ne compte pas", "the delay begins: does not count"
    ),
    "same_days": Text("Les mêmes jours, en tableau", "The same days, as a table"),
    "same_days_caption": Text(
        "Chaque jour civil, ce qu’il a ajouté au compte, et pourquoi",
        "Every civil day, what it added to the count, and why",
    ),
    "day": Text("Jour", "Day"),
    "why": Text("Pourquoi", "Why"),
    "counted": Text("Compté", "Counted"),
    "total": Text("Total", "Total"),
    "that_day": Text("Ce jour-là", "That day"),
    "of_catalogue": Text(
        "catalogue {catalogue}, révision {revision}", "catalogue {catalogue}, revision {revision}"
    ),
    "more_events": Text("et {n} autres", "and {n} more"),
    "more_events_one": Text("et {n} autre", "and {n} more"),
}
