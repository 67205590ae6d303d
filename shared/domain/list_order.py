"""The order of open files: soonest breach first, then those waiting for the client, longest first.

Pure. The clock and compliance both sort by this key, then by file identifier: their pages agree.
"""

from __future__ import annotations

from typing import Final

from shared.domain.delay import CycleClock, FileClock
from shared.domain.instants import microseconds
from shared.domain.records import CycleState

_AFTER_EVERY_BREACH: Final = 1 << 61
LAST: Final = 1 << 62
"""Greater than every key."""


def sort_key(state: CycleState) -> int:
    """The key of an open cycle: its breach in microseconds since 1970, or after those its wait."""
    if state.stage is None or state.breaches_at is None:
        return _AFTER_EVERY_BREACH + microseconds(state.since)
    return microseconds(state.breaches_at)


def listed_cycle(clock: FileClock) -> CycleClock | None:
    """The cycle that a file is listed by: of the open ones the most urgent, or else the last to end."""
    cycles = clock.cycles
    if len(cycles) < 2:
        return cycles[0] if cycles else None
    running = [cycle for cycle in cycles if cycle.state.ended_on is None]
    if running:
        return min(running, key=lambda cycle: (sort_key(cycle.state), cycle.state.stage is None))
    return max(reversed(cycles), key=lambda cycle: cycle.state.since)
