"""Whether the oldest come first: for each decision, the share of the files in hand that came later.

Pure. On the day of a decision, the other files in hand that day were received before it, the same day
or after it. The share received after, among those received on another day, is 1 where files are taken
in the order they came, and 0.5 on average where they are drawn by lot. Days are local, and a file is in
hand on each day on which it is so at some time: not while it waits, nor after it has ended.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from heapq import heappush, heappushpop
from itertools import accumulate
from typing import Final, NamedTuple

from shared.domain import ClockSnapshot, CycleState

STILL: Final = date.max.toordinal()
"""The last day of a span that has not ended."""
MOST_PASSED: Final = 50
"""Files kept as the longest in hand, of a standard and unit."""


class HandSpan(NamedTuple):
    """Days on which a file is in hand, from ``begins`` through ``ends`` (:data:`STILL` for now)."""

    received: int
    begins: int
    ends: int
    is_decided: bool
    """Whether it ended with the decision."""


class WaitingFile(NamedTuple):
    """A file in hand now: the days it was received, and has been in hand since."""

    received: int
    file_id: str
    begins: int


class AgeOrder(NamedTuple):
    """Decisions that had others beside them, and the sum of their shares."""

    decisions: int
    shares: float

    @property
    def mean(self) -> float | None:
        return self.shares / self.decisions if self.decisions else None


class PassedFile(NamedTuple):
    """A file in hand, and how many received after it were decided while it was."""

    file_id: str
    received_on: date
    passed: int


Place = tuple[str, str]
"""Standard and unit."""


class HandSpans:
    """The spans of many files by standard and unit, alike ones counted together."""

    def __init__(self, first: date, zone: tzinfo) -> None:
        self._first = first.toordinal()
        self._zone = zone
        self.spans: dict[Place, Counter[HandSpan]] = defaultdict(Counter)
        self._oldest: dict[Place, list[tuple[int, str, int]]] = defaultdict(list)

    def add(self, snapshot: ClockSnapshot) -> None:
        """Count the spans of a file that reach the first day."""
        if snapshot.standard is None or snapshot.unit is None:
            return
        for state in snapshot.cycles:
            place = state.standard or snapshot.standard, state.unit or snapshot.unit
            for span in hand_spans(state, self._zone):
                if span.ends >= self._first:
                    self.spans[place][span] += 1
                if span.ends == STILL:
                    self._keep(place, span, snapshot.file_id)

    def _keep(self, place: Place, span: HandSpan, file_id: str) -> None:
        """Keep the oldest only: the one received last is the first to go."""
        oldest = self._oldest[place]
        one = (-span.received, file_id, span.begins)
        if len(oldest) < MOST_PASSED:
            heappush(oldest, one)
        else:
            heappushpop(oldest, one)

    def oldest(self, place: Place) -> Sequence[WaitingFile]:
        """The files in hand now that were received first."""
        kept = sorted(self._oldest.get(place, ()), reverse=True)
        return [WaitingFile(-received, file_id, begins) for received, file_id, begins in kept]


def hand_spans(state: CycleState, zone: tzinfo) -> Iterator[HandSpan]:
    """The spans of a cycle, in order; stops that overlap are one."""
    received = state.received_on.toordinal()
    begins = received
    waits_until: datetime | None = None
    for stop in sorted(state.stops, key=lambda one: one.began_at):
        if waits_until is not None and stop.began_at < waits_until:
            waits_until = None if stop.ended_at is None else max(waits_until, stop.ended_at)
        else:
            if waits_until is not None:
                begins = waits_until.astimezone(zone).toordinal()
            yield HandSpan(received, begins, stop.began_at.astimezone(zone).toordinal(), False)
            waits_until = stop.ended_at
        if waits_until is None:
            return
    if waits_until is not None:
        begins = waits_until.astimezone(zone).toordinal()
    ends = STILL if state.ended_on is None else state.ended_on.toordinal()
    yield HandSpan(received, begins, ends, state.status == "decided")


def age_orders(spans: Mapping[HandSpan, int], first: date) -> Mapping[date, AgeOrder]:
    """The order of decisions by month (its first day), from a day on."""
    decided: dict[int, Counter[int]] = defaultdict(Counter)
    for span, files in spans.items():
        if span.is_decided and span.ends >= first.toordinal():
            decided[span.ends][span.received] += files
    months: dict[date, list[float]] = defaultdict(lambda: [0, 0.0])
    in_hand = _InHand(spans)
    for day in sorted(decided):
        month = date.fromordinal(day).replace(day=1)
        received, through = in_hand.by_reception(day)
        for own, files in decided[day].items():
            earlier = through[bisect_left(received, own)]
            later = through[-1] - through[bisect_right(received, own)]
            if earlier + later:
                months[month][0] += files
                months[month][1] += files * later / (earlier + later)
    return {month: AgeOrder(round(count), shares) for month, (count, shares) in months.items()}


class _InHand:
    """Files in hand on a day by the day they were received; days are asked for in order."""

    def __init__(self, spans: Mapping[HandSpan, int]) -> None:
        self._begin = sorted(spans.items(), key=lambda one: -one[0].begins)
        self._end: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._files: Counter[int] = Counter()
        self._day = 0

    def by_reception(self, day: int) -> tuple[Sequence[int], Sequence[int]]:
        """The days of reception in order, and how many were received before each, and in all."""
        while self._begin and self._begin[-1][0].begins <= day:
            span, files = self._begin.pop()
            if span.ends >= day:
                self._files[span.received] += files
                self._end[span.ends].append((span.received, files))
        for ended in [one for one in self._end if one < day]:
            for received, files in self._end.pop(ended):
                self._files[received] -= files
        received = sorted(one for one, files in self._files.items() if files)
        through = list(accumulate((self._files[one] for one in received), initial=0))
        return received, through


def passed_files(
    spans: Mapping[HandSpan, int], waiting: Iterable[WaitingFile], since: date
) -> Sequence[PassedFile]:
    """How many received later were decided, since a day, while each of some files was in hand."""
    decided = [
        (span.ends, span.received, files)
        for span, files in spans.items()
        if span.is_decided and span.ends >= since.toordinal()
    ]
    passed = [
        PassedFile(
            one.file_id,
            date.fromordinal(one.received),
            sum(
                files
                for day, received, files in decided
                if received > one.received and day >= one.begins
            ),
        )
        for one in waiting
    ]
    return sorted(
        (one for one in passed if one.passed), key=lambda one: (-one.passed, one.received_on)
    )
