"""Files of a service, of units with a calendar of their own, and of units that hand them over."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest

from shared.domain import cycles
from shared.domain.catalogue import Catalogue, load_catalogue_text
from shared.domain.events import Event
from shared.domain.file_clock import FileCalculator, FileReading, UnknownStandardError
from tests.builders import at, members, stored

CATALOGUE: Final[Catalogue] = load_catalogue_text(
    """
catalogue: complaints
languages: [en]
revision: 1
name: {en: Complaints}
organization: {en: Body}
default_calendar: office
calendars:
  office: &office
    version: "1"
    name: {en: Office}
    zone: America/Toronto
    coverage: {first_year: 2024, last_year: 2027}
    working_weekdays: [monday, tuesday, wednesday, thursday, friday]
  west:
    <<: *office
    holidays: [{name: {en: Local day}, law: {en: By-law}, days: [2025-04-30]}]
units:
  montreal: {name: {en: Montréal}}
  quebec: {name: {en: Québec}}
  west: {name: {en: West}, calendar: west}
outcomes: [answered]
milestones: [acknowledged]
standards:
  acknowledgement: &standard
    name: {en: Acknowledgement}
    closes_with: {en: acknowledgement}
    source: {en: Charter}
    ends_with: acknowledged
    terms: [{limit: {business_days: 5}, target_percent: 90, summary: {en: Acknowledge within 5 days of receipt.}}]
  answer:
    name: {en: Answer}
    closes_with: {en: answer}
    source: {en: Charter}
    terms: [{limit: {business_days: 30}, target_percent: 80, summary: {en: Answer within 30 days of receipt.}}]
services:
  complaint: {standards: [acknowledgement, answer]}
""",
    "complaints.yaml",
)


def _event(kind: str, local: str, **data: Any) -> Event:
    time = at(local)
    named = f"{kind}-{local[:10]}"
    return stored(members(kind, "P-1", time.isoformat(), data, named=named), time)


RECEIVED = _event("received", "2025-04-28 10:00", standard="complaint", unit="montreal")
REACHED = _event("reached", "2025-05-01 10:00", milestone="acknowledged")
DECIDED = _event("decided", "2025-06-02 10:00", outcome="answered")


def read(*events: Event, now: str) -> FileReading:
    return FileCalculator(CATALOGUE).read(cycles.history(events), at(now))


def test_each_standard_of_a_service_counts_the_file_on_its_own() -> None:
    file = read(RECEIVED, REACHED, DECIDED, now="2025-06-10")
    assert [
        (one.state.standard, one.state.status, one.counted, one.state.ended_on)
        for one in file.clock.cycles
    ] == [
        ("acknowledgement", "decided", 3, date(2025, 5, 1)),
        ("answer", "decided", 25, date(2025, 6, 2)),
    ]
    assert file.clock.anomalies == ()


def test_an_anomaly_is_what_no_standard_has_a_use_for() -> None:
    again = _event("reached", "2025-05-02 10:00", milestone="acknowledged")
    file = read(RECEIVED, REACHED, again, now="2025-05-05")
    assert [one.reason for one in file.clock.anomalies] == ["already_reached"]


def test_a_file_is_counted_on_the_calendar_of_the_unit_that_received_it() -> None:
    local = _event("received", "2025-04-28 10:00", standard="answer", unit="west")
    [elsewhere] = read(local, now="2025-05-02").clock.cycles
    assert (elsewhere.counted, elsewhere.state.calendar) == (3, "west")
    moved = _event("transferred", "2025-04-29 10:00", unit="quebec")
    [still] = read(local, moved, now="2025-05-02").clock.cycles
    assert (still.counted, still.state.calendar) == (3, "west")


def test_a_decided_cycle_counts_for_the_unit_that_had_the_file_then() -> None:
    moved = _event("transferred", "2025-05-06 10:00", unit="quebec")
    file = read(RECEIVED, REACHED, moved, now="2025-05-07")
    acknowledged, answer = file.clock.cycles
    assert (file.unit, acknowledged.state.unit, answer.state.unit) == ("quebec", "montreal", None)
    assert [unit for _, unit in file.units] == ["montreal", "quebec"]


def test_a_standard_that_the_catalogue_does_not_have_is_an_error() -> None:
    lost = _event("received", "2025-04-28 10:00", standard="gone", unit="montreal")
    with pytest.raises(UnknownStandardError, match="gone"):
        read(lost, now="2025-04-29")
