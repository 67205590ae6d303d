"""The law of delay: from the events of one file to its clock.

Pure: no IO; ``now`` is an argument. One rule counts (rule 2): a day counts if and only if it is a
business day (for a limit in months, any civil day) and the file was in the Ministry's hands when
that day began, at 00:00 local. Hence a spell from one local day to another counts the days after
the first, through the second, and nothing is ever incremented: a missed or repeated run cannot
make a counter drift.

``cycles`` is who held the file and when, ``counting`` what was counted of its limit; from these
the state, the stage and the next crossing follow. Source: Déclaration de services à la clientèle,
MIFI, October 2021; rules 1 to 13 of docs/counting-rules.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from shared.domain import cycles
from shared.domain.calendars import BusinessCalendar
from shared.domain.commitments import Review, Standard, TermsOfDay
from shared.domain.counting import CycleCount
from shared.domain.cycles import Cycle, FileState, History
from shared.domain.events import Decided, Withdrawn
from shared.domain.limits import LimitUnit, P
from shared.domain.ownership import NOT_SHARED, Sharing
from shared.domain.records import Anomaly, CycleState, Stage, Status

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""The ``crossed_at`` of a file without events."""


class CycleClock(msgspec.Struct, frozen=True, gc=False):
    """A cycle at one moment: its state, and the counter, which every midnight may move.

    ``counted``, ``limit`` and ``remaining`` are in ``unit``; ``waited`` is in civil days, or
    seconds of opening time. ``remaining`` is negative once late. ``earliest_due_on`` is set while
    the client owes documents.
    """

    state: CycleState
    unit: LimitUnit
    counted: float
    waited: float
    limit: float
    earliest_due_on: date | None

    @property
    def remaining(self) -> float:
        """As :func:`shared.domain.remaining.remaining_at` computes it from the snapshot alone."""
        return self.limit - self.counted


class FileClock(msgspec.Struct, frozen=True):
    """A file at one moment; ``crosses_at`` is the next instant at which time alone changes it."""

    cycles: tuple[CycleClock, ...]
    anomalies: tuple[Anomaly, ...]
    crossed_at: datetime
    crosses_at: datetime | None


class DelayCalculator:
    """A standard on its calendar; the terms of a day are computed once for all its files."""

    def __init__(self, standard: Standard, calendar: BusinessCalendar) -> None:
        self._standard = standard
        self._calendar = calendar
        self._terms_of_days: dict[date, TermsOfDay] = {}

    def clock(self, file: FileState) -> FileClock:
        """The clock of every cycle of a file; raises ``CoverageError`` outside the calendar."""
        crossed_at, crosses_at = file.last_at or NEVER, file.next_at
        clocks = []
        for cycle in file.cycles:
            assert file.opening is not None
            clock, crossing = self._clock(cycle, file.opening.data.attributes, file.now)
            clocks.append(clock)
            if cycle.ended is None:
                crossed_at = max(crossed_at, clock.state.stage_since or NEVER)
                crosses_at = _sooner(crossing, crosses_at)
        return FileClock(tuple(clocks), tuple(file.anomalies), crossed_at, crosses_at)

    def _clock(
        self, cycle: Cycle, attributes: Mapping[str, str], now: datetime
    ) -> tuple[CycleClock, datetime | None]:
        """One cycle's clock, and the next instant at which its stage changes."""
        of_day = self._terms_of_day(self._calendar.local_day(cycle.received_at))
        terms, limit, in_units = of_day.terms, of_day.limit, of_day.terms.limit.in_units
        count = CycleCount(cycle, limit, now)
        late = count.late_from is not None
        due, earliest = count.due_and_earliest()
        breaches_at = count.breaches_at(due)
        span = _stage_span(count, terms.stages, due, breaches_at, now)
        status, outcome = _status(cycle)
        ended_on = None if cycle.ended is None else limit.day(count.end)
        counts_if_withdrawn = late and terms.measures_abandonment
        state = CycleState(
            number=cycle.number,
            status=status,
            received_at=cycle.received_at,
            received_on=of_day.received_on,
            since=count.since,
            counted=in_units(count.settled_counted),
            waited=in_units(count.settled_waited),
            measured=of_day.measures(attributes) and (status != "withdrawn" or counts_if_withdrawn),
            due_on=None if due is None else limit.day(due),
            breaches_at=breaches_at,
            on_time=False if late else (True if status == "decided" else None),
            stage=span.stage,
            stage_since=span.since,
            ended_on=ended_on,
            outcome=outcome,
            review_until=_review_until(self._standard.review, outcome, ended_on),
        )
        clock = CycleClock(
            state=state,
            unit=terms.limit.unit,
            counted=in_units(count.counted),
            waited=in_units(count.waited),
            limit=in_units(count.allowed()),
            earliest_due_on=None if earliest is None else limit.day(earliest),
        )
        return clock, span.next_at

    def _terms_of_day(self, received_on: date) -> TermsOfDay:
        of_day = self._terms_of_days.get(received_on)
        if of_day is None:
            of_day = self._standard.terms_of_day(self._calendar, received_on)
            self._terms_of_days[received_on] = of_day
        return of_day


def evaluate(
    history: History,
    standard: Standard,
    calendar: BusinessCalendar,
    now: datetime,
    sharing: Sharing = NOT_SHARED,
) -> FileClock:
    """The clock of one file as of ``now``; for many of them, keep a :class:`DelayCalculator`."""
    return DelayCalculator(standard, calendar).clock(cycles.read_cycles(history, now, sharing))


def clock_before_reception(file: FileState) -> FileClock:
    """The clock of a file whose reception is not known: no cycle, only anomalies."""
    return FileClock((), tuple(file.anomalies), file.last_at or NEVER, file.next_at)


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


class _StageSpan(msgspec.Struct, frozen=True, gc=False):
    """A cycle's stage, the instant it began, and the one at which the next begins (§4)."""

    stage: Stage | None = None
    since: datetime | None = None
    next_at: datetime | None = None


def _stage_span(
    count: CycleCount[P],
    stages: Sequence[tuple[Stage, int]],
    due: P | None,
    breaches_at: datetime | None,
    now: datetime,
) -> _StageSpan:
    """The stage of a cycle as of ``now``; none once ended, and while its deadline is open."""
    if count.late_from is not None and not count.ended:
        return _StageSpan("overdue", breaches_at)
    if count.ended or due is None or breaches_at is None:
        return _StageSpan()
    stage: Stage = "on_track"
    since = count.since
    for next_stage, remaining in stages:
        point = count.limit.preceding(due, remaining)
        # At once, where less remains already when the file comes back.
        begins_at = count.since if point <= count.taken_up else count.limit.instant(point)
        if begins_at > now:
            return _StageSpan(stage, since, begins_at)
        stage, since = next_stage, begins_at
    return _StageSpan(stage, since, breaches_at)


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
