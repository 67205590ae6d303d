"""What compliance must say of the snapshots of files under the wider law, counted by hand; and the comparison with its tables.

Shares no code with the projection: each cycle is put where §5 of the counting rules says, one at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from services.compliance.alerts.tables import alert_tallies, alerts
from services.compliance.projection.tables import (
    anomaly_tallies,
    compliance_files,
    measured_cycles,
    open_tallies,
    tallies,
)
from shared.database.engine import Database
from shared.domain.instants import from_microseconds
from shared.domain.records import ClockSnapshot, CycleState, decode_snapshot
from tests.simulation import stops
from tests.unit.domain.agreement import STATE_FIELDS, stops_as_told
from tests.unit.domain.oracle_calendar import local_day

GRAVITY = ("at_risk", "critical", "overdue")
AGAIN = "*"
"""Before the name of a standard: what a sum over all standards would count twice."""
OF_FILES = ("received", "decided", "withdrawn", "open")

Tally = tuple[str, str, str, str, int, str]
"""Basis, grain (empty of what is present), standard, unit, ordinal of the day or 0, outcome."""


class Alert(NamedTuple):
    """The identity of an alert; ``of_standard`` is empty in a file of one standard."""

    file_id: str
    of_standard: str
    cycle: int
    stage: str
    since: datetime


Place = tuple[str, date | None, str]
"""Basis, day and outcome."""


def past(state: CycleState) -> Iterator[Place]:
    """Where a cycle counts for good."""
    yield "received", state.received_on, "begun"
    if state.status in ("open", "waiting"):
        if state.measured and state.stage == "overdue":
            yield "due", state.due_on, "overdue"
        return
    if state.status == "withdrawn" and not state.measured:
        yield "withdrawn", state.ended_on, "left_out"
        return
    if state.status == "withdrawn":
        outcome = "abandoned"
    elif not state.on_time:
        outcome = "late"
    else:
        outcome = "on_time" if state.on_time_unextended in (None, True) else "on_time_extended"
    yield "decided", state.ended_on, outcome if state.measured else "followed"
    if state.measured:
        yield "due", state.due_on, outcome
        for number, kept in enumerate(state.tiers, 2):
            yield f"tier_{number}", state.ended_on, "on_time" if kept else "late"


def present(state: CycleState) -> Iterator[Place]:
    """Where it counts while it is open."""
    if state.status not in ("open", "waiting"):
        return
    party = "_other" if state.waits_for == "other" else ""
    if not state.measured:
        yield "open", None, "followed"
    elif state.stage in (None, "waiting_long"):
        yield "open", None, ("waiting" if state.stage is None else "waiting_long") + party
        yield "waiting_since", local_day(state.since), "waiting" + party
    else:
        yield "open", None, str(state.stage)
        yield "open_received", state.received_on, str(state.stage)
        if state.stage != "overdue":
            yield "open_due", state.due_on, "open"


def spans(day: date) -> Mapping[str, date]:
    """The first day of each span that a day is rolled up in."""
    return {
        "day": day,
        "week": day.replace(day=max(first for first in (1, 8, 15, 22, 29) if first <= day.day)),
        "month": day.replace(day=1),
        "quarter": day.replace(month=max(m for m in (1, 4, 7, 10) if m <= day.month), day=1),
        "year": date(day.year if day.month >= 4 else day.year - 1, 4, 1),
    }


def stopped(state: CycleState, file: ClockSnapshot) -> Iterator[Place]:
    """Where what stopped it counts, once it ended."""
    of_standard = [as_told(one) for one in file.cycles if one.standard == state.standard]
    yield from stops.places(as_told(state), of_standard)


def as_told(state: CycleState) -> Mapping[str, Any]:
    """A cycle in the oracle's words."""
    told = {name: getattr(state, name) for name in STATE_FIELDS}
    return told | {"settled": (state.counted, state.waited), "stops": stops_as_told(state)}


def counted(snapshots: Iterable[ClockSnapshot]) -> Counter[Tally]:
    """Every tally of single standards."""
    total: Counter[Tally] = Counter()
    for file in snapshots:
        if file.standard is None or file.unit is None:
            continue
        for state in file.cycles:
            standard = state.standard or file.standard
            for unit in (state.unit or file.unit, "*"):
                for basis, day, outcome in (*past(state), *stopped(state, file)):
                    assert day is not None
                    for grain, first in spans(day).items():
                        total[basis, grain, standard, unit, first.toordinal(), outcome] += 1
                for basis, day, outcome in present(state):
                    total[basis, "", standard, unit, day.toordinal() if day else 0, outcome] += 1
    return total


def passages(snapshots: Iterable[ClockSnapshot]) -> Counter[tuple[str, str]]:
    """Basis and outcome over all standards, each passage of a file once.

    Which of its open cycles is the most urgent is the law's to say: of open ones only how many.
    """
    total: Counter[tuple[str, str]] = Counter()
    for file in snapshots:
        together: defaultdict[int, list[CycleState]] = defaultdict(list)
        for state in file.cycles if file.standard and file.unit else ():
            together[state.number].append(state)
        for states in together.values():
            total["received", "begun"] += 1
            if any(state.ended_on is None for state in states):
                total["open", ""] += 1
                continue
            last = max(state.since for state in states)
            [(basis, outcome), *_] = [
                (basis, outcome)
                for state in states
                if state.since == last
                for basis, _, outcome in past(state)
                if basis in ("decided", "withdrawn")
            ]
            total[basis, outcome] += 1
    return total


