"""What remains of a limit, in words: so many days, the last day, a limit that has run out, so many days late.

Pure. The one wording of a deadline, for pages, spreadsheets, mails and the command. A limit in business days may run out on a Friday
and be exceeded on the Monday only: on the days between, the file is not late, and no day remains.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

from shared.text import Language, Text, formats

DayUnit = Literal["business", "civil"]

_LEFT: Final[Mapping[DayUnit, tuple[Text, Text]]] = {
    "business": (
        Text("{n} jour ouvrable", "{n} business day"),
        Text("{n} jours ouvrables", "{n} business days"),
    ),
    "civil": (Text("{n} jour civil", "{n} civil day"), Text("{n} jours civils", "{n} civil days")),
}
_LATE: Final[Mapping[DayUnit, tuple[Text, Text]]] = {
    "business": (
        Text("{n} jour ouvrable de retard", "{n} business day late"),
        Text("{n} jours ouvrables de retard", "{n} business days late"),
    ),
    "civil": (
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
    """So many whole days, negative once late; ``late_from`` is what :func:`run_out` says."""
    if late_from is not None:
        return run_out_words(late_from, spoken)
    if days == 0:
        return _LAST_DAY.within(spoken)
    one, many = (_LATE if days < 0 else _LEFT)[unit]
    number = abs(days)
    phrase = one if formats.is_singular(number, spoken) else many
    return phrase.within(spoken).format(n=formats.number(number, spoken))


def run_out(due_on: date, late_from: date, today: date) -> date | None:
    """The day from which a file is late, where its last day on time is past and that day has not come; None otherwise."""
    return late_from if due_on < today < late_from else None


def run_out_words(late_from: date, spoken: Language) -> str:
    """``le délai est épuisé ; en retard à compter du lundi 30 novembre``."""
    return _RUN_OUT.within(spoken).format(day=formats.day_of_week(late_from, spoken))
