"""The law of delay: from the events of one file to its clock.

Pure: performs no IO and never asks what time it is. Days are never incremented; what is kept is *when* the file changed hands, so
a missed or repeated run cannot make a counter drift. One rule counts (rule 2): a day counts if and only if it is a business day
(for a limit in months, any civil day) and the file was in the Ministry's hands when that day began, at 00:00 local. Hence a spell
from one local day to another counts the days after the first, through the second. Source: Déclaration de services à la
clientèle, MIFI, October 2021; rules 1 to 13 of docs/counting-rules.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from shared.domain import cycles
from shared.domain.calendars import BusinessCalendar
from shared.domain.commitments import Review, Standard
from shared.domain.counting import CycleCount
from shared.domain.cycles import Cycle, FileState, History
from shared.domain.events import Anomaly, CycleState, Decided, Status, Withdrawn
from shared.domain.limits import P
from shared.domain.ownership import NOT_SHARED, Sharing
from shared.domain.stages import stage_at
from shared.domain.terms_of_day import TermsOfDay, terms_of_day

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""Before any event: the ``crossed_at`` of a file of which nothing is known yet."""


class CycleClock(msgspec.Struct, frozen=True, gc=False):
    """A cycle at one moment: its state, and the counter, which every midnight may move.

    ``counted``, ``limit`` and ``remaining`` are in the unit of the limit: business days, civil days, or seconds of opening time;
    ``waited`` is in civil days, or such seconds. ``remaining`` is negative once late. ``earliest_due_on`` is set while the client owes documents.
    """

    state: CycleState
    counted: float
    waited: float
    limit: float
    earliest_due_on: date | None

    @property
    def remaining(self) -> float:
        return self.limit - self.counted


class FileClock(msgspec.Struct, frozen=True):
    """A file at one moment. ``crosses_at`` is the next instant at which time alone changes the state, if any."""

    cycles: tuple[CycleClock, ...]
    anomalies: tuple[Anomaly, ...]
    crossed_at: datetime
    crosses_at: datetime | None


class Law:
    """A standard on its calendar.

    What is promised to the files received on one day is worked out once for all of them.
    """

    def __init__(self, standard: Standard, calendar: BusinessCalendar) -> None:
        self._standard = standard
        self._calendar = calendar
        self._promises: dict[date, TermsOfDay] = {}

    def clock(self, story: FileState) -> FileClock:
        """The clock of every cycle of a file; raises ``CoverageError`` outside the calendar's years."""
        crossed_at, crosses_at = story.last_at or NEVER, story.next_at
        clocks = []
        for cycle in story.cycles:
            assert story.opening is not None
            clock, crossing = self._clock(cycle, story.opening.data.attributes, story.now)
            clocks.append(clock)
            if cycle.ended is None:
                crossed_at = max(crossed_at, clock.state.stage_since or NEVER)
                crosses_at = _sooner(crossing, crosses_at)
        return FileClock(tuple(clocks), tuple(story.anomalies), crossed_at, crosses_at)

    def _clock(
        self, cycle: Cycle, attributes: Mapping[str, str], now: datetime
    ) -> tuple[CycleClock, datetime | None]:
        """One cycle's clock, and the next instant at which its stage changes."""
        received_on = self._calendar.local_day(cycle.received_at)
        promise = self._promises.get(received_on) or self._promised(received_on)
        limit = promise.limit
        walk = CycleCount(cycle, limit, now)
        due, earliest = walk.due_and_earliest()
        state, crosses_at = self._state(cycle, promise, walk, due, attributes, now)
        counted, waited, allowed = _in_units(
            limit.per_unit, (walk.counted, walk.waited, walk.allowed())
        )
        earliest_due_on = None if earliest is None else limit.day(earliest)
        return CycleClock(state, counted, waited, allowed, earliest_due_on), crosses_at

    def _promised(self, received_on: date) -> TermsOfDay:
        promise = terms_of_day(self._standard, self._calendar, received_on)
        self._promises[received_on] = promise
        return promise

    def _state(
        self,
        cycle: Cycle,
        promise: TermsOfDay,
        walk: CycleCount[P],
        due: P | None,
        attributes: Mapping[str, str],
        now: datetime,
    ) -> tuple[CycleState, datetime | None]:
        """What no midnight moves, and the next instant at which the stage does."""
        limit, late = walk.limit, walk.late_from is not None
        breaches_at = walk.breaches_at(due)
        stage, stage_since, crosses_at = stage_at(walk, promise.stages, due, breaches_at, now)
        status, outcome = _status(cycle)
        ended_on = None if cycle.ended is None else limit.day(walk.end)
        counted, waited = _in_units(limit.per_unit, (walk.settled_counted, walk.settled_waited))
        counts_if_withdrawn = late and promise.terms.measures_abandonment
        state = CycleState(
            number=cycle.number,
            status=status,
            received_at=cycle.received_at,
            received_on=promise.received_on,
            since=walk.since,
            counted=counted,
            waited=waited,
            measured=promise.measures(attributes)
            and (status != "withdrawn" or counts_if_withdrawn),
            due_on=None if due is None else limit.day(due),
            breaches_at=breaches_at,
            on_time=False if late else (True if status == "decided" else None),
            stage=stage,
            stage_since=stage_since,
            ended_on=ended_on,
            outcome=outcome,
            review_until=_review_until(self._standard.review, outcome, ended_on),
        )
        return state, crosses_at


def evaluate(
    history: History,
    standard: Standard,
    calendar: BusinessCalendar,
    now: datetime,
    sharing: Sharing = NOT_SHARED,
) -> FileClock:
    """The clock of one file as of ``now``; for many of them, keep a :class:`Law`."""
    return Law(standard, calendar).clock(cycles.read_cycles(history, now, sharing))


def clock_before_reception(story: FileState) -> FileClock:
    """The clock of a file whose reception is not known: no cycle, only anomalies."""
    return FileClock((), tuple(story.anomalies), story.last_at or NEVER, story.next_at)


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _in_units(per_unit: int, counts: tuple[int, ...]) -> Sequence[float]:
    """Counts in the unit shown; whole where they are whole."""
    if per_unit == 1:
        return counts
    return [count // per_unit if count % per_unit == 0 else count / per_unit for count in counts]


def _status(cycle: Cycle) -> tuple[Status, str | None]:
    """The cycle's status, and the outcome of its decision."""
    match cycle.ended:
        case None:
            return "waiting" if cycle.outstanding else "open", None
        case Decided(data=data):
            return "decided", data.outcome
        case Withdrawn():
            return "withdrawn", None


def _review_until(review: Review | None, outcome: str | None, ended_on: date | None) -> date | None:
    """The client's last day to ask for a review: civil days after a refusal or rejection (§1)."""
    if review is None or ended_on is None or outcome not in review.outcomes:
        return None
    return ended_on + timedelta(days=review.days)
