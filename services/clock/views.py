"""What the clock answers over HTTP, as it is documented in OpenAPI."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec.structs import asdict
from pydantic import BaseModel, WithJsonSchema

from shared.domain import (
    Catalogue,
    CycleClock,
    FileClock,
    History,
    LimitUnit,
    Received,
    Stage,
    Status,
    owner,
    short_name,
)

Amount = Annotated[int | float, WithJsonSchema({"type": "number"})]
"""Whole days, or seconds."""


class AnomalyView(BaseModel):
    """An event that changed nothing, and why."""

    source: str
    event_id: str
    reason: str


class EventView(BaseModel):
    """An event of the file: when it happened, and when it was recorded."""

    type: str
    source: str
    id: str
    time: datetime
    recorded_at: datetime


class CycleView(BaseModel):
    """One cycle's counter. ``counted``, ``limit`` and ``remaining`` are in ``limit_unit``; ``waited`` is in civil days, or seconds."""

    number: int
    status: Status
    received_at: datetime
    received_on: date
    limit_unit: LimitUnit
    limit: Amount
    counted: Amount
    waited: Amount
    remaining: Amount
    due_on: date | None
    earliest_due_on: date | None
    breaches_at: datetime | None
    on_time: bool | None
    measured: bool
    stage: Stage | None
    stage_since: datetime | None
    ended_on: date | None
    outcome: str | None
    review_until: date | None


class FileView(BaseModel):
    """A file's live counter as of ``as_of``, from what had been recorded by ``known_at`` when that was asked.

    ``source`` is the one that the file belongs to, None while no reception is known.
    """

    file_id: str
    source: str | None
    standard: str | None
    unit: str | None
    attributes: dict[str, str]
    as_of: datetime
    known_at: datetime | None
    calendar: str | None
    catalogue: str
    revision: int
    status: Status | Literal["none"]
    cycles: list[CycleView]
    next_crossing: datetime | None
    anomalies: list[AnomalyView]
    events: list[EventView]


class FileItem(BaseModel):
    """A line of the list of open files: its last cycle."""

    file_id: str
    standard: str
    unit: str
    cycle: CycleView


class FilePage(BaseModel):
    """Open files, soonest breach first; ``next`` is given back as ``after`` for the page that follows."""

    as_of: datetime
    files: list[FileItem]
    next: str | None


class StageDate(BaseModel):
    """When a stage would begin, as an instant and as a local date."""

    stage: Stage
    begins_at: datetime
    begins_on: date


class DeadlineView(BaseModel):
    """What would be due, had a request been received then and never waited but as given."""

    standard: str
    calendar: str
    calendar_version: str
    received_at: datetime
    limit_unit: LimitUnit
    limit: Amount
    due_on: date | None
    breaches_at: datetime | None
    stages: list[StageDate]


def cycle_view(cycle: CycleClock) -> CycleView:
    """A cycle as it is answered."""
    remaining = {"limit_unit": cycle.unit, "remaining": cycle.remaining}
    return CycleView.model_validate(asdict(cycle.state) | asdict(cycle) | remaining)


def file_view(
    file_id: str,
    history: History,
    opening: Received | None,
    clock: FileClock,
    *,
    catalogue: Catalogue,
    as_of: datetime,
    known_at: datetime | None,
) -> FileView:
    """A file as it is answered, its events in the order of rule 6."""
    standard = catalogue.standards[opening.data.standard] if opening else None
    cycles = [cycle_view(cycle) for cycle in clock.cycles]
    return FileView(
        file_id=file_id,
        source=owner(history, catalogue.sharing).source,
        standard=opening.data.standard if opening else None,
        unit=opening.data.unit if opening else None,
        attributes=opening.data.attributes if opening else {},
        as_of=as_of,
        known_at=known_at,
        calendar=catalogue.calendar_of(standard).identifier if standard else None,
        catalogue=catalogue.catalogue,
        revision=catalogue.revision,
        status=cycles[-1].status if cycles else "none",
        cycles=cycles,
        next_crossing=clock.crosses_at,
        anomalies=[AnomalyView(**asdict(anomaly)) for anomaly in clock.anomalies],
        events=[
            EventView.model_validate(asdict(event) | {"type": short_name(type(event))})
            for event in history
        ],
    )
