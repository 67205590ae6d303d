"""The law of alerts: which alerts a new snapshot of a file raises, updates and resolves.

Pure. An alert is identified by (file, cycle, stage, the instant the stage began), in a file of
several standards by the standard as well, and is active while its cycle is at that stage or a later
one of the same run; a run ends when the file leaves the Ministry's hands. So ``at_risk`` and
``critical`` stay active beside ``overdue``.

    the cycle in the new snapshot           its active alerts
    at the stage, since the same instant    stay active
    at a later stage of the same run        stay active; the stage's own alert is raised
    waiting for the client                  resolved: waiting
    decided, withdrawn                      resolved: decided, withdrawn
    no longer in the snapshot               resolved: voided
    measured no longer, on track again      resolved: corrected
    at a stage of a later run               resolved: waiting; the stage's own alert is raised
    at a stage that began otherwise         resolved: corrected; the stage's own alert is raised
    not at the stage since an extension     resolved: extended

A file that waits for longer than its standard's reminder has an alert too, of the stage
``waiting_long``. It is no breach, and resolved by the answer: answered.

The same snapshot a second time changes nothing. A snapshot has only the present stage of a cycle and
its beginning; a stage already passed began before that, and not before the file last changed hands
(§4 of docs/counting-rules.md).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from shared.domain import AlertEnd, AlertStage, BreachAlert, ClockSnapshot, CycleState

STAGES: tuple[AlertStage, ...] = ("at_risk", "critical", "overdue")
"""In order of severity, ascending."""

LONG_WAIT: AlertStage = "waiting_long"

_RECENT = timedelta(hours=1)
"""A stage that began this recently was raised by time, even in the first snapshot of a catalogue."""


def may_change(before: ClockSnapshot | None, after: ClockSnapshot) -> bool:
    """Whether a file can have alerts to raise or resolve; the alerts of other files need not be read."""
    return before is None or _has_alert_stage(before) or _has_alert_stage(after)


def _has_alert_stage(snapshot: ClockSnapshot) -> bool:
    for state in snapshot.cycles:
        if state.stage is not None and state.stage != "on_track" and state.measured:
            return True
    return False


def alert_changes(
    known: Sequence[BreachAlert],
    before: ClockSnapshot | None,
    after: ClockSnapshot,
    now: datetime,
    *,
    warned: Collection[str],
) -> Sequence[BreachAlert]:
    """The alerts that a new snapshot changes, in their new state; ``now`` is when it happens.

    ``known`` are all alerts the file ever had; ``warned`` are the standards that have thresholds: files
    of others raise no alerts but those of long waits (§4).
    """
    if not known and not _has_alert_stage(after):
        return ()  # most: nothing to end, and nothing to raise
    states = [
        state if (state.standard or after.standard) in warned else _without_thresholds(state)
        for state in after.cycles
    ]
    cycles = {(state.standard or "", state.number): state for state in states}
    stored = {alert.identity: alert for alert in known}
    changed = [
        _update(alert, cycles.get((alert.of_standard, alert.cycle)), after, now)
        for alert in known
        if alert.active
    ]
    for state in states:
        alert = _alert(state, before, after, now)
        earlier = stored.get(alert.identity) if alert else None
        if alert and earlier is None:
            changed.append(alert)
        elif alert and earlier and not earlier.active:
            changed.append(replace(alert, raised_at=earlier.raised_at))
    return [alert for alert in changed if alert != stored.get(alert.identity)]


def _without_thresholds(state: CycleState) -> CycleState:
    """A cycle of a standard that warns of no file before it is late, nor then."""
    waits = state.status == "waiting" and state.stage in (None, LONG_WAIT)
    return state if waits else replace(state, stage=None, stage_since=None)


def _is_recounted(before: ClockSnapshot | None, after: ClockSnapshot) -> bool:
    """Whether a new generation evaluated the file again, without a new event."""
    return (
        before is not None
        and after.generation > before.generation
        and after.position == before.position
    )


def _alert_stage(state: CycleState) -> AlertStage | None:
    """The stage a cycle raises an alert of; only open cycles that are measured have one."""
    if not state.measured:
        return None
    match state.stage:
        case None | "on_track":
            return None
        case "at_risk" | "critical" | "overdue" | "waiting_long":
            return state.stage


def _alert(
    state: CycleState, before: ClockSnapshot | None, after: ClockSnapshot, now: datetime
) -> BreachAlert | None:
    """The alert of the stage that a cycle is at, as raised ``now``."""
    stage = _alert_stage(state)
    if stage is None:
        return None
    assert after.standard and after.unit and state.stage_since  # a file with a stage has them
    assert stage == LONG_WAIT or (state.due_on and state.breaches_at)
    return BreachAlert(
        file_id=after.file_id,
        cycle=state.number,
        stage=stage,
        stage_since=state.stage_since,
        standard=state.standard or after.standard,
        unit=after.unit,
        due_on=state.due_on,
        breaches_at=state.breaches_at,
        raised_at=now,
        by_catalogue=_is_recounted(before, after) and now - state.stage_since > _RECENT,
        of_standard=state.standard or "",
    )


def _update(
    alert: BreachAlert, state: CycleState | None, after: ClockSnapshot, now: datetime
) -> BreachAlert:
    """An active alert resolved; or still active, with the file's present unit, standard and deadline."""
    resolution = "voided" if state is None else _resolution(alert, state)
    if resolution is not None:
        return replace(alert, resolved_at=now, resolved_why=resolution)
    assert state and after.standard and after.unit
    return replace(
        alert,
        standard=state.standard or after.standard,
        unit=after.unit,
        due_on=state.due_on,
        breaches_at=state.breaches_at,
    )


