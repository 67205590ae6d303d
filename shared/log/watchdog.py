"""Readiness and the stall detector: a loop has its partitions, and its positions move.

A process is ready once it has claimed the partitions that its group assigned (perhaps none), so a
rolling update waits for that. It stays ready during a rebalance: every member is without partitions
then, and no replica would answer.

A process that runs may still be stuck: a client waits for ever, or reads nothing although records
are there. So a position that does not move although its partition has more ends the process.
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
    """Lag, partitions and age of the last fetch; ``UnavailableError`` if that is over 30 s."""
    if loop.fetched_at is None:
        raise UnavailableError(f"{loop.group} has not read {loop.topic} yet")
    silent_seconds = asyncio.get_running_loop().time() - loop.fetched_at
    if silent_seconds > _SILENT_SECONDS:
        raise UnavailableError(f"{loop.topic} last answered {silent_seconds:.0f} s ago")
    if loop.lag is None:
        raise UnavailableError(
            f"{loop.group} has not been given its partitions of {loop.topic} yet"
        )
    lag = {partition: one.end - one.next_offset for partition, one in loop.lag.items()}
    return {
        f"{loop.group}_lag_records": sum(lag.values()),
        f"{loop.group}_partitions": sorted(lag),
        f"{loop.group}_fetched_seconds_ago": round(silent_seconds, 1),
    }


class StallDetector:
    """Ends the process, with all stacks, after ``stall_seconds`` without progress; never if 0."""

    def __init__(self, stall_seconds: int) -> None:
        self._stall_seconds = stall_seconds
        self._seen: Mapping[int, PartitionLag] = {}
        self.reset()

    def observe(self, loop: Loop[Any]) -> None:
        """After each run: reset, unless a position did not move although its partition has more."""
        if loop.lag is None:
            self.reset()
            return
        if loop.lag is self._seen:
            return
        stuck = [
            partition
            for partition, one in loop.lag.items()
            if one.next_offset < one.end
            and partition in self._seen
            and self._seen[partition].next_offset == one.next_offset
        ]
        self._seen = loop.lag
        if not stuck:
            self.reset()

    def reset(self) -> None:
        """Start the time anew: the loop knows what it waits for."""
        if self._stall_seconds:
            faulthandler.dump_traceback_later(self._stall_seconds, exit=True)

    def end(self) -> None:
        """Stop watching."""
        if self._stall_seconds:
            faulthandler.cancel_dump_traceback_later()
