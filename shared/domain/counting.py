"""What is counted of a limit along a cycle, when the cycle is due, and from when it is late.

Pure, and the same for every kind of limit (``limits``). Days are never incremented: the days of a
spell are counted between its two ends. Rules 2, 3, 4 and 8 of docs/counting-rules.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import Generic

from shared.domain.cycles import Cycle, Spell
from shared.domain.limits import Limit, P


class CycleCount(Generic[P]):
    """A cycle counted from its reception to its end or to ``now``; nothing counts before the origin.

    ``since`` is when the file last changed hands or ended, ``settled_counted`` and
    ``settled_waited`` are the counts by then, and ``taken_up`` is the point at which the Ministry
    last took it in hand. Deadlines are computed from the *anchor*: the last such point at which
    something was left of the limit, by what was counted at the anchor and waited when last taken
    up. Once the file is late, nothing moves its deadline (rule 4). ``_allowed`` is the limit as of
    when it was last taken up, ``_last_point`` where the count ends.
    """

    __slots__ = (
        "_allowed",
        "_anchor",
        "_counted_at_anchor",
        "_last_point",
        "_waited_when_taken_up",
        "counted",
        "end",
        "ended",
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
        self.limit = limit
        self.since, self.ended, self.holding = cycle.received_at, cycle.ended is not None, True
        self.late_from: P | None = None
        self.counted = self.waited = self.settled_counted = self.settled_waited = 0
        self._counted_at_anchor = self._waited_when_taken_up = 0
        here = self._anchor = self.taken_up = limit.origin(cycle.received_at)
        self._allowed = limit.allowed(0)
        end = now if cycle.ended is None else cycle.ended.time
        for spell in (*cycle.spells, Spell(end, cycle.outstanding)):
            self.end = point = limit.point(spell.began)
            forward = point > here
            if forward and self.holding:
                self.counted += limit.count(here, point)
                if self.counted > self._allowed and self.late_from is None:
                    self.late_from = self._first_late(self.due())
            elif forward:
                self.waited += limit.wait(here, point)
            here = point if forward else here
            if self.holding is bool(spell.outstanding):
                self.holding = not self.holding
                self.since = spell.began
                self.settled_counted, self.settled_waited = self.counted, self.waited
                if self.holding:
                    self._take_up(here)
        self._last_point = here
        if cycle.ended is not None:
            self.since = end
            self.settled_counted, self.settled_waited = self.counted, self.waited

    def _take_up(self, here: P) -> None:
        """In hand again: the new anchor of the deadline, unless the limit was used up before."""
        self.taken_up = here
        if self.late_from is not None:
            return
        self._waited_when_taken_up = self.waited
        self._allowed = self.limit.allowed(self.waited)
        if self.counted < self._allowed:
            self._anchor, self._counted_at_anchor = here, self.counted

    def _first_late(self, due: P) -> P:
        return self.limit.following(max(due, self.taken_up))

    def allowed(self) -> int:
        """How much may be counted on time; what was waited once late allows nothing more."""
        return self.limit.allowed(
            self.waited if self.late_from is None else self._waited_when_taken_up
        )

    def due(self) -> P:
        """The last point on time, as of when the file was last in hand or became late."""
        return self.limit.due(self._anchor, self._counted_at_anchor, self._waited_when_taken_up)

    def due_and_earliest(self) -> tuple[P | None, P | None]:
        """The deadline, and the earliest one: while waiting, if the documents came now (rule 8)."""
        if self.holding or self.late_from is not None:
            return self.due(), None
        if self.counted >= self._allowed:
            waited = self.waited if self.ended else self._waited_when_taken_up
            return self.limit.due(self._anchor, self._counted_at_anchor, waited), None
        would_be = self.limit.due(self._last_point, self.counted, self.waited)
        return (would_be, None) if self.ended else (None, would_be)

    def breaches_at(self, due: P | None) -> datetime | None:
        """The instant from which the file is late; None while waiting, and once ended on time."""
        if self.late_from is not None:
            return self.limit.instant(self.late_from)
        if due is None or self.ended or not self.holding:
            return None
        return self.limit.instant(self._first_late(due))