def _resolution(alert: BreachAlert, state: CycleState) -> AlertEnd | None:
    """Why an alert is over; None while it is active."""
    if state.status == "decided" or state.status == "withdrawn":
        return state.status
    if alert.stage == LONG_WAIT:
        return _end_of_wait(alert, state)
    stage = _alert_stage(state)
    if stage is None or stage == LONG_WAIT:
        waits = state.status == "waiting" and state.measured
        return "waiting" if waits else _changed(alert, state)
    assert state.stage_since
    run_began = _run_began(state)
    if stage == alert.stage:
        same_run = alert.stage_since == state.stage_since
    else:
        later = STAGES.index(stage) > STAGES.index(alert.stage)
        same_run = later and run_began <= alert.stage_since < state.stage_since
    if same_run:
        return None
    return "waiting" if alert.stage_since < run_began else _changed(alert, state)


def _end_of_wait(alert: BreachAlert, state: CycleState) -> AlertEnd | None:
    """Why the alert of a long wait is over; None while the file waits on."""
    if not state.measured:
        return "corrected"
    if state.status == "waiting" and state.stage_since == alert.stage_since:
        return None
    return "answered" if alert.stage_since <= state.since else "corrected"


def _changed(alert: BreachAlert, state: CycleState) -> AlertEnd:
    """Why a stage no longer is what it was while the file stays in hand."""
    extended = any(one.at >= alert.stage_since for one in state.extensions)
    return "extended" if extended and state.measured else "corrected"


def _run_began(state: CycleState) -> datetime:
    """The earliest instant at which the stages of this run can have begun.

    A file that waited after it was overdue changed hands later than its stage began: then only the
    reception bounds the stages before.
    """
    assert state.stage_since
    return state.since if state.since <= state.stage_since else state.received_at


Counts = Sequence[tuple[str, str, int]]
"""(unit or standard, stage, active alerts), in order; those without alerts are left out."""


class CatalogueAlerts(NamedTuple):
    """The active alerts of a unit and standard that a new catalogue raised, and when the last was raised."""

    unit: str
    standard: str
    alerts: int
    since: datetime
