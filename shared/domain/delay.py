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
from typing import Final, NamedTuple

from msgspec.structs import replace

from shared.domain import cycles
from shared.domain.calendars import BusinessCalendar, CoverageError, Limit, LimitAmount
from shared.domain.commitments import Reminder, Review, Standard, Terms, TermsOfDay
from shared.domain.counting import CountCheckpoint, CountingLaw, CycleCount
from shared.domain.cycles import Cycle, FileState, History, party_of
from shared.domain.events import Decided, FrozenStruct, Reached, Withdrawn
from shared.domain.limits import CatalogueLimit, LimitUnit
from shared.domain.ownership import NOT_SHARED, Sharing
from shared.domain.records import Anomaly, CycleState, Stage, Status, Stop

NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
"""The ``crossed_at`` of a file without events."""


class CycleClock(FrozenStruct, frozen=True):
    """A cycle at one moment: its state, and the counter, which every midnight may move.

    ``counted``, ``limit`` and ``remaining`` are in ``unit``; ``waited`` is in civil days, or
    seconds of opening time. ``remaining`` is negative once late. ``earliest_due_on`` is set while
    the client owes documents.
    """

    state: CycleState
    unit: LimitUnit
    counted: LimitAmount
    waited: LimitAmount
    limit: LimitAmount
    earliest_due_on: date | None

    @property
    def remaining(self) -> LimitAmount:
        """As :func:`shared.domain.remaining.remaining_at` computes it from the snapshot alone."""
        return self.limit - self.counted


class FileClock(FrozenStruct, frozen=True):
    """A file at one moment; ``crosses_at`` is the next instant at which time alone changes it."""

    cycles: tuple[CycleClock, ...]
    anomalies: tuple[Anomaly, ...]
    crossed_at: datetime
    crosses_at: datetime | None


class Deadline(NamedTuple):
    """When a cycle is due by one target; ``limit`` is in the unit of the limit."""

    limit: LimitAmount
    due_on: date | None
    breaches_at: datetime | None


class _TermsLaw:
    """How the cycles of some terms are counted: against the limit, without extensions, against each tier."""

    __slots__ = ("limit", "tiers", "unextended")

    def __init__(
        self, limit: CountingLaw, unextended: CountingLaw, tiers: Sequence[CountingLaw]
    ) -> None:
        self.limit = limit
        self.unextended = unextended
        self.tiers = tiers


class _DayTerms:
    """What the cycles that begin on a day have in common: their terms, and their limit on the calendar."""

    __slots__ = (
        "_always_measured",
        "_terms_of_day",
        "index",
        "laws",
        "limit",
        "received_on",
        "terms",
        "unit",
    )

    def __init__(self, terms_of_day: TermsOfDay, laws: _TermsLaw, limit: Limit) -> None:
        self._terms_of_day = terms_of_day
        self._always_measured = terms_of_day.always_measured
        self.terms = terms_of_day.terms
        self.index = terms_of_day.index
        self.received_on = terms_of_day.received_on
        self.unit: LimitUnit = self.terms.limit.unit
        self.laws = laws
        self.limit = limit

    def measures(self, attributes: Mapping[str, str]) -> bool:
        """As :meth:`~shared.domain.commitments.TermsOfDay.measures`."""
        return self._always_measured or self._terms_of_day.measures(attributes)


