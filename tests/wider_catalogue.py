"""A catalogue with what the shipped one does not need: a service, tiers, extensions, waits for others, reminders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.domain.catalogue import load_catalogue_text
from shared.domain.events import Event
from tests.builders import SOURCE, at, members, stored

TEXT = """
catalogue: wider
revision: 1
name: {fr: Large, en: Wider}
organization: {fr: Corps, en: Body}
default_calendar: office
calendars:
  office:
    version: "1"
    name: {fr: Bureau, en: Office}
    zone: America/Toronto
    coverage: {first_year: 2020, last_year: 2030}
    working_weekdays: [monday, tuesday, wednesday, thursday, friday]
    holidays:
      - {name: {fr: Un, en: One}, law: {fr: Loi, en: Law}, every_year: 12-25}
units:
  north: {name: {fr: Nord, en: North}}
  south: {name: {fr: Sud, en: South}}
outcomes: [accepted]
milestones: [acknowledged]
requests:
  third-party: {party: other}
services:
  request: {standards: [request-ack, request-answer]}
standards:
  request-ack:
    name: {fr: Accusé, en: Acknowledgement}
    closes_with: {fr: accusé, en: acknowledgement}
    source: {fr: Loi, en: Law}
    ends_with: acknowledged
    terms:
      - limit: {business_days: 5}
        target_percent: 90
        thresholds: {at_risk: 2, critical: 1}
        summary: {fr: Mot, en: Word}
  request-answer:
    name: {fr: Réponse, en: Answer}
    closes_with: {fr: décision, en: decision}
    source: {fr: Loi, en: Law}
    terms:
      - limit: {civil_days: 30}
        target_percent: 80
        thresholds: {at_risk: 10, critical: 5}
        extensions: {consultation: {by: {civil_days: 30}}}
        waiting: {remind_after: {business_days: 10}}
        summary: {fr: Mot, en: Word}
  permit:
    name: {fr: Permis, en: Permit}
    closes_with: {fr: décision, en: decision}
    source: {fr: Loi, en: Law}
    terms:
      - targets:
          - {percent: 80, limit: {weeks: 8}}
          - {percent: 95, limit: {weeks: 13}}
        summary: {fr: Mot, en: Word}
  triage:
    name: {fr: Tri, en: Triage}
    closes_with: {fr: tri, en: triage}
    source: {fr: Loi, en: Law}
    terms:
      - limit: {hours: 4, opening_hours: always}
        target_percent: 95
        withdrawn: late_after_limit
        summary: {fr: Mot, en: Word}
"""
WIDER = load_catalogue_text(TEXT, "wider.yaml")


def _event(kind: str, file_id: str, local: str, data: Mapping[str, Any]) -> Event:
    """An event of a file by the word of its kind."""
    time = at(local).isoformat()
    posted = members(kind, file_id, time, data, named=f"{file_id}-{kind}-{local}", source=SOURCE)
    return stored(posted, at(local))


def opened(file_id: str, local: str, standard: str, unit: str = "north") -> Event:
    data: Mapping[str, Any] = {"standard": standard, "unit": unit, "attributes": {}}
    return _event("received", file_id, local, data)


def asked_third(file_id: str, local: str) -> Event:
    """Documents are requested of others than the client."""
    return _event(
        "documents_requested", file_id, local, {"request_id": "third", "kind": "third-party"}
    )


def acknowledged(file_id: str, local: str) -> Event:
    return _event("reached", file_id, local, {"milestone": "acknowledged"})


def extended(file_id: str, local: str) -> Event:
    return _event("extended", file_id, local, {"extension": "consultation"})


def transferred(file_id: str, local: str, unit: str) -> Event:
    return _event("transferred", file_id, local, {"unit": unit})