def warned(snapshots: Iterable[ClockSnapshot]) -> set[Alert]:
    """The stages of which someone must be warned: every standard here has thresholds or a reminder."""
    return {
        Alert(file.file_id, state.standard or "", state.number, str(state.stage), state.stage_since)
        for file in snapshots
        for state in file.cycles
        if state.measured and state.stage in (*GRAVITY, "waiting_long")
        if state.stage_since is not None
    }


async def compare(base: Database, known: Mapping[str, ClockSnapshot]) -> None:
    """The folded snapshots, tallies, lists and alerts against those of the law."""
    async with base.reading() as connection:
        rows = (await connection.execute(select(compliance_files))).all()
        folded = {row.file_id: decode_snapshot(row.snapshot) for row in rows if not row.of_standard}
        past_rows = (await connection.execute(select(tallies))).all()
        open_rows = (await connection.execute(select(open_tallies))).all()
        listed = (await connection.execute(select(measured_cycles))).all()
        odd = (await connection.execute(select(anomaly_tallies))).all()
        raised = (await connection.execute(select(alerts))).all()
        summed = (await connection.execute(select(alert_tallies))).all()
    assert folded.keys() == known.keys()
    for file_id, snapshot in known.items():
        assert folded[file_id].cycles == snapshot.cycles, file_id
        assert folded[file_id].transfers == snapshot.transfers, file_id
    found: Counter[Tally] = Counter()
    for row in [*past_rows, *open_rows]:
        assert row.files >= 0, row
        grain = getattr(row, "grain", "")
        found[row.basis, grain, row.standard, row.unit, row.day, row.outcome] += row.files
    again = Counter({key: files for key, files in found.items() if key[2].startswith(AGAIN)})
    found.subtract(again)
    right = counted(known.values())
    wrong = {key: (found[key], right[key]) for key in found | right if found[key] != right[key]}
    assert not wrong, f"tallies (found, right): {wrong}"
    assert _over_all_standards(found, again) == +passages(known.values())
    lines = [
        row for row in listed if row.due_on is not None
    ]  # one no longer measured stays, emptied
    assert Counter((row.standard, row.unit, row.outcome) for row in lines) == _measured(
        known.values()
    )
    reasons: Counter[tuple[str, str, str]] = Counter()
    for row in odd:
        reasons[row.source, row.reason, row.unit] += row.events
    assert +reasons == Counter(
        (one.source, one.reason, file.unit or "")
        for file in known.values()
        for one in file.anomalies
    )
    assert {tuple(row[:-1]): row.alerts for row in summed if row.alerts} == Counter(
        (
            "resolved" if row.resolved_why else "active",
            row.standard,
            row.unit,
            row.stage,
            row.partition,
        )
        for row in raised
    )
    _compare_alerts(raised, known)


def _over_all_standards(found: Counter[Tally], again: Counter[Tally]) -> Counter[tuple[str, str]]:
    """What a sum over all standards says, without what it would count again."""
    total: Counter[tuple[str, str]] = Counter()
    for sign, each in ((1, found), (-1, again)):
        for (basis, grain, _, unit, _, outcome), files in each.items():
            if basis in OF_FILES and unit == "*" and grain in ("", "day"):
                total[basis, "" if basis == "open" else outcome] += sign * files
    assert min(total.values(), default=0) >= 0
    return +total


def _measured(snapshots: Iterable[ClockSnapshot]) -> Counter[tuple[str, str, str]]:
    """What every cycle that is measured or overdue is listed as."""
    total: Counter[tuple[str, str, str]] = Counter()
    for file in snapshots:
        for state in file.cycles if file.standard and file.unit else ():
            for basis, _, outcome in past(state):
                if basis == "due":
                    unit = state.unit or file.unit or ""
                    total[state.standard or file.standard or "", unit, outcome] += 1
    return total


def _compare_alerts(rows: Sequence[Row[Any]], known: Mapping[str, ClockSnapshot]) -> None:
    """Each identity once; each present stage has an active alert of the unit that has the file."""
    named = {
        Alert(
            row.file_id, row.of_standard, row.cycle, row.stage, from_microseconds(row.stage_since)
        ): row
        for row in rows
    }
    assert len(named) == len(rows)
    opened = warned(known.values())
    for alert in opened:
        assert alert in named, f"{alert} was never raised"
        row = named[alert]
        assert row.resolved_at is None, f"{alert} is open and was resolved"
        assert row.unit == known[alert.file_id].unit
        assert row.standard == (alert.of_standard or known[alert.file_id].standard)
    for alert, row in named.items():
        assert (row.resolved_at is None) == (row.resolved_why is None), alert
        if row.resolved_at is None and alert not in opened:
            [present_one] = [one for one in opened if one[:3] == alert[:3]]
            assert present_one.stage in GRAVITY and alert.stage in GRAVITY, alert
            assert GRAVITY.index(present_one.stage) > GRAVITY.index(alert.stage), alert
