"""Every word of the records has a text in both languages."""

from __future__ import annotations

from typing import get_args

from shared.domain.events import EVENT_TYPES, short_name
from shared.domain.records import AnomalyReason, Status
from shared.domain.vocabulary import ANOMALIES, EVENTS, STATUSES, requests


def test_every_event_anomaly_and_status_has_words() -> None:
    assert {short_name(event_type) for event_type in EVENT_TYPES} < set(EVENTS)
    assert set(ANOMALIES) == set(get_args(AnomalyReason))
    assert set(STATUSES) == set(get_args(Status))


def test_the_first_requests_are_listed_and_the_others_counted() -> None:
    assert requests((None,), "en") == ""
    assert requests(("R1", "R2"), "fr") == "R1, R2"
    many = requests(tuple(f"R{number}" for number in range(60)), "en")
    assert many.startswith("R0, R1") and many.endswith(" more")
