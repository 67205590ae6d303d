"""How a measured file ended, wherever its result is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.text import Text

OUTCOME_WORDS: Final[Mapping[str, Text]] = {
    "result": Text("Résultat", "Result"),
    "is_on_time": Text("dans le délai", "on time"),
    "is_on_time_extended": Text(
        "dans le délai, grâce à une prolongation", "on time, by an extension"
    ),
    "is_late": Text("en retard", "late"),
    "is_abandoned": Text("abandonné après la limite", "abandoned after the limit"),
    "is_overdue": Text("dépassé, encore ouvert", "overdue, still open"),
}
