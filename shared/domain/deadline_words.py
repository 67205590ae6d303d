"""What remains of a limit in words: days or opening time left, the last day, what is late; long waits.

Pure. The one wording for pages, spreadsheets, mails and the command. A limit that has run out and
is not exceeded yet has no day left, and is not late (:func:`shared.domain.remaining.late_from`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from shared.domain.limits import DayUnit, LimitUnit, days_in_words
from shared.domain.records import Party
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
_LATE_BY: Final = Text("{time} de retard", "{time} late")
_LEFT: Final = Text("{amount} avant l’échéance", "{amount} left")
_AWAITS: Final[Mapping[Party, Text]] = {
    "client": Text("attend une réponse depuis {amount}", "has waited for an answer for {amount}"),
    "other": Text(
        "attend la réponse d’un tiers depuis {amount}", "has waited for a third party for {amount}"
    ),
}
_WHOLE_MINUTES: Final = 3_600


def amount(value: float, unit: LimitUnit, spoken: Language) -> str:
    """So many days, or a length of time: ``1 jour ouvrable``, ``2 h 15 min``."""
    if unit == "seconds":
        return formats.duration(value, spoken)
    return days_in_words(int(value), unit, spoken)


def mean_amount(value: float, unit: LimitUnit, spoken: Language) -> str:
    """A mean of amounts: days to a tenth, or a length of time."""
    if unit == "seconds":
        return formats.duration(value, spoken)
    return days_in_words(round(value, 1), unit, spoken)


def remaining(value: float, unit: LimitUnit, late_from: date | None, spoken: Language) -> str:
    """What remains, negative once late; ``late_from`` is set where the limit ran out.

    Opening time is in whole minutes from an hour on.
    """
    if late_from is not None:
        return run_out_words(late_from, spoken)
    if unit == "seconds":
        time = formats.duration(_readable(abs(value)), spoken)
        return time if value >= 0 else _LATE_BY.within(spoken).format(time=time)
    days = int(value)
    if days == 0:
        return _LAST_DAY.within(spoken)
    if days < 0:
        return formats.quantity(-days, _LATE[unit], spoken)
    return days_in_words(days, unit, spoken)


def _readable(seconds: float) -> float:
    return seconds - seconds % 60 if seconds >= _WHOLE_MINUTES else seconds


def until_deadline(value: float, unit: LimitUnit, late_from: date | None, spoken: Language) -> str:
    """As :func:`remaining`, in a sentence: ``3 jours ouvrables avant l’échéance``."""
    words = remaining(value, unit, late_from, spoken)
    if late_from is not None or value < 0 or (value == 0 and unit != "seconds"):
        return words
    return _LEFT.within(spoken).format(amount=words)


def awaits_words(days: int, unit: DayUnit, party: Party, spoken: Language) -> str:
    """``attend une réponse depuis 30 jours ouvrables``."""
    return _AWAITS[party].within(spoken).format(amount=days_in_words(days, unit, spoken))


def run_out_words(late_from: date, spoken: Language) -> str:
    """``le délai est épuisé ; en retard à compter du lundi 30 novembre``."""
    return _RUN_OUT.within(spoken).format(day=formats.day_of_week(late_from, spoken))
