"""What the clock answers over HTTP, as it is documented in OpenAPI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from msgspec import to_builtins
from msgspec.structs import asdict
from pydantic import BaseModel, WithJsonSchema

from shared.domain import (
    Catalogue,
    CycleClock,
    DocumentsRequested,
    FileReading,
    FileState,
    History,
    LimitUnit,
    Stage,
    Standard,
    Status,
    Stop,
    Unit,
    Wait,
    cycles,
    evaluate_what_if,
    listed_cycle,
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


class RequestView(BaseModel):
    """A request that is not answered: when it was made, and by when an answer was asked for.

    ``clock`` says what it does to the delay; ``lapses_at`` when the wait for it ends by itself.
    """

    request_id: str | None
    kind: str | None = None
    requested_at: datetime
    answer_by: date | None = None
    lapses_at: datetime | None = None
    clock: Literal["stops", "restarts", "runs"]


class ExtensionView(BaseModel):
    """An extension of the limit: its word, when it was made, and the date it gave, if it gave one.

    ``allowed`` is the limit that such a date set, in the limit's unit.
    """

    extension: str
    at: datetime
    until: date | None = None
    allowed: Amount | None = None


class StopView(BaseModel):
    """A request that stopped the delay: when it was made and recorded, and until when it was outstanding.

    ``ended_at`` is left out while it is, and where the cycle ended first; ``lapsed`` says that the wait ended by
    itself. ``counted`` is what had been counted when it was made, ``removed`` how much less is counted because of
    it (of a wait that goes on, nothing yet); in the limit's unit.
    """

    began_at: datetime
    recorded_at: datetime
    counted: Amount
    removed: Amount
    party: Literal["client", "other"]
    ended_at: datetime | None = None
    kind: str | None = None
    lapsed: bool = False
    remaining: Amount | None = None
    late_at: datetime | None = None
    open_seconds: float | None = None


class CycleView(BaseModel):
    """One cycle's counter. ``counted``, ``limit`` and ``remaining`` are in ``limit_unit``; ``waited`` is in civil days, or seconds.

    What comes after ``review_until`` is left out where it says nothing: ``standard`` and ``calendar`` where the
    file's own say it all; ``unit`` where the cycle ended in the unit that has the file; ``counted_from`` where
    the count began at ``received_at``; ``waits_for`` where no one is waited for; ``on_time_unextended`` until a
    cycle with extensions has ended; ``tiers`` (whether it kept the second limit, and so on) until one of
    several targets was decided; ``stops`` where no request stopped the delay. ``gross`` is what a cycle that ended
    would have counted had none done so, ``on_time_unstopped`` whether it would have been on time.
    """

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
    standard: str | None = None
    calendar: str | None = None
    unit: str | None = None
    counted_from: datetime | None = None
    waits_for: Literal["client", "other"] | None = None
    requests: list[RequestView] = []
    extensions: list[ExtensionView] = []
    on_time_unextended: bool | None = None
    tiers: list[bool] = []
    gross: Amount | None = None
    stops: list[StopView] = []
    on_time_unstopped: bool | None = None


class TransferView(BaseModel):
    """Which unit has the file, from when."""

    at: datetime
    unit: str


class FileView(BaseModel):
    """A file's live counter as of ``as_of``, from what had been recorded by ``known_at`` when that was asked.

    ``source`` is the one that the file belongs to, None while no reception is known. ``standard`` is the standard
    or service that the reception names, ``unit`` the unit that has the file, ``transfers`` how it came there.
    ``calendar`` is None where the standards of a service are counted on several. ``status`` is that of the cycle
    that is most urgent, or ended last.
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
    transfers: list[TransferView] = []


class FileItem(BaseModel):
    """A line of the list of open files: its open cycle that is most urgent."""

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


class TargetDeadline(BaseModel):
    """When a request would be due by a target after the first, ``target_percent`` of cases."""

    target_percent: Amount
    limit: Amount
    due_on: date | None
    breaches_at: datetime | None


class DeadlineView(BaseModel):
    """What would be due, had a request been received then and never waited but as given.

    Of a service, each of the ``standards`` that begin with the reception; its own dates are those of the one
    that is late first. A standard that begins at a milestone is asked for by its own name.
    """

    standard: str
    calendar: str
    calendar_version: str
    received_at: datetime
    limit_unit: LimitUnit
    limit: Amount
    due_on: date | None
    breaches_at: datetime | None
    stages: list[StageDate]
    further_targets: list[TargetDeadline] = []
    standards: list[DeadlineView] = []


class ServiceView(BaseModel):
    """What a reception may name in place of a standard: each of these measures the file."""

    standards: Sequence[str]


class StandardsView(BaseModel):
    """The commitments of a catalogue, with what each measures and when its clock begins.

    The ``requests`` of a standard are the kinds of request of the catalogue and its own; ``words`` has the
    texts of milestones, kinds of request and extensions.
    """

    catalogue: str
    revision: int
    name: BilingualText
    organization: BilingualText
    units: Mapping[str, Unit]
    standards: Mapping[str, Standard]
    default_calendar: str
    services: Mapping[str, ServiceView]
    milestones: Sequence[str]
    withdrawals: Sequence[str]
    words: Mapping[str, BilingualText]


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
    return CycleView.model_validate(_counter(cycle))


_SAYS_MORE = (
    "standard", "calendar", "unit", "counted_from", "extensions", "on_time_unextended", "tiers",
    "gross", "stops", "on_time_unstopped",
)  # fmt: skip
"""Members that an answer leaves out where they say nothing."""


