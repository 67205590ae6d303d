"""Instants of events that were written with different precision.

Pure. "2025-04-28" says that a decision was made on that day; as an instant, its midnight, it would come before the reception of
"2025-04-28T10:00". Within the span that a time leaves open, its event takes its place in the natural order of events (rule 6 of
docs/counting-rules.md) among those of its file that are told more precisely: it happens at the same instant as the last that comes
before it, and where there is none, at the beginning of the span. So the day is never another one than was written, and whatever the
order of rows, the instants are the same. Nothing moves in a file whose times are equally precise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple


class Told(NamedTuple):
    """When an event happened, as told: at ``begins`` or later, and before ``ends``; ``rank`` is its place in the natural order."""

    begins: datetime
    ends: datetime
    rank: int


def instants(told: Sequence[Told], known: Iterable[tuple[datetime, int]] = ()) -> list[datetime]:
    """An instant for each; ``known`` are instants and ranks of events of the same file that are not among them."""
    if not told:
        return []
    widths = [one.ends - one.begins for one in told]
    found = [one.begins for one in told]
    settled = list(known)
    if not settled and min(widths) == max(widths):
        return found
    by_width = sorted(range(len(told)), key=widths.__getitem__)
    for _, indices in groupby(by_width, key=widths.__getitem__):
        level = list(indices)
        for index in level:
            begins, ends, rank = told[index]
            before = [at for at, other in settled if begins <= at < ends and other < rank]
            found[index] = max(before, default=begins)
        settled += [(found[index], told[index].rank) for index in level]
    return found
