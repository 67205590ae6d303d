"""What the worklist says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.text import Text

WORKLIST: Final[Mapping[str, Text]] = {
    "title": Text("Dossiers à traiter", "Worklist"),
    "lead": Text(
        "Les dossiers ouverts, du plus près de son échéance au plus loin ; ceux qui attendent le client viennent après.",
        "Open files, soonest breach first; those that wait for the client come after.",
    ),
    "filters": Text("Choisir les dossiers", "Choose files"),
    "caption": Text("Dossiers ouverts, au {moment}", "Open files, at {moment}"),
    "n_files": Text("{n} dossiers", "{n} files"),
    "n_files_one": Text("{n} dossier", "{n} file"),
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
    "state": Text("État", "State"),
    "waits": Text("Attend le client", "Waits for the client"),
    "waits_not": Text("N’attend pas le client", "Does not wait for the client"),
    "yes": Text("oui", "yes"),
    "no": Text("non", "no"),
    "measure": Text("Mesure", "Measure"),
    "measured": Text("mesurés", "measured"),
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
}
