"""Which alerts a new snapshot raises and resolves: a pure function of the alerts known of the file, its last snapshot and the new one.

An alert is active while its file is at its stage or past it, in that passage of the file through the Ministry's hands: at risk and
critical stay active beside overdue. Whoever asks twice is answered nothing the second time, so a repeated batch raises nothing
again. What a snapshot says of a cycle is its present stage and when that began; of a stage already passed it is only known that it
began earlier, and not before the file last changed hands (§4 of docs/counting-rules.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from shared.domain import AlertEnd, AlertStage, BreachAlert, ClockSnapshot, CycleState

STAGES: tuple[AlertStage, ...] = ("at_risk", "critical", "overdue")
"""From the mildest to the gravest."""

_PROMPT = timedelta(hours=1)
"""What began so recently was raised by time, also when the same snapshot is the first under a new catalogue."""


def may_change(before: ClockSnapshot | None, after: ClockSnapshot) -> bool:
    """Whether a file may have alerts to raise or resolve: all others need not be looked up."""
    return before is None or _warned(before) or _warned(after)


def _warned(snapshot: ClockSnapshot) -> bool:
    for state in snapshot.cycles:
        if state.stage is not None and state.stage != "on_track" and state.measured:
            return True
    return False


def changes(
    known: Sequence[BreachAlert],
    before: ClockSnapshot | None,
    after: ClockSnapshot,
    now: datetime,
    *,
    warned: Collection[str],
) -> Sequence[BreachAlert]:
    """The alerts as they now are, of those that the new snapshot changes: raised, raised again, resolved, or otherwise due.

    ``known`` are all alerts the file ever had; ``now`` becomes the moment of raising or resolving; ``warned`` are the standards whose
    files are warned of one by one, those that have thresholds (§4).
    """
    if after.standard not in warned:
        after = _unmeasured(after)
    by_catalogue = _by_catalogue(before, after)
    states = {state.number: state for state in after.cycles}
    found = {alert.identity: alert for alert in known}
    changed = {
        alert.identity: _followed(alert, states.get(alert.cycle), after, now)
        for alert in known
        if alert.active
    }
    for state in after.cycles:
        for raised in _raised(state, after, now):
            earlier = found.get(raised.identity)
            if earlier is None or not earlier.active:
                late = now - raised.stage_since > _PROMPT
                first = earlier.raised_at if earlier else now
                raised = replace(raised, by_catalogue=by_catalogue and late, raised_at=first)
                changed[raised.identity] = raised
    return [alert for alert in changed.values() if alert != found.get(alert.identity)]


def _unmeasured(after: ClockSnapshot) -> ClockSnapshot:
    """A file nobody is to be warned of, as one that is followed only."""
    return replace(after, cycles=tuple(replace(state, measured=False) for state in after.cycles))


def _by_catalogue(before: ClockSnapshot | None, after: ClockSnapshot) -> bool:
    """Whether the file was counted anew, and nothing happened to it."""
    return (
        before is not None
        and after.generation > before.generation
        and after.position == before.position
    )


def _stage(state: CycleState) -> AlertStage | None:
    """The stage a cycle is warned of: only files that are measured, and open."""
    if not state.measured:
        return None
    match state.stage:
        case None | "on_track":
            return None
        case "at_risk" | "critical" | "overdue":
            return state.stage


def _raised(state: CycleState, after: ClockSnapshot, now: datetime) -> Iterator[BreachAlert]:
    stage = _stage(state)
    if stage is None:
        return
    assert after.standard and after.unit and state.stage_since  # a file with a stage has them
    assert state.due_on and state.breaches_at
    yield BreachAlert(
        file_id=after.file_id,
        cycle=state.number,
        stage=stage,
        stage_since=state.stage_since,
        standard=after.standard,
        unit=after.unit,
        due_on=state.due_on,
        breaches_at=state.breaches_at,
        raised_at=now,
    )


def _followed(
    alert: BreachAlert, state: CycleState | None, after: ClockSnapshot, now: datetime
) -> BreachAlert:
    """An active alert beside what the file has become: still active, perhaps of another unit or due otherwise, or resolved."""
    why = "voided" if state is None else _end(alert, state)
    if why is not None:
        return replace(alert, resolved_at=now, resolved_why=why)
    assert state and after.standard and after.unit and state.due_on and state.breaches_at
    return replace(
        alert,
        standard=after.standard,
        unit=after.unit,
        due_on=state.due_on,
        breaches_at=state.breaches_at,
    )


def _end(alert: BreachAlert, state: CycleState) -> AlertEnd | None:
    """Why an alert is over; None while it goes on."""
    if state.status == "decided" or state.status == "withdrawn":
        return state.status
    stage = _stage(state)
    if stage is None:
        return "waiting" if state.status == "waiting" and state.measured else "corrected"
    assert state.stage_since
    if stage == alert.stage:
        return None if alert.stage_since == state.stage_since else _replaced(alert, state)
    passed = STAGES.index(stage) > STAGES.index(alert.stage)
    if passed and _hands_changed_at(state) <= alert.stage_since < state.stage_since:
        return None
    return _replaced(alert, state)


def _hands_changed_at(state: CycleState) -> datetime:
    """Since when the stages passed can have begun; a file that waited once it was overdue tells nothing of them."""
    assert state.stage_since
    return state.since if state.since <= state.stage_since else state.received_at


def _replaced(alert: BreachAlert, state: CycleState) -> AlertEnd:
    """Why a running cycle has another stage than the alert's: it was in the client's hands since, or its past is another one."""
    return "waiting" if alert.stage_since < _hands_changed_at(state) else "corrected"


Counts = Sequence[tuple[str, str, int]]
"""(unit or standard, stage, alerts), in order; what has none is left out."""


class CatalogueAlerts(NamedTuple):
    """How many alerts of a unit and standard a new catalogue raised and are active, and when the first was."""

    unit: str
    standard: str
    alerts: int
    since: datetime
