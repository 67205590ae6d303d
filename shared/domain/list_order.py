"""The order of open files: soonest breach first, then those that wait for the client, the longest wait first.

Pure. The clock and compliance keep their own lists; both sort them by this key and then by the file's identifier, so that a page of
either shows the same files in the same order.
"""

from __future__ import annotations

from typing import Final

from shared.domain.events import CycleState
from shared.domain.instants import microseconds

_AFTER_EVERY_BREACH: Final = 1 << 61
LAST: Final = 1 << 62
"""No key reaches this."""


def sort_key(state: CycleState) -> int:
    """Of an open cycle: when it breaches, in microseconds since 1970; since when it waits, after all of those, where it does not."""
    if state.stage is None or state.breaches_at is None:
        return _AFTER_EVERY_BREACH + microseconds(state.since)
    return microseconds(state.breaches_at)
