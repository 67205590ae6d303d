"""What the page of alerts says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.text import Text

ALERTS: Final[Mapping[str, Text]] = {
    "title": Text("Alertes", "Alerts"),
    "lead": Text(
        "Une alerte naît quand un dossier mesuré franchit une étape, et dure tant qu’il y est ou l’a dépassée : un dossier peut en avoir plusieurs.",
        "An alert is raised when a measured file reaches a stage, and lasts while it is there or past it: a file may have several.",
    ),
    "filters": Text("Choisir les alertes", "Choose alerts"),
    "active_by_unit": Text("Actives par unité", "Active by unit"),
    "no_active": Text("Aucune alerte active.", "No active alert."),
    "total": Text("Total", "Total"),
    "state": Text("État", "State"),
    "active": Text("actives", "active"),
    "resolved": Text("terminées", "resolved"),
    "newest": Text("Alertes, la plus récente d’abord", "Alerts, newest first"),
    "stage_since": Text("depuis le {moment}", "since {moment}"),
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
    "no_alertmanager": Text("Aucun Alertmanager n’est réglé", "No Alertmanager is set up"),
    "in_summary": Text(
        "Comptée dans l’alerte de groupe du catalogue", "Counted in the catalogue’s group alert"
    ),
    "is_active": Text("active", "active"),
    "resolved_at": Text("Terminée le {moment} : {why}", "Resolved {moment}: {why}"),
    "why_decided": Text("dossier décidé", "file decided"),
    "why_withdrawn": Text("dossier retiré", "file withdrawn"),
    "why_waiting": Text("le client doit des documents", "the client owes documents"),
    "why_corrected": Text(
        "l’histoire du dossier a été corrigée", "the file’s history was corrected"
    ),
    "why_voided": Text("l’événement a été annulé", "the event was voided"),
    "next_page": Text("Page suivante", "Next page"),
    "first_page": Text("Première page", "First page"),
    "pages": Text("Pages", "Pages"),
    "empty": Text("Aucune alerte ne répond à ce choix.", "No alert matches this choice."),
    "empty_hint": Text("Élargir le choix", "Widen the choice"),
}
