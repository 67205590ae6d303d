"""Whether the oldest come first: for each decision, the share of the files in hand that came later.

Pure. On the day of a decision, the other files in hand that day were received before it, the same day
or after it. The share received after, among those received on another day, is 1 where files are taken
in the order they came, and 0.5 on average where they are drawn by lot. Days are local; a file is in
hand on each day on which it is so at some time: not while it waits, nor after it has ended. One that
is decided while it waits is in hand on that day. A file that is reopened is another from then on.
Each standard and unit is a queue of its own. Floats: these are averages.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from heapq import merge, nsmallest
from itertools import accumulate, groupby
from math import fsum
from typing import Final, NamedTuple
from zlib import crc32

from shared.domain import ClockSnapshot, CycleState

STILL: Final = date.max.toordinal()
"""The last day of a span that has not ended."""
MOST_PASSED: Final = 50
"""Files listed as passed over, of a standard and unit."""
_MONTHS: Final = 13
PASSED_DAYS: Final = 90
_YEAR: Final = 12
_DROPPED_AFTER: Final = 1_000
"""So many files are added to those of a queue before some are dropped."""


class HandSpan(NamedTuple):
    """Days on which a file is in hand, from ``begins`` through ``ends`` (:data:`STILL` for now)."""

    received: int
    begins: int
    ends: int
    is_decided: bool
    """Whether it ended with the decision."""


class WaitingSince(NamedTuple):
    """The days that files in hand now were received, and have been in hand since."""

    received: int
    begins: int


class AgeOrder(NamedTuple):
    """Decisions that had others beside them, and the sum of their shares."""

    decisions: int
    shares: float

    @property
    def mean(self) -> float | None:
        return self.shares / self.decisions if self.decisions else None

    @classmethod
    def total(cls, parts: Sequence[AgeOrder]) -> AgeOrder:
        return cls(sum(one.decisions for one in parts), fsum(one.shares for one in parts))


class PassedFile(NamedTuple):
    """A file in hand of a unit, and how many received after it were decided there while it was."""

    file_id: str
    received_on: date
    passed: int
    unit: str


class QueueOrder(NamedTuple):
    """The order of the decisions of a queue by month (its first day), and who was passed over."""

    months: Mapping[date, AgeOrder]
    passed: Sequence[PassedFile]

    @classmethod
    def total(cls, queues: Sequence[QueueOrder]) -> QueueOrder:
        """Of several queues, each in its own order."""
        parts: dict[date, list[AgeOrder]] = defaultdict(list)
        for queue in queues:
            for month, order in queue.months.items():
                parts[month].append(order)
        return cls(
            {month: AgeOrder.total(parts[month]) for month in sorted(parts)},
            _most_passed([one for queue in queues for one in queue.passed]),
        )


Queue = tuple[str, str]
"""Standard and unit."""


class HandSpans:
    """The spans of many files by standard and unit, alike ones counted together.

    Of the spans one file in ``one_of`` is counted, by a digest of its number, and stands for as many.
    """

    def __init__(self, today: date, zone: tzinfo, one_of: int = 1) -> None:
        self._first = first_month(today)
        self._since = today - timedelta(days=PASSED_DAYS)
        self._zone = zone
        self._one_of = one_of
        self._spans: dict[Queue, _QueueSpans] = defaultdict(_QueueSpans)
        self._waiting: dict[Queue, _OldestWaiting] = defaultdict(_OldestWaiting)

    def add(self, snapshot: ClockSnapshot) -> None:
        """Count the spans of a file that reach the first month."""
        if snapshot.standard is None or snapshot.unit is None:
            return
        first = self._first.toordinal()
        is_counted = crc32(snapshot.file_id.encode()) % self._one_of == 0
        for state in snapshot.cycles:
            queue = state.standard or snapshot.standard, state.unit or snapshot.unit
            for span in hand_spans(state, self._zone):
                if is_counted and span.ends >= first:
                    self._spans[queue].add(span, first, self._one_of)
                if span.ends == STILL:
                    since = WaitingSince(span.received, span.begins)
                    self._waiting[queue].add(since, snapshot.file_id)

    def orders(self) -> Mapping[Queue, QueueOrder]:
        """The order of every queue."""
        return {
            queue: QueueOrder(
                age_orders(self._spans[queue], self._first),
                passed_files(self._spans[queue], self._waiting[queue].files, self._since, queue[1]),
            )
            for queue in sorted(self._spans)
        }


_RECEIVED_BITS: Final = 22
"""Those of an ordinal."""


class _QueueSpans:
    """How many spans of a queue begin and end on each day, by the day received, and which decisions.

    That is all that an order needs; which beginning belongs to which end is not kept. A day and the
    day received are one number: there may be a million of them.
    """

    def __init__(self) -> None:
        self.begun: Counter[int] = Counter()
        self.ended: Counter[int] = Counter()
        self.decided: Counter[int] = Counter()

    def add(self, span: HandSpan, first: int, files: int) -> None:
        """Count files of a span that ends on the ``first`` day or later."""
        self.begun[max(span.begins, first) << _RECEIVED_BITS | span.received] += files
        if span.ends != STILL:
            ended = self.decided if span.is_decided else self.ended
            ended[span.ends << _RECEIVED_BITS | span.received] += files


def _days_of(counts: Mapping[int, int]) -> Iterator[tuple[int, int, int]]:
    """Day, day received and files, by day."""
    for key in sorted(counts):
        yield key >> _RECEIVED_BITS, key & (1 << _RECEIVED_BITS) - 1, counts[key]


class _OldestWaiting:
    """The files in hand that may be among the most passed over: few, however many are read.

    A file received no later than another, and in hand no later, is passed over as often at least;
    where there are enough such files, the other one is dropped.
    """

    def __init__(self) -> None:
        self.files: dict[WaitingSince, list[str]] = {}
        self._added = 0

    def add(self, since: WaitingSince, file_id: str) -> None:
        alike = self.files.setdefault(since, [])
        if len(alike) < MOST_PASSED:
            alike.append(file_id)
            self._added += 1
            if self._added >= _DROPPED_AFTER:
                self._drop()

    def _drop(self) -> None:
        earliest: list[int] = []
        kept = {}
        for since in sorted(self.files):
            if bisect_right(earliest, since.begins) < MOST_PASSED:
                kept[since] = self.files[since]
                earliest = sorted([*earliest, *[since.begins] * len(kept[since])])[:MOST_PASSED]
        self.files, self._added = kept, 0


def first_month(today: date) -> date:
    """The first day of the first month that is looked at."""
    number = today.year * _YEAR + today.month - _MONTHS
    return date(number // _YEAR, number % _YEAR + 1, 1)


def hand_spans(state: CycleState, zone: tzinfo) -> Sequence[HandSpan]:
    """The spans of a cycle, in order; each is followed by a day on which the file is not in hand."""
    received = state.received_on.toordinal()
    ended = STILL if state.ended_on is None else state.ended_on.toordinal()
    is_decided = state.status == "decided"
    days: list[tuple[int, int]] = []
    begins: int | None = received
    for began, answered in _waits(state):
        assert begins is not None
        days.append((begins, began.astimezone(zone).toordinal()))
        begins = None if answered is None else answered.astimezone(zone).toordinal()
    if begins is not None:
        days.append((begins, ended))
    elif is_decided:
        days.append((ended, ended))
    merged: list[tuple[int, int]] = []
    for first, last in days:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return [
        HandSpan(received, first, last, is_decided and index == len(merged) - 1)
        for index, (first, last) in enumerate(merged)
    ]


def _waits(state: CycleState) -> Iterator[tuple[datetime, datetime | None]]:
    """From a first request to the last answer, of requests outstanding together; None for not yet."""
    began: datetime | None = None
    until: datetime | None = None
    for stop in sorted(state.stops, key=lambda one: one.began_at):
        if began is not None and until is not None and stop.began_at > until:
            yield began, until
            began = None
        if began is None:
            began, until = stop.began_at, stop.ended_at
        elif until is not None:
            until = None if stop.ended_at is None else max(until, stop.ended_at)
    if began is not None:
        yield began, until


def age_orders(spans: _QueueSpans, first: date) -> Mapping[date, AgeOrder]:
    """The order of the decisions of a queue by month (its first day), from a day on."""
    shares: dict[date, list[float]] = defaultdict(list)
    decisions: Counter[date] = Counter()
    in_hand = _InHand(spans)
    for day, decided in sorted(_decided_since(spans, first).items()):
        month = date.fromordinal(day).replace(day=1)
        received, through = in_hand.by_reception(day)
        for own, files in decided.items():
            earlier = through[bisect_left(received, own)]
            later = through[-1] - through[bisect_right(received, own)]
            if earlier + later:
                decisions[month] += files
                shares[month].append(files * later / (earlier + later))
    return {month: AgeOrder(decisions[month], fsum(shares[month])) for month in sorted(decisions)}


def _decided_since(spans: _QueueSpans, since: date) -> Mapping[int, Counter[int]]:
    """Files decided by day, and by the day they were received."""
    decided: dict[int, Counter[int]] = defaultdict(Counter)
    for day, received, files in _days_of(spans.decided):
        if day >= since.toordinal():
            decided[day][received] += files
    return decided


class _InHand:
    """Files in hand on a day by the day they were received; days are asked for in order."""

    def __init__(self, spans: _QueueSpans) -> None:
        self._begun = list(_days_of(spans.begun))[::-1]
        self._ended = list(merge(_days_of(spans.ended), _days_of(spans.decided)))[::-1]
        self._files: Counter[int] = Counter()

    def by_reception(self, day: int) -> tuple[Sequence[int], Sequence[int]]:
        """The days of reception in order, and how many were received before each, and in all."""
        while self._begun and self._begun[-1][0] <= day:
            _, received, files = self._begun.pop()
            self._files[received] += files
        while self._ended and self._ended[-1][0] < day:
            _, received, files = self._ended.pop()
            self._files[received] -= files
        return _through(self._files)


def _through(files: Mapping[int, int]) -> tuple[Sequence[int], Sequence[int]]:
    """The days that have files in order, and how many lie before each, and in all."""
    days = sorted(one for one, number in files.items() if number)
    return days, list(accumulate((files[one] for one in days), initial=0))


def passed_files(
    spans: _QueueSpans, waiting: Mapping[WaitingSince, Sequence[str]], since: date, unit: str
) -> Sequence[PassedFile]:
    """How many received later were decided, since a day, while each of some files of a unit was in hand.

    The most passed over of the files that are ``waiting``; those passed by none are left out.
    """
    decided = sorted(_decided_since(spans, since).items())
    decided_since: Counter[int] = Counter()
    passed: list[PassedFile] = []

    def from_day(one: WaitingSince) -> int:
        return max(one.begins, since.toordinal())

    for begins, alike in groupby(sorted(waiting, key=from_day, reverse=True), key=from_day):
        while decided and decided[-1][0] >= begins:
            decided_since.update(decided.pop()[1])
        received, through = _through(decided_since)
        for one in alike:
            later = through[-1] - through[bisect_right(received, one.received)]
            if later:
                on = date.fromordinal(one.received)
                passed += [PassedFile(name, on, later, unit) for name in waiting[one]]
    return _most_passed(passed)


def _most_passed(files: Sequence[PassedFile]) -> Sequence[PassedFile]:
    return nsmallest(
        MOST_PASSED, files, key=lambda one: (-one.passed, one.received_on, one.file_id)
    )
