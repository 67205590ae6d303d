"""Which changes of figures became known after the days that they are about.

Pure. A figure *as known on a day* is what the events recorded by the end of that day made it. It is
read from the present tallies, of days up to that day, less what became known later; so only changes
that became known after the day they are about are stored: a decision recorded the next morning, a
correction, a deadline that passed before anyone knew. What is open has no day, and each of its changes is stored.

Only what is asked for as known is stored (``KNOWN_BASES``), by unit: all units are their sum.

The same holds of the list of measured cycles: the row before such a change is stored or, where nothing
at all was known of the file, as of one imported, its identifier alone. Delays as known on a day are
read from these, and have no tally of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from services.compliance.projection.corrections import MeasuredCycle, cause_of_change, not_listed
from services.compliance.projection.snapshot_tallies import TIER_BASES, Basis, TallyKey
from shared.domain import ClockSnapshot

RECOUNT: Final = 0
"""In place of a day: a rebuild folds again what was known before."""
_NEVER: Final = date.max.toordinal()
"""After more days than there are."""
_LAST_OF_HOUR: Final = timedelta(minutes=59, seconds=59, microseconds=999_999)
KNOWN_BASES: Final[Mapping[Basis, int]] = {
    "received": 0,
    "decided": 0,
    "due": 1,
    "withdrawn": 0,
    **dict.fromkeys(TIER_BASES, 0),
    "open": 0,
}
"""The bases whose figures can be read as they were known, and after how many days they are complete:
files due on a day are counted from the next one on. What is open has no day (``NO_DAY``): each of its
changes came after it."""

_COUNTS: Final = 6
"""Where a measured cycle has what its limit counted; nothing while it is not ended."""

KnownCell = tuple[Basis, str, str, int, int, str]
"""Basis, standard, unit, ordinals of the day and of that on which it became known, outcome."""


def known_at(before: ClockSnapshot | None, after: ClockSnapshot, now: datetime) -> datetime:
    """When what a newer snapshot says became known: never before it holds."""
    caused = after.changed_by
    if before is None:
        at = now if caused is None else caused.recorded_at
    else:
        _, noted_at = cause_of_change(before, after, now)
        at = noted_at or (now if caused is None else caused.recorded_at)
    return max(at, after.crossed_at)


@lru_cache(maxsize=256)
def _of_hour(year: int, month: int, day: int, hour: int, zone: tzinfo) -> int | None:
    """The local ordinal of an hour in UTC; None where midnight lies within it."""
    begins = datetime(year, month, day, hour, tzinfo=UTC)
    first = begins.astimezone(zone).toordinal()
    last = (begins + _LAST_OF_HOUR).astimezone(zone).toordinal()
    return first if first == last else None


def local_ordinal(instant: datetime, zone: tzinfo) -> int:
    """The ordinal of an instant's local day; most of a step's instants lie in one hour."""
    if instant.tzinfo is UTC:
        known = _of_hour(instant.year, instant.month, instant.day, instant.hour, zone)
        if known is not None:
            return known
    return instant.astimezone(zone).toordinal()


def known_cells(changes: Mapping[int, Mapping[TallyKey, int]]) -> Mapping[KnownCell, int]:
    """The changes to store, of changed tallies by the day on which they became known.

    One is stored where it became known too late for its day.
    """
    after = KNOWN_BASES.get
    return {
        (basis, standard, unit, day, known_on, outcome): files
        for known_on, changed in changes.items()
        for (standard, basis, day, unit, outcome), files in changed.items()
        if day + after(basis, _NEVER) < known_on
    }


def superseded(
    old: MeasuredCycle | None, new: MeasuredCycle, known_on: int
) -> MeasuredCycle | None:
    """The row to store beside a change of a measured cycle; None where no day before it is concerned.

    A cycle that was not listed has the outcome ``NOT_MEASURED``. That an earlier program did not
    store what a cycle had counted is no change.
    """
    was_past = old is not None and concerns_past(old, known_on)
    if not (was_past or concerns_past(new, known_on)):
        return None
    if old is None:
        return not_listed(new)
    only_counts = old[:_COUNTS] == new[:_COUNTS]
    return None if only_counts and old[_COUNTS] is None else old


def concerns_past(cycle: MeasuredCycle, known_on: int) -> bool:
    """Whether a change of a measured cycle became known too late for a day of its row."""
    _, _, _, decided_on, due_on, *_ = cycle
    if decided_on is not None and decided_on < known_on:
        return True
    return due_on is not None and due_on + KNOWN_BASES["due"] < known_on
