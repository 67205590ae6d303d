"""The order of open files: soonest breach first, then those waiting for the client, longest first.

Pure. The clock and compliance both sort by this key, then by file identifier: their pages agree.
"""

from __future__ import annotations

from typing import Final

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
