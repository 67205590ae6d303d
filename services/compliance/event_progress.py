"""Up to which offset of ``file-events`` the figures account for the events.

Compliance reads ``file-clocks``, whose offsets are others. But the clock publishes what an event
changed before it commits its position: once compliance is past the end that ``file-clocks`` had
after the clock's position was read, it has folded every event before that position.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from services.compliance.alerts import SERVICE
from shared.database import Database
from shared.log import FILE_CLOCKS

_CLOCK = "clock"
"""The service whose positions are offsets of ``file-events``."""

ReadEnds = Callable[[str], Awaitable[Sequence[int]]]


class _Checkpoint(NamedTuple):
    """Everything before ``counted`` is folded once the position in ``file-clocks`` is ``end``."""

    counted: int
    end: int


class EventProgress:
    """By partition, up to which offset events are folded, as far as somebody asked."""

    def __init__(self, database: Database, ends: ReadEnds) -> None:
        self._database = database
        self._ends = ends
        self._pending: dict[int, _Checkpoint] = {}
        self._folded: dict[int, int] = {}

    async def read(self, wanted: Mapping[int, int]) -> Mapping[int, int]:
        """Up to where each partition is folded; ``wanted`` are the offsets asked about.

        The ends of ``file-clocks`` are read only once the clock is past an offset that is wanted.
        """
        counted = await self._database.positions(_CLOCK)
        folded = await self._database.positions(SERVICE)
        for partition, checkpoint in list(self._pending.items()):
            if folded.get(partition, 0) >= checkpoint.end:
                self._folded[partition] = checkpoint.counted
                del self._pending[partition]
        due = [
            partition
            for partition, offset in wanted.items()
            if self._folded.get(partition, 0) <= offset < counted.get(partition, 0)
            and partition not in self._pending
        ]
        if due:
            ends = await self._ends(FILE_CLOCKS)
            for partition in due:
                self._note(partition, _Checkpoint(counted[partition], ends[partition]), folded)
        return dict(self._folded)

    def _note(self, partition: int, checkpoint: _Checkpoint, folded: Mapping[int, int]) -> None:
        if folded.get(partition, 0) >= checkpoint.end:
            self._folded[partition] = checkpoint.counted
        else:
            self._pending[partition] = checkpoint
