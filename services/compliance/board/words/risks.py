"""How likely a file becomes late, in words, and where a decision now changes most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.text import Text

RISK_WORDS: Final[Mapping[str, Text]] = {
    "risk": Text("Risque de retard", "Risk of being late"),
    "risk_high": Text("élevé", "high"),
    "risk_medium": Text("moyen", "medium"),
    "risk_low": Text("faible", "low"),
    "risk_record": Text(
        "{risk}\u00a0: {late} en retard sur {files} ainsi appelés ({share})",
        "{risk}: {late} late of {files} called so ({share})",
    ),
    "risk_untried": Text("{risk}\u00a0: aucun dossier ainsi appelé", "{risk}: no file called so"),
    "no_risk": Text(
        "Le risque des dossiers n’est pas montré\u00a0: ces 60 derniers jours, il n’a pas fait mieux que la part habituelle de retards.",
        "The risk of files is not shown: over the last 60 days it did no better than the usual share of late files.",
    ),
    "not_built": Text("la prévision se calcule encore", "the forecast is still being computed"),
    "too_few_months": Text(
        "trop peu de mois d’essais sur le passé", "too few months of trials on the past"
    ),
    "no_skill": Text(
        "essayée sur le passé, la prévision ne fait pas mieux que des règles simples",
        "tried on the past, the forecast does no better than simple rules",
    ),
    "no_recent_skill": Text(
        "ces 60 derniers jours, le risque n’a pas fait mieux que la part habituelle de retards",
        "over the last 60 days the risk did no better than the usual share of late files",
    ),
}
