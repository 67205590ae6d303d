"""What is counted of a limit along a cycle, when the cycle is due, and from when it is late.

Pure, and the same for every kind of limit (``limits``). Days are never incremented: the days of a
spell are counted between its two ends. Rules 2, 3, 4, 8, 14 and 15 of docs/counting-rules.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from shared.domain.calendars import Limit, Longer
from shared.domain.cycles import Cycle, Request, Spell
from shared.domain.events import Extended
from shared.domain.records import AnomalyReason, Extension, Stop


class ExtensionLaw(NamedTuple):
    """What an extension is worth: so much more of the limit, or a date that the event gives (None)."""

    by: Longer | None
    at_most: int | None = None


ExtensionLaws = Mapping[str, ExtensionLaw]
"""By word."""


class CountingLaw(NamedTuple):
    """The limit of a cycle by the instant at which its count begins, and what may extend it."""

    begin: Callable[[datetime], Limit]
    extensions: ExtensionLaws = MappingProxyType({})


class _Gap:
    """The points that a wait took from the count, from after ``after`` through ``through``.

    ``first`` is the place of the wait's first request. None for ``after`` where the count began
    again at the answer of ``restarts_at``: then all that had counted through ``through``.
    """

    __slots__ = ("after", "first", "restarts_at", "through")

    def __init__(
        self, first: int, after: int | None, through: int, restarts_at: datetime | None = None
    ) -> None:
        self.first = first
        self.after = after
        self.through = through
        self.restarts_at = restarts_at


class CountCheckpoint(NamedTuple):
    """A cycle that was taken in hand again ``at``: what is counted by then, which nothing later changes.

    What the members say of :class:`CycleCount`. Of a cycle whose limit nothing extended or began again.
    """

    at: datetime
    here: int
    waited_through: int
    counted: int
    waited: int
    anchor: int
    counted_at_anchor: int
    waited_when_taken_up: int
    late_from: int | None
    late_at: datetime | None


class CycleCount:
    """A cycle counted from its reception to its end or to ``now``; nothing counts before the origin.

    ``since`` is when the file last changed hands or ended, ``settled_counted`` and
    ``settled_waited`` are the counts by then, and ``taken_up`` is the point at which the Ministry
    last took it in hand. Deadlines are computed from the *anchor*: the last such point at which
    something was left of the limit, by what was counted at the anchor and waited when last taken
    up. Once the file is late, nothing moves its deadline (rule 4). ``_allowed`` is the limit as of
    when it was last taken up, ``_here`` where the count ends. ``extensions`` are those made in
    time; ``refused`` those that changed nothing, and why. ``counted_from`` is the reception, or the
    last answer after which the count began again. ``_gaps`` are the points that do not count because
    of a request, ``_counted_at`` the counts when each was made, ``_left_at`` what remained at those made
    in hand.
    """

    late_from: int | None = None
    extensions: tuple[Extension, ...] = ()
    refused: tuple[tuple[Extended, AnomalyReason], ...] = ()
    _begins_again_at: datetime | None = None

    def __init__(
        self,
        cycle: Cycle,
        law: CountingLaw,
        now: datetime,
        limit: Limit | None = None,
        after: CountCheckpoint | None = None,
    ) -> None:
        """``limit`` is that of the reception, where it is known already; ``after`` is where to count on from."""
        self._law = law
        self.limit = limit = limit or law.begin(cycle.received_at)
        self.counted_from = self.since = self._taken_up_at = cycle.received_at
        self.ended, self.holding = cycle.ended is not None, True
        self.counted = self.waited = self.settled_counted = self.settled_waited = 0
        self._counted_at_anchor = self._waited_when_taken_up = 0
        self._here = self._waited_through = self._origin = limit.origin(cycle.received_at)
        self._anchor = self.taken_up = self._here
        self._allowed = limit.allowed(0)
        self._gaps: list[_Gap] = []
        self._counted_at: list[int] = []
        self._left_at: dict[int, tuple[int, datetime | None]] = {}
        self._first_awaited = 0
        if after is not None:
            self._resume(after)
        for spell in cycle.spells:
            began, point, waits = spell.began, limit.point(spell.began), bool(spell.outstanding)
            if spell.extension is not None:
                self._extend(spell.extension, point, spell.shift)
            elif self.holding:
                self._first_awaited = len(self._counted_at)
                if self.ended:
                    self._count_in_hand(point, 0)
                    self._left_at[self._first_awaited] = self._left()
                self._count_in_hand(point, spell.shift)
            elif not spell.opens:
                self._count_wait(point, spell)
            elif spell.shift:
                self._take_first_day(point, spell.shift)
            if spell.opens:
                self._counted_at.append(self.counted)
            if spell.restarts and self.late_from is None:
                self._restart(began)
                self._gaps.append(_Gap(self._first_awaited, None, self._here, began))
            if self.holding is waits:
                self.holding = not waits
                self.since = began
                self.settled_counted, self.settled_waited = self.counted, self.waited
                if point > self._here:
                    self._settle_through(point)
                if not waits:
                    self._take_up(began)
        end = now if cycle.ended is None else cycle.ended.time
        self._finish(cycle, end)
        if self.ended:
            self.since = end
            self.settled_counted, self.settled_waited = self.counted, self.waited

    def _resume(self, after: CountCheckpoint) -> None:
        """Count on from a checkpoint, in place of the reception."""
        self.since = self._taken_up_at = after.at
        self._here = self.taken_up = after.here
        self._waited_through = after.waited_through
        self.counted = self.settled_counted = after.counted
        self.waited = self.settled_waited = after.waited
        self._anchor, self._counted_at_anchor = after.anchor, after.counted_at_anchor
        self._waited_when_taken_up = after.waited_when_taken_up
        self._allowed = self.limit.allowed(after.waited_when_taken_up)
        if after.late_at is not None:
            self.late_from, self._late_at = after.late_from, after.late_at

    def checkpoint(self) -> CountCheckpoint:
        """Where to count on from, of a cycle in hand counted to the instant at which it was taken up."""
        late_at = None if self.late_from is None else self._late_at
        return CountCheckpoint(
            self._taken_up_at,
            self._here,
            self._waited_through,
            self.counted,
            self.waited,
            self._anchor,
            self._counted_at_anchor,
            self._waited_when_taken_up,
            self.late_from,
            late_at,
        )

    def _count_in_hand(self, point: int, shift: int) -> None:
        """Count the days in hand through a point; the day itself may be one that does not count.

        A day that began in hand and made the file late has done so: no later wait excuses it.
        """
        here = self._here
        if point > here:
            self.counted += self.limit.count(here, point)
            if self.late_from is None and self.counted > self._allowed:
                self.late_from = self._first_late(self.due())
                self._late_at = self._instant_late(self.late_from)
            self._here = point
        if shift:
            self._give_back(point, shift)

    def _give_back(self, point: int, shift: int) -> None:
        """A request takes the days before it that count no longer, unless they were waited before."""
        edge = max(self.limit.shifted(point, shift), self._waited_through)
        if edge < self._here and self.late_from is None:
            self.counted -= self.limit.count(edge, self._here)
            self._here = edge

    def _take_first_day(self, point: int, shift: int) -> None:
        """Another request in a wait, which takes the day on which that wait began."""
        here = self._here
        self._give_back(point, shift)
        if self._here < here:
            self._settle_through(point)

    def _count_wait(self, point: int, spell: Spell) -> None:
        """Count the days waited through an answer or a lapse."""
        edge = point
        if spell.shift and (self.late_from is None or spell.lapses):
            edge = self.limit.shifted(point, spell.shift)
        if edge > self._here:
            self.waited += self.limit.wait(self._here, edge)
            self._gaps.append(_Gap(self._first_awaited, self._here, edge))
            self._here = self._waited_through = edge

    def _settle_through(self, point: int) -> None:
        """What is counted and waited by ``since``, where that day goes to who has the file now."""
        self.settled_counted, self.settled_waited = self.counted, self.waited
        if self.holding:
            self.settled_counted += self.limit.count(self._here, point)
        else:
            self.settled_waited += self.limit.wait(self._here, point)

    def _take_up(self, at: datetime) -> None:
        """In hand again: the new anchor of the deadline, unless the limit was used up before."""
        self.taken_up = self._here
        self._taken_up_at = at
        if self.late_from is not None:
            return
        self._waited_when_taken_up = self.waited
        self._allowed = self.limit.allowed(self.waited)
        if self.counted < self._allowed:
            self._anchor, self._counted_at_anchor = self._here, self.counted

    def _restart(self, at: datetime) -> None:
        """The count begins again, with what extended the limit."""
        self.limit = limit = self._law.begin(at)
        self.counted_from = at
        self.counted = self.waited = 0
        self._counted_at_anchor = self._waited_when_taken_up = 0
        self.settled_counted = self.settled_waited = 0
        self._here = self._waited_through = limit.origin(at)
        self._anchor = self._here
        self._grant_again(self.extensions)

    def _grant_again(self, granted: tuple[Extension, ...]) -> None:
        """What extended the limit before extends it from its new origin."""
        self.extensions = ()
        for extension in granted:
            self._grant(extension, self._law.extensions[extension.extension].by, self._here, 0)
        self._allowed = self.limit.allowed(0)

    def _extend(self, event: Extended, point: int, shift: int) -> None:
        """Extend the limit from its origin, or say why the extension changes nothing (rule 15).

        A date is the deadline of a file in hand from then on: of one that waits, answered then.
        """
        if self.holding:
            self._count_in_hand(point, 0)
        reason = self._refusal(event)
        if reason is None:
            extension = Extension(
                extension=event.data.extension, at=event.time, until=event.data.until
            )
            by = self._law.extensions[extension.extension].by
            here, waited = (
                (self._here, self.waited) if self.holding else self._answered(point, shift)
            )
            if not self._grant(extension, by, here, waited):
                reason = "extends_nothing"
        if reason is not None:
            self.refused = (*self.refused, (event, reason))
            return
        self._allowed = self.limit.allowed(self._waited_when_taken_up)
        if self.holding:
            self.since = event.time
            self.settled_counted, self.settled_waited = self.counted, self.waited
            self.taken_up = self._here
            if self.counted < self._allowed:
                self._anchor, self._counted_at_anchor = self._here, self.counted

    def _refusal(self, event: Extended) -> AnomalyReason | None:
        """Why an extension changes nothing, whatever its length."""
        law = self._law.extensions.get(event.data.extension)
        if law is None or (law.by is None) is (event.data.until is None):
            return "extends_nothing"
        if self.late_from is not None:
            return "extended_when_late"
        made = sum(one.extension == event.data.extension for one in self.extensions)
        if law.at_most is not None and made >= law.at_most:
            return "extended_too_often"
        return None

    def _grant(self, extension: Extension, by: Longer | None, here: int, waited: int) -> bool:
        """Extend the limit; False where it would not be longer."""
        limit = self.limit
        if by is not None:
            self.limit = limit.extended(by)
        elif extension.until is not None:
            amount = limit.allowed_until(extension.until, here, self.counted, waited)
            if amount <= limit.allowed(waited):
                return False
            self.limit = limit.with_allowed(amount)
            extension = replace(extension, allowed=limit.in_units(amount))
        self.extensions = (*self.extensions, extension)
        return True

    def _finish(self, cycle: Cycle, end: datetime) -> None:
        """Count until the end, or now; ``_if_answered`` is where a wait would end, answered then.

        ``_begins_again_at`` is set where the count would begin again.
        """
        self.end = point = self.limit.point(end)
        if self.holding:
            self._count_in_hand(point, 0)
            return
        shift = 0
        if not cycle.plain:
            laws = [request.law for request in cycle.awaited]
            shift = max([law.last_day for law in laws])
            if any(law.clock == "restarts" for law in laws):
                self._begins_again_at = end
        self._if_answered = self._answered(point, shift)
        if point > self._here:
            self.waited += self.limit.wait(self._here, point)
            if self.ended:
                self._gaps.append(_Gap(self._first_awaited, self._here, point))

    def _answered(self, point: int, shift: int) -> tuple[int, int]:
        """Where a wait would end and what would be waited, if it were answered at a point."""
        if shift and self.late_from is None:
            point = self.limit.shifted(point, shift)
        here = max(self._here, point)
        return here, self.waited + self.limit.wait(self._here, here)

    def _left(self) -> tuple[int, datetime | None]:
        """What remains of the limit, and from when the file would be late if nothing stopped it."""
        late_at = None
        if self.late_from is None:
            late_at = self._instant_late(self._first_late(self.due()))
        return self.allowed() - self.counted, late_at

    def gross(self) -> int:
        """What would have been counted by the end had nothing stopped the delay."""
        return self._gross(self.end) if self._gaps else self.counted

    def _gross(self, through: int) -> int:
        return self.limit.count(self._origin, through) if through > self._origin else 0

    def stops(
        self, cycle: Cycle, open_seconds: Callable[[datetime, datetime], float | None] | None = None
    ) -> tuple[Stop, ...]:
        """The requests of the cycle, and what each removed from the count; together gross - counted.

        ``open_seconds`` is given of a cycle that ended, for the facts that a verification of stops asks for.
        """
        limit, removed = self.limit, self._removed(cycle.requests)
        stops = []
        for index, request in enumerate(cycle.requests):
            remaining: int | None = None
            late_at: datetime | None = None
            hours: float | None = None
            if open_seconds is not None:
                remaining, late_at = self._left_at.get(index, (None, None))
                if removed[index] and request.ended is not None:
                    hours = open_seconds(request.began, request.ended)
            stops.append(
                Stop(
                    began_at=request.began,
                    recorded_at=request.recorded_at,
                    counted=limit.in_units(self._counted_at[index]),
                    removed=limit.in_units(removed[index]),
                    party=request.law.party,
                    ended_at=request.ended,
                    kind=request.kind,
                    lapsed=request.lapsed,
                    remaining=None if remaining is None else limit.in_units(remaining),
                    late_at=late_at,
                    open_seconds=hours,
                )
            )
        return tuple(stops)

    def _removed(self, requests: Sequence[Request]) -> list[int]:
        """What each request removed from the count.

        A day that does not count is removed by the request that was made first of those outstanding
        when it began; the day on which a wait began, by the wait's first. A request after whose
        answer the count began again removes all before its new first day, at once; a wait that goes
        on has removed nothing yet: midnights do not change a snapshot.
        """
        removed = [0] * len(requests)
        so_far = 0
        going_on = None if self.ended or self.holding else self._first_awaited
        for gap in self._gaps:
            first, after, through = gap.first, gap.after, gap.through
            if after is None:
                index = next(
                    index
                    for index in range(first, len(requests))
                    if requests[index].law.clock == "restarts"
                    and requests[index].ended == gap.restarts_at
                )
                more = self._gross(min(through, self.end) if self.ended else through) - so_far
                removed[index] += more
                so_far += more
                continue
            index = first
            while first != going_on and after < through:
                until = min(self._outstanding_through(requests[index], through), through)
                if until > after:
                    more = self.limit.count(after, until)
                    removed[index] += more
                    so_far += more
                    after = until
                index += 1
        return removed

    def _outstanding_through(self, request: Request, otherwise: int) -> int:
        """The last point that a request takes; ``otherwise`` where it was not answered."""
        if request.ended is None:
            return otherwise
        return self.limit.shifted(self.limit.point(request.ended), -1 if request.lapsed else 0)

    def _first_late(self, due: int) -> int:
        return self.limit.following(max(due, self.taken_up))

    def allowed(self) -> int:
        """How much may be counted on time; what was waited once late allows nothing more."""
        return self.limit.allowed(
            self.waited if self.late_from is None else self._waited_when_taken_up
        )

    def due(self) -> int:
        """The last point on time, as of when the file was last in hand or became late."""
        return self.limit.due(self._anchor, self._counted_at_anchor, self._waited_when_taken_up)

    def due_and_earliest(self) -> tuple[int | None, int | None]:
        """The deadline, and the earliest one: while waiting, if the documents came now (rule 8)."""
        if self.holding or self.late_from is not None:
            return self.due(), None
        if self.counted >= self._allowed and not self.ended:
            return self.due(), None
        would_be = self._due_if_answered()
        return (would_be, None) if self.ended else (None, would_be)

    def _due_if_answered(self) -> int:
        """The deadline of a file that waits, had the answer come at the end."""
        if self._begins_again_at is not None:
            at = self._begins_again_at
            begun_again = CycleCount(Cycle(1, at), self._law, at)
            begun_again._grant_again(self.extensions)
            return begun_again.due()
        here, waited = self._if_answered
        if self.counted >= self._allowed:
            return self.limit.due(self._anchor, self._counted_at_anchor, waited)
        return self.limit.due(here, self.counted, waited)

    def breaches_at(self, due: int | None) -> datetime | None:
        """The instant from which the file is late; None while waiting, and once ended on time."""
        if self.late_from is not None:
            return self._late_at
        if due is None or self.ended or not self.holding:
            return None
        return self._instant_late(self._first_late(due))

    def _instant_late(self, point: int) -> datetime:
        """When a file is late from a point: not before it was taken up again that day."""
        return max(self.limit.instant(point), self._taken_up_at)
