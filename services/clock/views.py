"""What the clock answers over HTTP, as it is documented in OpenAPI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    Standard,
    Status,
    Unit,
    Wait,
    evaluate_what_if,
    owner,
    short_name,
)
from shared.domain.calendars import BilingualText, Coverage, HalfDay, Holiday, Intervals, Weekday

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


class StandardsView(BaseModel):
    """The commitments of a catalogue, with what each measures and when its clock begins."""

    catalogue: str
    revision: int
    name: BilingualText
    organization: BilingualText
    units: Mapping[str, Unit]
    standards: Mapping[str, Standard]


class HolidayView(BaseModel):
    """A day off, and the law that makes it one."""

    day: date
    name: BilingualText
    law: BilingualText


class HalfDayView(HolidayView):
    """A business day that closes early, and the law that makes it one."""

    closes: str


class ExtraOpeningView(BaseModel):
    """Hours of a day beside those of its weekday."""

    day: date
    opening_hours: str
    hours: Intervals


class CalendarView(BaseModel):
    """A calendar, its holidays and its other particular days, in order."""

    calendar: str
    version: str
    name: BilingualText
    zone: str
    coverage: Coverage
    working_weekdays: Sequence[Weekday]
    opening_hours: Mapping[str, Mapping[Weekday, Intervals]]
    holidays: Sequence[HolidayView]
    half_days: Sequence[HalfDayView]
    extra_working_days: Sequence[HolidayView]
    extra_opening: Sequence[ExtraOpeningView]


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


def deadline_view(
    catalogue: Catalogue, name: str, received_at: datetime, waits: Sequence[Wait] = ()
) -> DeadlineView:
    """Due date and stages of a file received at an instant; raises ``CoverageError``, or KeyError for an unknown standard."""
    standard = catalogue.standards[name]
    calendar = catalogue.calendar_of(standard)
    what_if = evaluate_what_if(name, standard, calendar, received_at, waits)
    view = cycle_view(what_if.cycle)
    return DeadlineView(
        standard=name,
        calendar=calendar.identifier,
        calendar_version=calendar.version,
        received_at=received_at.astimezone(calendar.zone),
        limit_unit=view.limit_unit,
        limit=view.limit,
        due_on=view.due_on,
        breaches_at=view.breaches_at and view.breaches_at.astimezone(calendar.zone),
        stages=[
            StageDate(
                stage=stage,
                begins_at=since.astimezone(calendar.zone),
                begins_on=calendar.local_day(since),
            )
            for stage, since in what_if.stages.items()
        ],
    )


def calendar_view(catalogue: Catalogue, identifier: str, year: int | None) -> CalendarView:
    """A calendar with the days of one year, or of all it covers."""
    data, calendar = catalogue.calendars[identifier], catalogue.calendar(identifier)

    def of_year(days: Iterable[date]) -> Sequence[date]:
        return sorted(day for day in days if year is None or day.year == year)

    extra = [
        ExtraOpeningView(day=day, opening_hours=one.opening_hours, hours=one.hours)
        for one in data.extra_opening
        for day in of_year(one.days)
    ]
    return CalendarView(
        calendar=identifier,
        version=data.version,
        name=data.name,
        zone=data.zone,
        coverage=data.coverage,
        working_weekdays=data.working_weekdays,
        opening_hours=data.opening_hours,
        holidays=[_day(day, calendar.holidays[day]) for day in of_year(calendar.holidays)],
        half_days=[
            HalfDayView(**_day(day, half).model_dump(), closes=f"{half.closes:%H:%M}")
            for day in of_year(calendar.half_days)
            for half in [calendar.half_days[day]]
        ],
        extra_working_days=[
            _day(day, calendar.extra_working_days[day])
            for day in of_year(calendar.extra_working_days)
        ],
        extra_opening=sorted(extra, key=lambda view: view.day),
    )


def _day(day: date, one: Holiday | HalfDay) -> HolidayView:
    return HolidayView(
        day=day,
        name=BilingualText(fr=one.name.fr, en=one.name.en),
        law=BilingualText(fr=one.law.fr, en=one.law.en),
    )
