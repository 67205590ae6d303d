"""Compare the outputs of two runners byte for byte.

A snapshot is a function of its file, its version and the history up to its position, so two runners
must give the same bytes for the same file and position. Ours gives one for each file and batch; a
peer gives one for each event, so it has every one of ours.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

import msgspec

Outputs = Mapping[tuple[str, int], int]
"""A digest of each snapshot, by file and position."""


class Agreement(NamedTuple):
    """Agreement on the snapshots that both runners published."""

    compared: int
    same: int
    last_same: int

    @property
    def complete(self) -> bool:
        return self.compared == self.same


class _Head(msgspec.Struct):
    """The identity of a snapshot."""

    file_id: str
    position: int


async def collect(values: AsyncIterator[bytes]) -> Outputs:
    """Digests of published snapshots."""
    read = msgspec.json.Decoder(_Head).decode
    found = {}
    async for value in values:
        head = read(value)
        found[head.file_id, head.position] = hash(value)
    return found


def agreement(ours: Outputs, theirs: Outputs) -> Agreement:
    """Count equal snapshots, and equal final ones of a file."""
    both = ours.keys() & theirs.keys()
    last = both & _last(ours)
    return Agreement(
        len(both),
        sum(ours[key] == theirs[key] for key in both),
        sum(ours[key] == theirs[key] for key in last),
    )


def _last(outputs: Outputs) -> set[tuple[str, int]]:
    last: dict[str, int] = {}
    for file_id, position in outputs:
        last[file_id] = max(position, last.get(file_id, 0))
    return set(last.items())
