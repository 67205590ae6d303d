"""Instants of events that were written with different precision.

Pure. "2025-04-28" is a whole day; as an instant, its midnight, the decision would precede a
reception at "2025-04-28T10:00". Within the span that a time leaves open, its event takes its place
in the natural order of events (rule 6 of docs/counting-rules.md) among the more precise ones of its
file: at the instant of the last that precedes it, or at the beginning of the span. The day never
changes, the order of rows does not matter, and a file whose times are equally precise keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple


class TimeSpan(NamedTuple):
    """An event at ``begins`` or later and before ``ends``; ``rank`` is its natural order."""

    begins: datetime
    ends: datetime
    rank: int


def instants(
    spans: Sequence[TimeSpan], others: Iterable[tuple[datetime, int]] = ()
) -> list[datetime]:
    """An instant for each; ``others`` are instants and ranks of the file's other events."""
    if not spans:
        return []
    widths = [one.ends - one.begins for one in spans]
    moments = [one.begins for one in spans]
    anchors = list(others)
    if not anchors and min(widths) == max(widths):
        return moments
    by_width = sorted(range(len(spans)), key=widths.__getitem__)
    for _, indices in groupby(by_width, key=widths.__getitem__):
        level = list(indices)
        for index in level:
            begins, ends, rank = spans[index]
            before = [at for at, other in anchors if begins <= at < ends and other < rank]
            moments[index] = max(before, default=begins)
        anchors += [(moments[index], spans[index].rank) for index in level]
    return moments