def _counter(cycle: CycleClock) -> dict[str, Any]:
    state = asdict(cycle.state)
    more = {name: state.pop(name) for name in _SAYS_MORE}
    more = {name: value for name, value in more.items() if value not in (None, ())}
    if "extensions" in more:
        more["extensions"] = [to_builtins(one) for one in cycle.state.extensions]
    if "stops" in more:
        more["stops"] = [_stop(one) for one in cycle.state.stops]
    if state.pop("waits_for") is None and cycle.state.status == "waiting":
        more["waits_for"] = "client"
    elif cycle.state.waits_for is not None:
        more["waits_for"] = cycle.state.waits_for
    clock = asdict(cycle)
    limit_unit = clock.pop("unit")
    return state | clock | {"limit_unit": limit_unit, "remaining": cycle.remaining} | more


def _stop(stop: Stop) -> dict[str, Any]:
    said = asdict(stop)
    return {name: value for name, value in said.items() if value not in (None, False)} | {
        "counted": stop.counted,
        "removed": stop.removed,
    }


def cycle_views(reading: FileReading) -> Sequence[CycleView]:
    """The cycles of a file in the order of its clock, each with what is asked for and not answered."""
    views = []
    several = len(reading.of_standards) > 1
    for one in reading.of_standards:
        calendar = {"calendar": one.calendar.identifier} if several else {}
        standard = {"standard": one.name} if several else {}
        for cycle, clock in zip(one.state.cycles, one.clock.cycles, strict=True):
            counter = _counter(clock)
            counter.pop("calendar", None)
            requests = _unanswered(cycle, one.state)
            asked = {"requests": requests} if requests else {}
            views.append(CycleView.model_validate(counter | standard | calendar | asked))
    return views


def _unanswered(cycle: cycles.Cycle, state: FileState) -> Sequence[RequestView]:
    """The requests of a running cycle that no answer closed, oldest first."""
    if cycle.ended is not None or not (cycle.outstanding or cycle.running):
        return ()
    lapses = {request.request_id: request for request in cycle.awaited}
    made = {
        event.data.request_id: event
        for event, _ in state.changes
        if isinstance(event, DocumentsRequested)
    }
    views = []
    for event in made.values():
        name = event.data.request_id
        request = lapses.get(name)
        if request is None and name not in cycle.running:
            continue
        said = {"kind": event.data.kind, "answer_by": event.data.answer_by}
        if request is not None:
            said["lapses_at"] = request.lapses_at
        view = RequestView(
            request_id=name,
            requested_at=event.time,
            clock="runs" if request is None else request.law.clock,
            **{member: value for member, value in said.items() if value is not None},
        )
        views.append(view)
    return views


def file_view(
    file_id: str,
    history: History,
    reading: FileReading,
    *,
    catalogue: Catalogue,
    as_of: datetime,
    known_at: datetime | None,
) -> FileView:
    """A file as it is answered, its events in the order of rule 6."""
    opening, clock = reading.opening, reading.clock
    calendars = {one.calendar.identifier for one in reading.of_standards}
    listed = listed_cycle(clock)
    transfers = [TransferView(at=at, unit=unit) for at, unit in reading.units[1:]]
    return FileView(
        file_id=file_id,
        source=owner(history, catalogue.sharing).source,
        standard=opening.data.standard if opening else None,
        unit=reading.unit,
        attributes=opening.data.attributes if opening else {},
        as_of=as_of,
        known_at=known_at,
        calendar=calendars.pop() if len(calendars) == 1 else None,
        catalogue=catalogue.catalogue,
        revision=catalogue.revision,
        status=listed.state.status if listed else "none",
        cycles=list(cycle_views(reading)),
        next_crossing=clock.crosses_at,
        anomalies=[AnomalyView(**asdict(anomaly)) for anomaly in clock.anomalies],
        events=[
            EventView.model_validate(asdict(event) | {"type": short_name(type(event))})
            for event in history
        ],
        **({"transfers": transfers} if transfers else {}),
    )


def deadline_view(
    catalogue: Catalogue,
    name: str,
    received_at: datetime,
    waits: Sequence[Wait] = (),
    unit: str | None = None,
    attributes: Mapping[str, str] | None = None,
) -> DeadlineView:
    """Due date and stages of a file received at an instant, of a standard or of each of a service.

    Raises ``CoverageError``, or KeyError for an unknown standard.
    """
    if name not in catalogue.services:
        return _deadline_of_standard(catalogue, name, received_at, waits, unit, attributes)
    names = catalogue.standards_of(name)
    begun = [one for one in names if catalogue.standards[one].begins_with is None] or names
    views = [
        _deadline_of_standard(catalogue, one, received_at, waits, unit, attributes) for one in begun
    ]
    latest = datetime.max.replace(tzinfo=UTC)
    first = min(views, key=lambda view: view.breaches_at or latest)
    return first.model_copy(update={"standard": name, "standards": views})


def _deadline_of_standard(
    catalogue: Catalogue,
    name: str,
    received_at: datetime,
    waits: Sequence[Wait],
    unit: str | None,
    attributes: Mapping[str, str] | None,
) -> DeadlineView:
    """As :func:`deadline_view`, of one standard; ``received_at`` is when its clock begins."""
    standard = catalogue.standards[name]
    calendar = catalogue.calendar_of(standard, unit)
    from_reception = standard.model_copy(update={"begins_with": None})
    what_if = evaluate_what_if(name, from_reception, calendar, received_at, waits, attributes)
    view = cycle_view(what_if.cycle)
    further = [
        TargetDeadline(
            target_percent=float(target.percent),
            limit=one.limit,
            due_on=one.due_on,
            breaches_at=one.breaches_at and one.breaches_at.astimezone(calendar.zone),
        )
        for target, one in what_if.further
    ]
    return DeadlineView(
        **({"further_targets": further} if further else {}),
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
