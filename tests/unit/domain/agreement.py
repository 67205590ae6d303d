"""The same file asked of the product and of the oracle, and the two answers side by side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from shared.domain import cycles, delay, ownership
from shared.domain.delay import CycleClock, FileClock
from shared.domain.events import Event
from tests.builders import members, stored
from tests.unit.domain import oracle
from tests.unit.domain.oracle import Groups, Told
from tests.unit.domain.standards import ALL_PROMISES, calendar, standard

SHARED_BY_ALL: Groups = [("one", "two", "three")]
"""Where nothing is said of whose a file is, the sources of ``strategies`` share it."""
STATE_FIELDS = (
    "number",
    "status",
    "received_at",
    "received_on",
    "since",
    "due_on",
    "breaches_at",
    "on_time",
    "measured",
    "stage",
    "stage_since",
    "ended_on",
    "outcome",
    "review_until",
)


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
            "unit": "montreal",
            "attributes": dict(told.attributes),
        },
        "documents_requested": {"request_id": told.request_id},
        "documents_received": {"request_id": told.request_id},
        "decided": {"outcome": told.outcome or "accepted"},
        "withdrawn": {},
        "reopened": {"reason": "sent-back"},
        "voided": {"event_id": told.event_id or ""},
        "assigned": {"source": told.to or ""},
    }
    return data[told.type]


def evaluated(
    events: Iterable[Told],
    standard_id: str,
    now: datetime,
    calendar_id: str = "qc-legal",
    groups: Groups = SHARED_BY_ALL,
) -> FileClock:
    """The product's answer."""
    history = cycles.history(event_of(told, standard_id) for told in events)
    chosen = standard(standard_id)
    shared = ownership.sharing(groups)
    return delay.evaluate(history, chosen, calendar(calendar_id), now, shared)


def as_told(clock: CycleClock) -> dict[str, Any]:
    """One cycle of the product's answer, in the oracle's words."""
    return {name: getattr(clock.state, name) for name in STATE_FIELDS} | {
        "counted": clock.counted,
        "waited": clock.waited,
        "settled": (clock.state.counted, clock.state.waited),
        "earliest_due_on": clock.earliest_due_on,
        "remaining": round(clock.remaining, 6),
    }


def assert_agreement(
    events: Iterable[Told],
    standard_id: str,
    now: datetime,
    calendar_id: str = "qc-legal",
    groups: Groups = SHARED_BY_ALL,
) -> FileClock:
    """Product and oracle say the same of every cycle and of every anomaly."""
    events = list(events)
    clock = evaluated(events, standard_id, now, calendar_id, groups)
    promises = ALL_PROMISES[standard_id]
    expected, anomalies = oracle.clocks(events, promises, now, calendar_id, groups)
    assert [as_told(cycle) for cycle in clock.cycles] == expected
    told = sorted((a.source, a.event_id, a.reason) for a in clock.anomalies)
    assert told == anomalies
    return clock
