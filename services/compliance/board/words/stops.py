"""The rules about stops: their names, what each singles out, and what it found of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.compliance.projection import stop_rules
from shared.text import Text

_TENTH: Final = Text(
    "Il restait un dixième de la limite ou moins, ou un jour\u00a0: une demande était la seule façon d’être encore à temps.",
    "A tenth of the limit or less remained, or one day: a request was the only way left to be on time.",
)
_HOURS, _DAYS = stop_rules.OVERNIGHT_HOURS, stop_rules.UNANSWERED_DAYS
_WAITS, _REOPENED = stop_rules.SERIAL_WAITS, stop_rules.REOPENED_DAYS
_SHORTEST: Final = stop_rules.SHORTEST_TESTED_DAYS

STOP_WORDS: Final[Mapping[str, Text]] = {
    "rule_near_limit": Text("Arrêt commencé près de la limite", "Stop begun near the limit"),
    "hint_near_limit": _TENTH,
    "found_near_limit": Text(
        "demandé le {moment}\u00a0; il restait {amount}", "requested {moment}; {amount} remained"
    ),
    "rule_overnight": Text("Arrêt d’une nuit", "Overnight stop"),
    "hint_overnight": Text(
        f"Au plus {_HOURS} heures d’ouverture attendues pour chaque jour retiré du compte.",
        f"At most {_HOURS} opening hours waited for each day taken off the count.",
    ),
    "found_overnight": Text(
        "demandé le {moment}\u00a0; {amount} d’ouverture attendues",
        "requested {moment}; {amount} of opening time waited",
    ),
    "rule_unanswered": Text("Demande restée sans réponse", "Request never answered"),
    "hint_unanswered": Text(
        f"Aucune réponse en {_DAYS} jours civils avant la fin, ou une attente échue d’elle-même.",
        f"No answer in {_DAYS} civil days before the end, or a wait that ended by itself.",
    ),
    "found_unanswered": Text(
        "demandé le {moment}\u00a0; sans réponse pendant {amount}",
        "requested {moment}; no answer for {amount}",
    ),
    "rule_decided_waiting": Text("Décidé en attente", "Decided while waiting"),
    "hint_decided_waiting": Text(
        f"Décidé moins de {_DAYS} jours civils après une demande sans réponse\u00a0: fallait-il la faire\u00a0?",
        f"Decided less than {_DAYS} civil days after a request without an answer: was it needed?",
    ),
    "found_decided_waiting": Text(
        "demandé le {moment}\u00a0; décidé {amount} plus tard, sans réponse",
        "requested {moment}; decided {amount} later, without an answer",
    ),
    "rule_serial": Text("Demandes en série", "Serial requests"),
    "hint_serial": Text(
        f"{_WAITS} attentes ou plus, l’une après l’autre, dans un même cycle.",
        f"{_WAITS} waits or more, one after the other, in one cycle.",
    ),
    "found_serial": Text(
        "{amount} attentes\u00a0; la dernière depuis le {moment}",
        "{amount} waits; the last from {moment}",
    ),
    "rule_recorded_late": Text("Arrêt saisi après l’échéance", "Stop recorded after the deadline"),
    "hint_recorded_late": Text(
        "Daté d’avant l’échéance que le dossier avait alors, et saisi une fois qu’elle était passée.",
        "Dated before the deadline that the file then had, and recorded once it had passed.",
    ),
    "found_recorded_late": Text(
        "daté du {moment}\u00a0; saisi {amount} plus tard",
        "dated {moment}; recorded {amount} later",
    ),
    "rule_reopened": Text("Décidé, puis rouvert aussitôt", "Decided, then soon reopened"),
    "hint_reopened": Text(
        f"Décidé dans le délai, et rouvert en {_REOPENED} jours civils ou moins.",
        f"Decided on time, and reopened within {_REOPENED} civil days.",
    ),
    "found_reopened": Text(
        "rouvert le {moment}, {amount} plus tard", "reopened {moment}, {amount} later"
    ),
    "rule_last_day": Text("Décidé le dernier jour", "Decided on the last day"),
    "hint_last_day": Text(
        f"Le tout dernier jour d’une limite d’au moins {_SHORTEST} jours\u00a0; voir ce qui est attendu d’après les jours voisins.",
        f"The very last day of a limit of at least {_SHORTEST} days; see what the days around it lead to expect.",
    ),
    "found_last_day": Text("décidé le {moment}", "decided {moment}"),
}
