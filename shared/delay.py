"""The law of delay: from the events of one file to its clock.

Pure: performs no IO and never asks what time it is. Days are never incremented; what is kept is *when* the file changed hands, so
a missed or repeated run cannot make a counter drift. One rule counts (rule 2): a day counts if and only if it is a business day
(for a limit in months, any civil day) and the file was in the Ministry's hands when that day began, at 00:00 local. Hence a spell
from one local day to another counts the days after the first, through the second. Source: Déclaration de services à la
clientèle, MIFI, October 2021; rules 1 to 13 of docs/counting-rules.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from shared import cycles
from shared.calendar import BusinessCalendar
from shared.catalogue import Review
from shared.cycles import Cycle, History
from shared.events import Anomaly, CycleState, Decided, Stage, Status, Withdrawn
from shared.limits import P, limit_of
from shared.standards import Standard, Thresholds
from shared.walk import Walk

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


def evaluate(
    history: History,
    standard: Standard,
    calendar: BusinessCalendar,
    now: datetime,
    review: Review | None = None,
) -> FileClock:
    """The clock of every cycle of a file as of ``now``; raises ``CoverageError`` outside the calendar's years.

    ``review`` is the client's recourse after a refusal, if the catalogue has one.
    """
    story = cycles.read(history, now)
    crossed_at, crosses_at = _event_crossings(history, now)
    clocks = []
    for cycle in story.cycles:
        assert story.opening is not None
        attributes = story.opening.data.attributes
        clock, crossing = _clock(cycle, attributes, standard, calendar, now, review)
        clocks.append(clock)
        if cycle.ended is None:
            crossed_at = max(crossed_at, clock.state.stage_since or NEVER)
            crosses_at = min(filter(None, (crossing, crosses_at)), default=None)
    return FileClock(tuple(clocks), tuple(story.anomalies), crossed_at, crosses_at)


def unreceived(history: History, now: datetime) -> FileClock:
    """The clock of a file whose reception is not known as of ``now``: no cycle, only anomalies."""
    crossed_at, crosses_at = _event_crossings(history, now)
    return FileClock((), tuple(cycles.read(history, now).anomalies), crossed_at, crosses_at)


def _event_crossings(history: History, now: datetime) -> tuple[datetime, datetime | None]:
    """When the last event known happened, and when the next one dated ahead will."""
    known = cycles.known_by(history, now)
    crossed_at = known[-1].time if known else NEVER
    crosses_at = history[len(known)].time if len(known) < len(history) else None
    return crossed_at, crosses_at


def _clock(
    cycle: Cycle,
    attributes: Mapping[str, str],
    standard: Standard,
    calendar: BusinessCalendar,
    now: datetime,
    review: Review | None,
) -> tuple[CycleClock, datetime | None]:
    """One cycle's clock, and the next instant at which its stage changes."""
    received_on = calendar.local_day(cycle.received_at)
    in_effect = standard.terms_on(received_on)
    terms = in_effect or standard.nearest_terms(received_on)
    limit = limit_of(terms, calendar, cycle.received_at, received_on)
    walk = Walk(cycle, limit, now)
    due, earliest = walk.due_and_earliest()
    stage, stage_since, crosses_at = _stage(walk, terms.thresholds, now)
    status, outcome = _status(cycle)
    ended_on = None if cycle.ended is None else limit.day(walk.end)
    late = walk.late_from is not None
    followed = in_effect is not None and terms.measures(attributes)
    counted, waited, settled_counted, settled_waited, allowed = _in_units(
        limit.per_unit,
        (
            walk.counted,
            walk.waited,
            walk.settled_counted,
            walk.settled_waited,
            limit.allowed(walk.waited),
        ),
    )
    state = CycleState(
        number=cycle.number,
        status=status,
        received_at=cycle.received_at,
        received_on=received_on,
        since=walk.since,
        counted=settled_counted,
        waited=settled_waited,
        measured=followed and (status != "withdrawn" or (late and terms.measures_abandonment)),
        due_on=None if due is None else limit.day(due),
        breaches_at=walk.breaches_at(),
        on_time=False if late else (True if status == "decided" else None),
        stage=stage,
        stage_since=stage_since,
        ended_on=ended_on,
        outcome=outcome,
        review_until=_review_until(review, outcome, ended_on),
    )
    return CycleClock(
        state,
        counted,
        waited,
        allowed,
        None if earliest is None else limit.day(earliest),
    ), crosses_at


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


def _stage(
    walk: Walk[P], thresholds: Thresholds | None, now: datetime
) -> tuple[Stage | None, datetime | None, datetime | None]:
    """The stage of an open cycle, the instant it began, and the instant the next one begins (§4)."""
    if walk.cycle.ended is not None:
        return None, None, None
    breaches_at = walk.breaches_at()
    if walk.late_from is not None:
        return "overdue", breaches_at, None
    if breaches_at is None:
        return None, None, None
    stage: Stage = "on_track"
    since = walk.since
    for next_stage, begins_at in _later_stages(walk, thresholds):
        if begins_at > now:
            return stage, since, begins_at
        stage, since = next_stage, begins_at
    return stage, since, breaches_at


def _later_stages(walk: Walk[P], thresholds: Thresholds | None) -> Iterator[tuple[Stage, datetime]]:
    """The stages before overdue and when each begins: when so much remains, or at once where less remains already."""
    if thresholds is None:
        return
    limit, due = walk.limit, walk.due()
    for stage, remaining in thresholds.stages():
        point = limit.preceding(due, remaining)
        yield stage, walk.since if point <= walk.taken_up else limit.instant(point)


def _review_until(review: Review | None, outcome: str | None, ended_on: date | None) -> date | None:
    """The client's last day to ask for a review: civil days after a refusal or rejection (§1)."""
    if review is None or ended_on is None or outcome not in review.outcomes:
        return None
    return ended_on + timedelta(days=review.days)