class DelayCalculator:
    """A standard on a calendar; the terms of a day are looked up once for all the files received that day.

    ``named`` is the calendar's identifier where it is not the standard's own: states say so.
    """

    def __init__(
        self, standard: Standard, calendar: BusinessCalendar, named: str | None = None
    ) -> None:
        self._standard = standard
        self._named_calendar = named
        self._calendar = calendar
        self._by_attributes = standard.depends_on_attributes
        self._by_hours = any(terms.received_outside is not None for terms in standard.terms)
        self._of_days: dict[int, _DayTerms] = {}
        self._laws = [_laws(terms, calendar) for terms in standard.terms]
        self._says_more = (
            self._by_attributes or named is not None or any(law.tiers for law in self._laws)
        )
        self.passage = standard.passage(calendar)

    def clock(self, file: FileState, after: CountCheckpoint | None = None) -> FileClock:
        """The clock of every cycle of a file; raises ``CoverageError`` outside the calendar.

        ``after`` is where to count the first of its cycles on from: then its state has the stops since, and only them.
        """
        crossed_at, crosses_at = file.last_at or NEVER, file.next_at
        clocks = []
        anomalies = list(file.anomalies)
        for cycle in file.cycles:
            clock, crossing = self._clock(cycle, file, anomalies, after)
            after = None
            clocks.append(clock)
            if cycle.lapsed_at is not None:
                crossed_at = max(crossed_at, cycle.lapsed_at)
            if cycle.ended is None:
                crossed_at = max(crossed_at, clock.state.stage_since or NEVER)
                crosses_at = _sooner(crossing, crosses_at)
                if cycle.next_lapse is not None:
                    crosses_at = _sooner(cycle.next_lapse, crosses_at)
        return FileClock(
            cycles=tuple(clocks),
            anomalies=tuple(anomalies),
            crossed_at=crossed_at,
            crosses_at=crosses_at,
        )

    def _clock(
        self, cycle: Cycle, file: FileState, anomalies: list[Anomaly], after: CountCheckpoint | None
    ) -> tuple[CycleClock, datetime | None]:
        """One cycle's clock, and the next instant at which its stage changes."""
        assert file.opening is not None
        now, attributes = file.now, file.opening.data.attributes
        of_day = self._of_day(cycle.received_at, attributes)
        terms, laws = of_day.terms, of_day.laws
        count = CycleCount(cycle, laws.limit, now, of_day.limit, after)
        for event, reason in count.refused:
            anomalies.append(Anomaly(source=event.source, event_id=event.id, reason=reason))
        limit = count.limit
        late = count.late_from is not None
        due, earliest = count.due_and_earliest()
        breaches_at = count.breaches_at(due)
        span = _stage_span(count, terms.stages, due, breaches_at, now)
        status, outcome = _status(cycle)
        if status == "waiting" and terms.waiting is not None and not late:
            span = _reminder(terms.waiting, self._calendar, count.since, now)
        ended_on = None if cycle.ended is None else limit.day(count.end)
        counts_if_withdrawn = late and terms.measures_abandonment and outcome is None
        decided = status == "decided"
        state = CycleState(
            number=cycle.number,
            status=status,
            received_at=cycle.received_at,
            received_on=of_day.received_on,
            since=count.since,
            counted=limit.in_units(count.settled_counted),
            waited=limit.in_units(count.settled_waited),
            measured=of_day.measures(attributes) and (status != "withdrawn" or counts_if_withdrawn),
            due_on=None if due is None else limit.day(due),
            breaches_at=breaches_at,
            on_time=False if late else (True if decided else None),
            stage=span.stage,
            stage_since=span.since,
            ended_on=ended_on,
            outcome=outcome,
            review_until=ended_on and _review_until(self._standard.review, outcome, ended_on),
            gross=None if ended_on is None else limit.in_units(count.gross()),
            stops=self._stops(cycle, count, terms.limit) if cycle.requests else (),
            remaining=None if ended_on is None else limit.in_units(count.allowed() - count.counted),
            on_time_unstopped=_unstopped(cycle, laws.limit, now, of_day.limit, late=late),
        )
        if self._says_more or not cycle.plain or len(file.units) > 1:
            state = self._with_more(state, cycle, count, file, of_day.index)
        clock = CycleClock(
            state=state,
            unit=of_day.unit,
            counted=limit.in_units(count.counted),
            waited=limit.in_units(count.waited),
            limit=limit.in_units(count.allowed()),
            earliest_due_on=None if earliest is None else limit.day(earliest),
        )
        return clock, span.next_at

    def checkpoint(
        self, cycle: Cycle, file: FileState, after: CountCheckpoint | None = None
    ) -> tuple[CountCheckpoint | None, Sequence[Stop]]:
        """Where to count a cycle on from whose requests are all answered, and the stops until then, from ``after`` on.

        It has to be that of a :class:`~shared.domain.cycles.ReadingCheckpoint`. None is the reception.
        """
        assert file.opening is not None
        if not cycle.spells:
            return after, ()
        attributes = file.opening.data.attributes
        of_day, taken_up_at = self._of_day(cycle.received_at, attributes), cycle.spells[-1].began
        count = CycleCount(cycle, of_day.laws.limit, taken_up_at, of_day.limit, after)
        return count.checkpoint(), count.stops(cycle)

    def _stops(self, cycle: Cycle, count: CycleCount, limit: CatalogueLimit) -> tuple[Stop, ...]:
        """What stopped a cycle; once it has ended, with the facts that a verification asks for."""
        if cycle.ended is None:
            return count.stops(cycle)
        in_days = limit.counts_days
        return count.stops(cycle, self._calendar.open_seconds_of_any if in_days else _no_hours)

    def _with_more(
        self, state: CycleState, cycle: Cycle, count: CycleCount, file: FileState, terms: int
    ) -> CycleState:
        """The state with what only some standards and histories have."""
        law, ended = self._laws[terms], cycle.ended is not None
        unextended, other = None, cycle.awaited and party_of(cycle.awaited) == "other"
        if count.extensions and ended:
            unextended = _is_on_time(cycle, law.unextended, file.now)
        tiers = law.tiers if state.status == "decided" else ()
        return replace(
            state,
            unit=_unit_at_end(cycle, file.units),
            calendar=self._named_calendar,
            counted_from=None if count.counted_from == cycle.received_at else count.counted_from,
            waits_for="other" if other and not ended else None,
            extensions=count.extensions,
            on_time_unextended=unextended,
            tiers=tuple([_is_on_time(cycle, tier, file.now) for tier in tiers]),
            terms=terms if self._by_attributes else None,
        )

    def further_deadlines(self, file: FileState) -> Sequence[Deadline]:
        """The deadlines of a file's last cycle by the targets after the first."""
        assert file.opening is not None
        cycle, attributes = file.cycles[-1], file.opening.data.attributes
        found = []
        for law in self._of_day(cycle.received_at, attributes).laws.tiers:
            count = CycleCount(cycle, law, file.now)
            due, _ = count.due_and_earliest()
            due_on = None if due is None else count.limit.day(due)
            found.append(
                Deadline(count.limit.in_units(count.allowed()), due_on, count.breaches_at(due))
            )
        return found

    def _of_day(self, received_at: datetime, attributes: Mapping[str, str]) -> _DayTerms:
        """The terms of a cycle, and its limit: the same for all that is received on a day, mostly."""
        day = self._calendar.table.day_of(received_at)
        found = self._of_days.get(day)
        if found is None:
            terms = self._standard.terms_of_day(date.fromordinal(day), attributes)
            laws = self._laws[terms.index]
            found = _DayTerms(terms, laws, laws.limit.begin(received_at))
            if not (self._by_attributes or self._by_hours):
                self._of_days[day] = found
        return found


