"""What the worklist says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.texts import Text

WORKLIST: Final[Mapping[str, Text]] = {
    "title": Text("Dossiers à traiter", "Worklist"),
    "lead": Text(
        "Les dossiers ouverts, du plus près de son échéance au plus loin ; ceux qui attendent le client viennent après.",
        "Open files, soonest breach first; those that wait for the client come after.",
    ),
    "filters": Text("Choisir les dossiers", "Choose files"),
    "caption": Text("Dossiers ouverts, au {moment}", "Open files, at {moment}"),
    "remaining": Text("Reste", "Remaining"),
    "state": Text("État", "State"),
    "waits": Text("Attend le client", "Waits for the client"),
    "waits_yes": Text("oui", "yes"),
    "waits_no": Text("non", "no"),
    "left_business": Text("{n} jours ouvrables", "{n} business days"),
    "left_business_one": Text("{n} jour ouvrable", "{n} business day"),
    "late_business": Text("{n} jours ouvrables de retard", "{n} business days late"),
    "late_business_one": Text("{n} jour ouvrable de retard", "{n} business day late"),
    "left_civil": Text("{n} jours civils", "{n} civil days"),
    "left_civil_one": Text("{n} jour civil", "{n} civil day"),
    "late_civil": Text("{n} jours civils de retard", "{n} civil days late"),
    "late_civil_one": Text("{n} jour civil de retard", "{n} civil day late"),
    "last_day": Text("dernier jour : aujourd’hui", "last day: today"),
    "late": Text("en retard", "late"),
    "until": Text("jusqu’au {moment}", "until {moment}"),
    "waiting_since": Text("attend depuis le {day}", "waiting since {day}"),
    "next_page": Text("Page suivante", "Next page"),
    "first_page": Text("Première page", "First page"),
    "pages": Text("Pages", "Pages"),
    "csv": Text("Télécharger en CSV", "Download as CSV"),
    "empty": Text(
        "Aucun dossier ouvert ne répond à ce choix.", "No open file matches this choice."
    ),
    "empty_hint": Text("Élargir le choix", "Widen the choice"),
    "news": Text(
        "{n} dossiers ont changé dans cette liste.", "{n} files have changed in this list."
    ),
    "news_one": Text(
        "{n} dossier a changé dans cette liste.", "{n} file has changed in this list."
    ),
    "live": Text("En direct", "Live"),
}
