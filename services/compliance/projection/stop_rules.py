"""What the stops of an ended cycle took off, and which of its facts are to verify. Pure.

A rule singles out files whose stopped clock deserves a look: it never says that anything is wrong.
Its threshold stands here once, with the reason, and its base rate is shown beside it. The rules read
nothing but the cycle as its snapshot has it, so that what one snapshot added another takes back.
Measured cycles that ended are looked at: those that the attainment of decided files counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Literal, NamedTuple, get_args

from services.compliance.projection.snapshot_tallies import (
    MEASURED_ON_TIME,
    TallyKey,
    measured_outcome,
)
from shared.domain import ClockSnapshot, CycleState, Stop, microseconds
from shared.domain.calendars import LimitAmount

StopRule = Literal[
    "near_limit",
    "overnight",
    "unanswered",
    "decided_waiting",
    "serial",
    "recorded_late",
    "reopened",
    "last_day",
]
STOP_RULES: Final[tuple[StopRule, ...]] = get_args(StopRule)

NEAR_LIMIT_SHARE: Final = 10
"""A stop begins near the limit where a tenth of it remains, or one day: the file had to be decided
then whatever was missing, so that a request is the only way left to be on time."""
OVERNIGHT_HOURS: Final = 2
"""Opening hours waited for each day removed: a quarter of a working day or less. A request of an
evening that is answered the next morning removes a day that was worked."""
UNANSWERED_DAYS: Final = 30
"""Civil days after which a request counts as never answered: longer than bodies usually give. A
decision before them was taken without what was asked for."""
SERIAL_WAITS: Final = 3
"""Waits one after the other in one cycle: what is missing can usually be asked for at once, and what
the answer lacks a second time."""
REOPENED_DAYS: Final = 7
"""Civil days from a decision on time to the reopening: shorter than any review takes."""

_HOUR_SECONDS: Final = 3_600
_DAY: Final = timedelta(days=1)

DAYS_AROUND: Final = 2
"""Days on each side of the last day that show how many files would be decided that day by chance."""
_AROUND: Final = range(-DAYS_AROUND, DAYS_AROUND + 1)
SHORTEST_TESTED_DAYS: Final = 10
"""Limits of fewer days have no last day to look at: a day is too coarse beside them."""


class Finding(NamedTuple):
    """Why a cycle is to verify: the rule, the instant that it is about, and how much of it.

    ``amount`` is what remained of the limit (``near_limit``), the opening hours waited
    (``overnight``), the civil days waited (``unanswered``, ``decided_waiting``), waits (``serial``),
    civil days from the request to its recording (``recorded_late``), or from the decision to the
    reopening (``reopened``); 0 for ``last_day``.
    """

    rule: StopRule
    at: datetime
    amount: LimitAmount


class StoppedOutcome(NamedTuple):
    """The outcome of a tally of stopped cycles: what was removed, in whole days or seconds.

    ``kinds`` are those of its stops, each once; '' is a request without a kind. ``by_stops`` where
    the cycle is on time, and would have been late had nothing stopped it.
    """

    kinds: tuple[str, ...]
    removed: int
    by_stops: bool

    @property
    def written(self) -> str:
        """As it is stored."""
        return f"{self.removed}:{'+' if self.by_stops else ''}:{','.join(self.kinds)}"

    @classmethod
    def of(cls, written: str) -> StoppedOutcome:
        """As it was stored."""
        removed, by_stops, kinds = written.split(":")
        return cls(tuple(kinds.split(",")), int(removed), by_stops == "+")


StopFindingKey = tuple[str, int, StopRule]
"""The standard where the file has several, otherwise empty; the cycle; the rule."""
StopFindingRow = tuple[str, str, int | None, str, float, int, LimitAmount]
"""Standard, unit, ordinal of the day it ended (None once it is to verify no longer), outcome, what
its stops removed, then ``at`` in microseconds and ``amount`` of the finding. A whole amount stays
one in compiled code, which makes any ``float`` a double."""


class StopFacts(NamedTuple):
    """What a file adds to the tallies of stops, and its findings as they are listed."""

    keys: Sequence[TallyKey]
    rows: Mapping[StopFindingKey, StopFindingRow]


NO_STOP_FACTS: Final = StopFacts((), {})


def stop_facts(snapshot: ClockSnapshot | None) -> StopFacts:
    """The tallies and findings of a file's measured cycles that ended."""
    if snapshot is None or snapshot.standard is None or snapshot.unit is None:
        return NO_STOP_FACTS
    keys: list[TallyKey] = []
    rows: dict[StopFindingKey, StopFindingRow] = {}
    for index, state in enumerate(snapshot.cycles):
        if state.remaining is None:
            continue
        if not state.stops and state.remaining > DAYS_AROUND and index + 1 == len(snapshot.cycles):
            continue  # most: neither stopped, nor near its last day, nor reopened
        outcome = measured_outcome(state)
        if outcome is None or state.ended_on is None:
            continue
        standard, unit = state.standard or snapshot.standard, state.unit or snapshot.unit
        day = state.ended_on.toordinal()
        removed = float(state.stopped)  # of no stops it is 0, which compiled code would make 0.0
        if state.stops:
            kinds = tuple(sorted({stop.kind or "" for stop in state.stops}))
            by_stops = outcome in MEASURED_ON_TIME and state.on_time_unstopped is False
            stopped = StoppedOutcome(kinds, ceil(removed), by_stops)
            keys.append((standard, "stopped", day, unit, stopped.written))
        if _has_last_day(state) and state.remaining in _AROUND:
            keys.append((standard, "days_left", day, unit, str(int(state.remaining))))
        for finding in findings(state, _following(snapshot.cycles, index)):
            if finding.rule != "last_day":  # those are the days_left of none
                keys.append((standard, "to_verify", day, unit, finding.rule))
            rows[state.standard or "", state.number, finding.rule] = (
                standard,
                unit,
                day,
                outcome,
                removed,
                microseconds(finding.at),
                finding.amount,
            )
    return StopFacts(keys, rows) if keys else NO_STOP_FACTS


