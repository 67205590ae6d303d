"""What every page says, in both languages; each page adds its own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.domain import STAGE_WORDS
from shared.text import Text

NO_SUCH_PAGE: Final = Text("Il n’y a rien à cette adresse.", "There is nothing at this address.")

COMMON: Final[Mapping[str, Text]] = {
    "skip": Text("Aller au contenu", "Skip to content"),
    "navigation": Text("Navigation principale", "Main navigation"),
    "attainment": Text("Atteinte", "Attainment"),
    "alerts": Text("Alertes", "Alerts"),
    "other_language": Text("English", "Français"),
    "sign_in": Text("Se connecter", "Sign in"),
    "sign_out": Text("Se déconnecter", "Sign out"),
    "as_of": Text("En date du {moment}", "As of {moment}"),
    "own_units": Text("Unités : {units}", "Units: {units}"),
    "footer": Text(
        "Aucun renseignement personnel. Chaque chiffre s’ouvre sur les jours qui l’ont fait.",
        "No personal information. Every figure opens into the days that made it.",
    ),
    "dashboard": Text(
        "Dans le temps\u00a0: tableau de bord Grafana", "Over time: Grafana dashboard"
    ),
    "on_track": Text("dans les temps", "on track"),
    **{str(stage): words for stage, words in STAGE_WORDS.items()},
    "waiting": Text("en attente", "waiting"),
    "what_is_measured": Text("Ce qui est mesuré", "What is measured"),
    "followed": Text("suivi, non mesuré", "followed, not measured"),
    "go_home": Text("Retour aux engagements", "Back to the standards"),
    "none": Text("—", "—"),
    "semicolon": Text("\u00a0; ", "; "),
    "colon": Text("\u00a0: ", ": "),
    "all": Text("Tous", "All"),
    "all_units": Text("Toutes", "All"),
    "standard": Text("Engagement", "Standard"),
    "unit": Text("Unité", "Unit"),
    "stage": Text("Étape", "Stage"),
    "file": Text("Dossier", "File"),
    "due": Text("Échéance", "Due"),
    "received": Text("Reçu", "Received"),
    "every_standard": Text("Tous les engagements", "All standards"),
    "every_unit": Text("toutes les unités", "all units"),
    "no_alertmanager": Text("Aucun Alertmanager n’est réglé", "No Alertmanager is set up"),
    "state": Text("État", "State"),
    "stage_since": Text("depuis le {moment}", "since {moment}"),
    "why_waiting": Text("une réponse est attendue", "an answer is awaited"),
    "why_extended": Text("la limite a été prolongée", "the limit was extended"),
    "why_answered": Text("la réponse est arrivée", "the answer came"),
    "next_page": Text("Page suivante", "Next page"),
    "first_page": Text("Première page", "First page"),
    "pages": Text("Pages", "Pages"),
    "empty_hint": Text("Élargir le choix", "Widen the choice"),
    "period": Text("Période", "Period"),
    "decided": Text("Dossiers décidés", "Files decided"),
    "of_measured": Text("{on_time} sur {measured}", "{on_time} of {measured}"),
    "target": Text("Cible : {target}", "Target: {target}"),
    "target_short": Text("Cible", "Target"),
    "below": Text("sous la cible", "below target"),
    "reached": Text("cible atteinte", "target reached"),
    "in_pictures": Text("En images", "In pictures"),
    "running": Text("en cours", "running"),
    "trend": Text("Douze mois", "Twelve months"),
    "on_time_measured": Text("Dans le délai / mesurés", "On time / measured"),
    "formulas": Text("Autres formules usuelles pour les appels", "Other usual formulas for calls"),
    "cycle": Text("Cycle", "Cycle"),
    "exports": Text("Exporter", "Export"),
    "to_do_by": Text("À faire au plus tard le {day}.", "To be done by {day}."),
    "due_on": Text("À décider au plus tard le {day}.", "To be decided by {day}."),
    "of_standard": Text(" : {name}", ": {name}"),
    "where": Text("Où mène cette page", "Where this page stands"),
    "nothing": Text("rien de mesuré", "nothing measured"),
    "n_files": Text("{n} dossiers", "{n} files"),
    "n_files_one": Text("{n} dossier", "{n} file"),
    "in_brief": Text("En bref", "In brief"),
    "csv_files": Text("Télécharger en CSV", "Download as CSV"),
    "month_name": Text("Mois", "Month"),
    "fiscal_year_name": Text("Exercice {year}", "Fiscal year {year}"),
    "show": Text("Afficher", "Show"),
}

SIGN_IN: Final[Mapping[str, Text]] = {
    "title": Text("Connexion", "Sign in"),
    "lead": Text(
        "Collez le jeton que l’exploitant vous a remis. Il devient un témoin que seul ce site peut lire, et qui ne permet que la consultation.",
        "Paste the token that the operator gave you. It becomes a cookie that only this site can read, and that permits reading only.",
    ),
    "token": Text("Jeton", "Token"),
    "token_hint": Text("Il commence par ech_", "It begins with ech_"),
    "refused": Text("Ce jeton n’a pas été accepté.", "This token was not accepted."),
    "link_refused": Text(
        "Le jeton de ce lien n’est plus valide, ou ne permet pas la consultation. Demandez-en un autre à l’exploitant, et collez-le ici.",
        "The token of this link is no longer valid, or does not permit reading. Ask the operator for another one, and paste it here.",
    ),
    "link_from_elsewhere": Text(
        "Ce lien ne connecte personne de lui-même\u00a0: un autre site a pu vous y amener. Si vous l’attendiez, appuyez sur «\u00a0Se connecter\u00a0».",
        "This link signs nobody in by itself: another site may have led you here. If you expected it, press “Sign in”.",
    ),
}
