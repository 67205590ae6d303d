"""What remains of a limit in words: days left, the last day, a limit that has run out, days late.

Pure. The one wording for pages, spreadsheets, mails and the command. A limit that has run out and
is not exceeded yet has no day left, and is not late (:func:`shared.domain.remaining.late_from`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from shared.domain.limits import DayUnit, days_in_words
from shared.text import Language, Text, formats

_LATE: Final[Mapping[DayUnit, tuple[Text, Text]]] = {
    "business_days": (
        Text("{n} jour ouvrable de retard", "{n} business day late"),
        Text("{n} jours ouvrables de retard", "{n} business days late"),
    ),
    "civil_days": (
        Text("{n} jour civil de retard", "{n} civil day late"),
        Text("{n} jours civils de retard", "{n} civil days late"),
    ),
}
_LAST_DAY: Final = Text("dernier jour\u00a0: aujourd’hui", "last day: today")
_RUN_OUT: Final = Text(
    "le délai est épuisé\u00a0; en retard à compter du {day}",
    "the limit has run out; late from {day}",
)


def remaining(days: int, unit: DayUnit, late_from: date | None, spoken: Language) -> str:
    """Whole days that remain, negative once late; ``late_from`` is set where the limit ran out."""
    if late_from is not None:
        return run_out_words(late_from, spoken)
    if days == 0:
        return _LAST_DAY.within(spoken)
    if days < 0:
        return formats.quantity(-days, _LATE[unit], spoken)
    return days_in_words(days, unit, spoken)


def run_out_words(late_from: date, spoken: Language) -> str:
    """``le délai est épuisé ; en retard à compter du lundi 30 novembre``."""
    return _RUN_OUT.within(spoken).format(day=formats.day_of_week(late_from, spoken))
