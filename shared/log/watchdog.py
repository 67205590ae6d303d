"""Progress, which is what readiness means: a loop has its partitions, and its log has answered of late.

A process is ready once its group has said which partitions it has (none, where there are more processes than partitions) and they
have been claimed, so that whoever replaces processes one after the other waits for that. It stays ready while the group shares them
out anew: every member loses its partitions for that moment, and would otherwise answer nobody.

A process that runs may still be stuck: a client that waits for ever for an answer, or that reads nothing where there is something
to read. Presence is no proof of work, so what is watched is whether the position moves while the partition goes on.
"""

from __future__ import annotations

import asyncio
import faulthandler
from collections.abc import Mapping
from typing import Any

from shared.errors import UnavailableError
from shared.log.loop import Loop
from shared.log.ports import PartitionLag

_SILENT_SECONDS = 30.0


async def readiness(loop: Loop[Any]) -> Mapping[str, Any]:
    """What a loop is behind on; raises :class:`UnavailableError` when its log has not answered for a while."""
    if loop.fetched_at is None:
        raise UnavailableError(f"{loop.group} has not read {loop.topic} yet")
    silent_seconds = asyncio.get_running_loop().time() - loop.fetched_at
    if silent_seconds > _SILENT_SECONDS:
        raise UnavailableError(f"{loop.topic} last answered {silent_seconds:.0f} s ago")
    if loop.stands is None:
        raise UnavailableError(
            f"{loop.group} has not been given its partitions of {loop.topic} yet"
        )
    lag = {partition: stand.end - stand.next_offset for partition, stand in loop.stands.items()}
    return {
        f"{loop.group}_lag_records": sum(lag.values()),
        f"{loop.group}_partitions": sorted(lag),
        f"{loop.group}_fetched_seconds_ago": round(silent_seconds, 1),
    }


class StallDetector:
    """Ends the process when a loop is stuck for so many seconds; never when that is 0."""

    def __init__(self, stall_seconds: int) -> None:
        self._stall_seconds = stall_seconds
        self._seen: Mapping[int, PartitionLag] = {}
        self.reset()

    def look(self, loop: Loop[Any]) -> None:
        """The loop has turned: the time begins anew unless a partition stands where it stood although it goes on."""
        if loop.stands is None:
            self.reset()
            return
        if loop.stands is self._seen:
            return
        stuck = [
            partition
            for partition, stand in loop.stands.items()
            if stand.next_offset < stand.end
            and partition in self._seen
            and self._seen[partition].next_offset == stand.next_offset
        ]
        self._seen = loop.stands
        if not stuck:
            self.reset()

    def reset(self) -> None:
        """Whatever it waits for, it knows: the time begins anew."""
        if self._stall_seconds:
            faulthandler.dump_traceback_later(self._stall_seconds, exit=True)

    def end(self) -> None:
        """Watch no more."""
        if self._stall_seconds:
            faulthandler.cancel_dump_traceback_later()
