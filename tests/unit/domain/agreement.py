"""The same file asked of the product and of the oracle, and the two answers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from shared.domain import cycles, delay, ownership
from shared.domain.calendars.calendar import BusinessCalendar
from shared.domain.commitments import Standard
from shared.domain.delay import CycleClock, FileClock
from shared.domain.events import Event
from shared.domain.ledger import CycleLedger, file_ledger
from shared.domain.records import CycleState
from tests.builders import members, stored
from tests.unit.domain import oracle
from tests.unit.domain.oracle import Groups, Told
from tests.unit.domain.oracle_stops import in_hours
from tests.unit.domain.standards import ALL_PROMISES, calendar, standard

SHARED_BY_ALL: Groups = [("one", "two", "three")]
"""Where nothing is said of whose a file is, the sources of ``strategies`` share it."""
STATE_FIELDS = tuple(
    name for name in CycleState.__struct_fields__ if name not in ("counted", "waited")
)
"""What the oracle says as a snapshot does; the counts of a snapshot are its ``settled``."""


def event_of(told: Told, standard_id: str = "caq-etudes") -> Event:
    """An event as the product knows it."""
    time = told.at.astimezone(UTC).isoformat()
    data = _data(told, standard_id)
    return stored(
        members(told.type, "F-1", time, data, named=told.id, source=told.source), told.recorded
    )


def _data(told: Told, standard_id: str) -> dict[str, Any]:
    data: dict[str, dict[str, Any]] = {
        "received": {
            "standard": standard_id,
            "unit": told.unit,
            "attributes": dict(told.attributes),
        },
        "documents_requested": {"request_id": told.request_id, "kind": told.kind},
        "documents_received": {"request_id": told.request_id},
        "decided": {"outcome": told.outcome or "accepted"},
        "withdrawn": {"reason": told.reason},
        "extended": {"extension": told.extension, "until": told.until},
        "reached": {"milestone": told.milestone},
        "transferred": {"unit": told.unit},
        "reopened": {"reason": "sent-back"},
        "voided": {"event_id": told.event_id or ""},
        "assigned": {"source": told.to or ""},
    }
    return data[told.type]


class Case(NamedTuple):
    """A file's events, the terms under which they are counted, and a moment to ask about."""

    events: Sequence[Told]
    now: datetime
    standard: str = "caq-etudes"
    calendar: str = "qc-legal"
    groups: Groups = SHARED_BY_ALL

    def at(self, now: datetime) -> Case:
        return self._replace(now=now)

    def until_now(self) -> Case:
        """Without the events dated ahead."""
        return self._replace(events=[told for told in self.events if told.at <= self.now])

    @property
    def history(self) -> cycles.History:
        return cycles.history(event_of(told, self.standard) for told in self.events)

    @property
    def sharing(self) -> ownership.Sharing:
        return ownership.sharing(self.groups)

    @property
    def clock(self) -> FileClock:
        """The product's answer."""
        return delay.evaluate(self.history, *self._terms)

    @property
    def ledger(self) -> tuple[CycleLedger, ...]:
        return file_ledger(self.history, *self._terms)

    @property
    def _terms(self) -> tuple[Standard, BusinessCalendar, datetime, ownership.Sharing]:
        return standard(self.standard), calendar(self.calendar), self.now, self.sharing


def stops_as_told(state: CycleState) -> tuple[tuple[Any, ...], ...]:
    """What stopped a cycle, in the oracle's words."""
    return tuple(
        (
            one.began_at,
            one.recorded_at,
            one.counted,
            one.removed,
            one.party,
            one.ended_at,
            one.kind,
            one.lapsed,
            one.remaining,
            one.late_at,
            one.open_seconds,
        )
        for one in state.stops
    )


def as_told(clock: CycleClock) -> dict[str, Any]:
    """One cycle of the product's answer, in the oracle's words."""
    return {name: getattr(clock.state, name) for name in STATE_FIELDS} | {
        "counted": clock.counted,
        "waited": clock.waited,
        "settled": (clock.state.counted, clock.state.waited),
        "extensions": tuple(
            (one.extension, one.at, one.until, one.allowed) for one in clock.state.extensions
        ),
        "stops": stops_as_told(clock.state),
        "earliest_due_on": clock.earliest_due_on,
        "remaining": round(clock.remaining, 6),
    }


def assert_agreement(case: Case) -> FileClock:
    """Product and oracle say the same of every cycle and of every anomaly."""
    clock, promises = case.clock, ALL_PROMISES[case.standard]
    expected, anomalies = oracle.clocks(case.events, promises, case.now, case.calendar, case.groups)
    for cycle in expected:
        cycle["stops"] = in_hours(cycle["stops"], case.calendar)
    assert [as_told(cycle) for cycle in clock.cycles] == expected
    told = sorted((a.source, a.event_id, a.reason) for a in clock.anomalies)
    assert told == anomalies
    return clock
