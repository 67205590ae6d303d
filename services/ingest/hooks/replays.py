"""Deliveries accepted within the tolerance of their signed time, so that none is accepted twice.

Pure: ``now`` is an argument. The memory is of one process and bounded: beyond it the oldest are
forgotten. What another process, or this one after a restart, takes a second time says the same
events by the same identifiers, and those are counted once.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Final

MOST_REMEMBERED: Final = 10_000


class ReplayMemory:
    """The deliveries of one hook, by what they signed."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._until: OrderedDict[bytes, datetime] = OrderedDict()

    def begin(self, digest: bytes, until: datetime, now: datetime) -> bool:
        """Remember a delivery before it is accepted; False if it is remembered already."""
        known = self._until.get(digest)
        if known is not None and known >= now:
            return False
        self._until[digest] = until
        self._until.move_to_end(digest)
        while self._until and (
            len(self._until) > self._most or next(iter(self._until.values())) < now
        ):
            self._until.popitem(last=False)
        return True

    def forget(self, digest: bytes) -> None:
        """Forget a delivery that was not accepted: its sender will try again."""
        self._until.pop(digest, None)