def _unit_at_end(cycle: Cycle, units: Sequence[tuple[datetime, str]]) -> str | None:
    """The unit that ended a cycle, where another one has the file now."""
    if len(units) < 2 or cycle.ended is None:
        return None
    ended_by = [unit for at, unit in units if at <= cycle.ended.time][-1]
    return None if ended_by == units[-1][1] else ended_by


def _laws(terms: Terms, calendar: BusinessCalendar) -> _TermsLaw:
    law = terms.law(calendar, terms.limit)
    tiers = [terms.law(calendar, tier.limit) for tier in terms.tiers]
    return _TermsLaw(law, law._replace(extensions={}), tiers)


def _is_on_time(cycle: Cycle, law: CountingLaw, now: datetime, limit: Limit | None = None) -> bool:
    """Whether a cycle that ended kept a limit; that of its reception, where it is known already."""
    return CycleCount(cycle, law, now, limit).late_from is None


def _unstopped(
    cycle: Cycle, law: CountingLaw, now: datetime, limit: Limit, *, late: bool
) -> bool | None:
    """Whether a cycle that ended would have kept its limit had nothing stopped it; None without stops."""
    if cycle.ended is None or not cycle.requests:
        return None
    if late:
        return False
    return _is_on_time(cycle.without_stops(), law, now, limit)


def _no_hours(began: datetime, ended: datetime) -> None:
    """A limit in opening time counts hours itself."""


def evaluate(
    history: History,
    standard: Standard,
    calendar: BusinessCalendar,
    now: datetime,
    sharing: Sharing = NOT_SHARED,
) -> FileClock:
    """The clock of one file as of ``now``; for many of them, keep a :class:`DelayCalculator`."""
    calculator = DelayCalculator(standard, calendar)
    file = cycles.read_cycles(history, now, sharing, lambda _: calculator.passage)
    return calculator.clock(file)


def clock_before_reception(file: FileState) -> FileClock:
    """The clock of a file whose reception is not known: no cycle, only anomalies."""
    return FileClock(
        cycles=(),
        anomalies=tuple(file.anomalies),
        crossed_at=file.last_at or NEVER,
        crosses_at=file.next_at,
    )


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


class _StageSpan:
    """A cycle's stage, the instant it began, and the one at which the next begins (§4)."""

    __slots__ = ("next_at", "since", "stage")

    def __init__(
        self,
        stage: Stage | None = None,
        since: datetime | None = None,
        next_at: datetime | None = None,
    ) -> None:
        self.stage = stage
        self.since = since
        self.next_at = next_at


def _stage_span(
    count: CycleCount,
    stages: Sequence[tuple[Stage, int]],
    due: int | None,
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
        begins_at = count.since
        if point > count.taken_up:
            begins_at = max(begins_at, count.limit.instant(point))
        if begins_at > now:
            return _StageSpan(stage, since, begins_at)
        stage, since = next_stage, begins_at
    return _StageSpan(stage, since, breaches_at)


def _reminder(
    reminder: Reminder, calendar: BusinessCalendar, since: datetime, now: datetime
) -> _StageSpan:
    """The stage of a wait: none, until it is long enough to look after."""
    try:
        last = reminder.remind_after.last_day(calendar, calendar.local_day(since))
        long_from = calendar.midnight(last)
    except CoverageError:
        return _StageSpan()
    if long_from > now:
        return _StageSpan(next_at=long_from)
    return _StageSpan("waiting_long", long_from)


def _status(cycle: Cycle) -> tuple[Status, str | None]:
    """The cycle's status, and the outcome of its decision."""
    match cycle.ended:
        case None:
            return "waiting" if cycle.outstanding else "open", None
        case Decided(data=data):
            return "decided", data.outcome
        case Reached():
            return "decided", None
        case Withdrawn(data=data):
            return "withdrawn", data.reason


def _review_until(review: Review | None, outcome: str | None, ended_on: date) -> date | None:
    """The client's last day to ask for a review: civil days after a refusal or rejection (§1)."""
    if review is None or outcome not in review.outcomes:
        return None
    return ended_on + timedelta(days=review.days)