def changed_findings(
    before: Mapping[StopFindingKey, StopFindingRow], after: Mapping[StopFindingKey, StopFindingRow]
) -> list[tuple[StopFindingKey, StopFindingRow]]:
    """The findings whose row changes; one that is none any more is listed under no day."""
    changed = [(key, row) for key, row in after.items() if before.get(key) != row]
    for key in before.keys() - after.keys():
        standard, unit, _, outcome, removed, at, amount = before[key]
        changed.append((key, (standard, unit, None, outcome, removed, at, amount)))
    return changed


def findings(state: CycleState, following: CycleState | None) -> list[Finding]:
    """What of an ended cycle is to verify; ``following`` is the one that its reopening began."""
    decided = state.status == "decided"
    found = _of_stops(state.stops, state.since, decided=decided) if state.stops else []
    if not decided or not state.on_time:
        return found
    if following is not None and following.received_at - state.since <= REOPENED_DAYS * _DAY:
        days = (following.received_at - state.since) / _DAY
        found.append(Finding("reopened", following.received_at, round(days, 1)))
    if state.remaining == 0 and _has_last_day(state):
        found.append(Finding("last_day", state.since, 0))
    return found


def _has_last_day(state: CycleState) -> bool:
    """Whether a cycle was decided under a limit in days that is long enough.

    No count of days is longer than the civil days it took; one of seconds near its limit is.
    """
    if state.status != "decided" or state.remaining is None or state.ended_on is None:
        return False
    in_days = state.counted <= (state.ended_on - state.received_on).days
    return in_days and state.counted + state.remaining >= SHORTEST_TESTED_DAYS


def _of_stops(stops: Sequence[Stop], end: datetime, *, decided: bool) -> list[Finding]:
    """Each rule about stops once, by the stop that shows it best."""
    taken = [stop for stop in stops if stop.removed > 0]
    found = _of_removing_stops(taken) if taken else []
    open_ended = [stop for stop in stops if stop.ended_at is None or stop.lapsed]
    if open_ended:
        first = min(open_ended, key=lambda stop: stop.began_at)
        days = round(((first.ended_at or end) - first.began_at) / _DAY, 1)
        if any(stop.lapsed for stop in open_ended) or days >= UNANSWERED_DAYS:
            found.append(Finding("unanswered", first.began_at, days))
        elif decided:
            found.append(Finding("decided_waiting", first.began_at, days))
    waits = _waits(stops) if len(stops) >= SERIAL_WAITS else ()
    if len(waits) >= SERIAL_WAITS:
        found.append(Finding("serial", waits[-1], len(waits)))
    return found


def _of_removing_stops(taken: Sequence[Stop]) -> list[Finding]:
    """The rules about stops that removed something from the delay."""
    found: list[Finding] = []
    near = [stop for stop in taken if _begins_near_limit(stop)]
    if near:
        nearest = min(near, key=lambda stop: (stop.remaining, stop.began_at))
        assert nearest.remaining is not None
        found.append(Finding("near_limit", nearest.began_at, nearest.remaining))
    nights = [(hours / stop.removed, stop.began_at, hours) for stop, hours in _hours(taken)]
    if nights and min(nights)[0] <= OVERNIGHT_HOURS:
        _, began_at, hours = min(nights)
        found.append(Finding("overnight", began_at, round(hours, 2)))
    late = [
        stop for stop in taken if stop.late_at and stop.began_at < stop.late_at <= stop.recorded_at
    ]
    if late:
        latest = max(late, key=lambda stop: stop.recorded_at)
        days = (latest.recorded_at - latest.began_at) / _DAY
        found.append(Finding("recorded_late", latest.began_at, round(days, 1)))
    return found


def _begins_near_limit(stop: Stop) -> bool:
    if stop.remaining is None or stop.remaining < 0:
        return False
    return stop.remaining <= max(1, (stop.counted + stop.remaining) / NEAR_LIMIT_SHARE)


def _hours(stops: Sequence[Stop]) -> Sequence[tuple[Stop, float]]:
    """The answered stops of a limit in days, each with the opening hours waited."""
    return [
        (stop, stop.open_seconds / _HOUR_SECONDS)
        for stop in stops
        if stop.open_seconds is not None and stop.ended_at is not None
    ]


def _waits(stops: Sequence[Stop]) -> Sequence[datetime]:
    """When each wait began: a request made while another is outstanding begins none."""
    begins: list[datetime] = []
    until: datetime | None = None
    for stop in sorted(stops, key=lambda stop: stop.began_at):
        if not begins or (until is not None and stop.began_at >= until):
            begins.append(stop.began_at)
            until = stop.ended_at
        elif until is not None:
            until = None if stop.ended_at is None else max(until, stop.ended_at)
    return begins


def _following(cycles: Sequence[CycleState], index: int) -> CycleState | None:
    """The next cycle of the same standard."""
    if index + 1 == len(cycles):
        return None
    own = cycles[index].standard, cycles[index].number + 1
    return next((one for one in cycles if (one.standard, one.number) == own), None)
