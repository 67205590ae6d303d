"""The tallies of delays: cycles that ended, by how much their limit had counted.

Pure. A cycle is tallied on the day it ended by two counts: what its limit counted (*net*), and what it
would have counted had nothing stopped the delay (*gross*), as its snapshot says. Where both are the
same it has one tally (``both``), otherwise one of each, so a distribution is the sum of ``both`` and one
of the others. Kept by month for each unit and for all units together, and by fiscal year (from 1 April)
for all: what is read most often, at a tenth of the cost of a fold. Other periods are read from these
and, at their ends, from the measured cycles themselves.

Only cycles of snapshots that say both counts are tallied. Over several standards nothing is added up:
their limits have different units.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from math import ceil
from typing import Literal

from services.compliance.projection.rollups import EVERY_UNIT, Grain, rollup_begins
from services.compliance.projection.snapshot_tallies import ended_key
from shared.domain import ClockSnapshot

DelayKind = Literal["both", "net", "gross"]

DelayKey = tuple[str, int, str, str, DelayKind, int]
"""Standard, ordinal of the day it ended, unit, outcome, kind, amount."""

DelayCell = tuple[Grain, str, str, int, str, DelayKind, int]
"""Grain, standard, unit, ordinal of the first day covered, outcome, kind, amount."""

_WHOLE_SECONDS, _WHOLE_MINUTES = 15_000, 600_000
"""Up to which amounts are in seconds, and then in minutes; hours beyond."""
_MINUTE, _HOUR = 60, 3_600


def whole_amount(counted: float) -> int:
    """A count as it is tallied: whole days, or seconds rounded up, as a limit in seconds is whole.

    A limit of n seconds is kept if and only if the rounded count is n at most. So that a tally has a
    bounded number of rows, more than 15,000 s are rounded up to the minute, more than 600,000 s to the
    hour. Days are always exact: calendars cover 41 years, fewer than 15,000 days.
    """
    amount = ceil(counted)
    if amount <= _WHOLE_SECONDS:
        return amount
    if amount > _WHOLE_MINUTES:
        return ceil(amount / _HOUR) * _HOUR
    return ceil(amount / _MINUTE) * _MINUTE


def delay_keys(snapshot: ClockSnapshot) -> list[DelayKey]:
    """The tallies of a file, one or two for each cycle that ended."""
    keys: list[DelayKey] = []
    for state in snapshot.cycles:
        if state.gross is None:
            continue
        standard, unit = state.standard or snapshot.standard, state.unit or snapshot.unit
        if standard is None or unit is None:
            continue
        _, _, day, _, outcome = ended_key(state, standard, unit)
        net = gross = whole_amount(state.counted)
        if state.gross != state.counted:
            gross = whole_amount(state.gross)
        if net == gross:
            keys.append((standard, day, unit, outcome, "both", net))
        else:
            keys.append((standard, day, unit, outcome, "net", net))
            keys.append((standard, day, unit, outcome, "gross", gross))
    return keys


def delay_cells(changes: Mapping[DelayKey, int]) -> Counter[DelayCell]:
    """The changes of every rollup; those that cancel out are left out."""
    cells: dict[DelayCell, int] = defaultdict(int)
    for (standard, day, unit, outcome, kind, amount), files in changes.items():
        begins = rollup_begins(day)
        month, delay = begins["month"], (outcome, kind, amount)
        cells["month", standard, unit, month, *delay] += files
        cells["month", standard, EVERY_UNIT, month, *delay] += files
        cells["year", standard, EVERY_UNIT, begins["year"], *delay] += files
    return Counter({cell: files for cell, files in cells.items() if files})
