"""A cycle's spells, walked one after the other: what is counted, when it is due, from when it is late.

Pure, and the same whatever the limit counts (``limits``). Days are never incremented: each spell's days are counted between its two
ends. Rules 2, 3, 4 and 8 of docs/counting-rules.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import Generic

from shared.cycles import Cycle
from shared.limits import Limit, P


class Walk(Generic[P]):
    """The spells of a cycle, walked one after the other: what is counted, when it is due, from when it is late."""

    __slots__ = (
        "_allowed",
        "_anchor",
        "_anchored",
        "_here",
        "_waited_before",
        "counted",
        "cycle",
        "end",
        "holding",
        "late_from",
        "limit",
        "settled_counted",
        "settled_waited",
        "since",
        "taken_up",
        "waited",
    )

    def __init__(self, cycle: Cycle, limit: Limit[P], now: datetime) -> None:
        self.cycle = cycle
        self.limit = limit
        self.counted = self.waited = self.settled_counted = self.settled_waited = 0
        self.holding = True
        self.late_from: P | None = None
        self.since = cycle.received_at
        self._here = limit.origin
        self._take_up()
        for spell in cycle.spells:
            self._walk_to(limit.point(spell.began))
            if self.holding is bool(spell.outstanding):
                self.holding = not self.holding
                self.since = spell.began
                self.settled_counted, self.settled_waited = self.counted, self.waited
                if self.holding:
                    self._take_up()
        ended = cycle.ended
        self.end = limit.point(now if ended is None else ended.time)
        self._walk_to(self.end)
        if ended is not None:
            self.since = ended.time
            self.settled_counted, self.settled_waited = self.counted, self.waited

    def _take_up(self) -> None:
        """The file is in hand from here: from here its deadline can be computed, unless the limit was used up before."""
        self.taken_up = self._here
        self._waited_before = self.waited
        self._allowed = self.limit.allowed(self.waited)
        if self.counted < self._allowed:
            self._anchor, self._anchored = self._here, self.counted

    def _walk_to(self, point: P) -> None:
        """Count, or wait, from where the walk stands to a point; before the limit's origin nothing moves."""
        here = self._here
        if point <= here:
            return
        self._here = point
        if self.holding:
            self.counted += self.limit.count(here, point)
            if self.counted > self._allowed and self.late_from is None:
                self.late_from = self._first_late()
        else:
            self.waited += self.limit.wait(here, point)

    def _first_late(self) -> P:
        return self.limit.following(max(self.due(), self.taken_up))

    def due(self) -> P:
        """The last point on time, as it stands since the file was last in hand."""
        return self.limit.due(self._anchor, self._anchored, self._waited_before)

    def breaches_at(self) -> datetime | None:
        """The instant from which the file is late; None while waiting, and once ended on time."""
        if self.late_from is not None:
            return self.limit.instant(self.late_from)
        if self.cycle.ended is not None or not self.holding:
            return None
        return self.limit.instant(self._first_late())

    def due_and_earliest(self) -> tuple[P | None, P | None]:
        """The deadline, or while waiting what it would be if the documents came now (rule 8)."""
        if self.holding:
            return self.due(), None
        ended = self.cycle.ended is not None
        used_up = self.counted >= self._allowed
        if used_up and not ended:
            return self.due(), None
        if used_up:
            return self.limit.due(self._anchor, self._anchored, self.waited), None
        would_be = self.limit.due(self._here, self.counted, self.waited)
        return (would_be, None) if ended else (None, would_be)
