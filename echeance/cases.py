"""Cases to answers: the law applied to histories, one a line.

Pure. A case that cannot be read gets an answer too: what is wrong, and where.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

from services.ingest.cloudevents import EventFault, read_data
from shared.domain import (
    EVENT_TYPES,
    Catalogue,
    Event,
    Published,
    Standard,
    WordList,
    WordOf,
    cycles,
    data_members,
    delay,
    short_name,
)
from shared.domain.calendars import BusinessCalendar, CoverageError
from shared.text import moments

_SOURCE = "urn:echeance:case"
_TYPES = {short_name(event_type): event_type for event_type in EVENT_TYPES}
_OF_EVERY_EVENT = {"type", "at", "id", "source", "recorded", "note"}
_ANY_WORD: Collection[WordList] = ("units", "outcomes", "reasons")
"""Words of which a case need not say which: no count depends on them."""
_OF_CASE = {"standard"}
"""Said once for all events of a case."""
_MEMBERS = (
    _OF_EVERY_EVENT
    | {member.name for event_type in EVENT_TYPES for member in data_members(event_type)} - _OF_CASE
)


class CaseError(ValueError):
    """A case cannot be read; the message says which member and what to write."""


def answer(line: str, catalogue: Catalogue, calendar: str | None = None) -> dict[str, Any]:
    """The answer to one case, or ``{"id", "error"}``; ``calendar`` overrides the case's own."""
    identifier: object = None
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"not JSON: {error}"}
    try:
        case = _object(value, "the line")
        identifier = case.get("id")
        return {"id": identifier, **_evaluate(case, catalogue, calendar)}
    except (CaseError, CoverageError, moments.MomentError) as error:
        return {"id": identifier, "error": str(error)}


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not a value of JSON")


def _evaluate(
    case: Mapping[str, Any], catalogue: Catalogue, override: str | None
) -> dict[str, Any]:
    """The answer of the standard; where a service is named, that of each of its standards."""
    name = _string(case, "standard", "the case")
    names = catalogue.standards_of(name)
    if not names:
        known = ", ".join(catalogue.listed("standards"))
        raise CaseError(f"no standard {name!r}: the catalogue has {known}")
    answers = {
        one: _answer_of(catalogue.standards[one], name, case, catalogue, override) for one in names
    }
    return answers.get(name, {"standards": answers})


def _answer_of(
    standard: Standard,
    name: str,
    case: Mapping[str, Any],
    catalogue: Catalogue,
    override: str | None,
) -> dict[str, Any]:
    items = case.get("events")
    if not isinstance(items, list):
        raise CaseError("events must be a list")
    unit = next((_unit(item) for item in items if _unit(item) is not None), None)
    calendar = _calendar(override or case.get("calendar"), standard, unit, catalogue)
    events = [
        _event(_object(item, f"events[{index}]"), index, name, calendar, catalogue)
        for index, item in enumerate(items)
    ]
    as_of = moments.parse_instant(_string(case, "as_of", "the case"), calendar.zone)
    clock = delay.evaluate(cycles.history(events), standard, calendar, as_of, catalogue.sharing)
    return _answer(clock, standard)


def _answer(clock: delay.FileClock, standard: Standard) -> dict[str, Any]:
    in_minutes = not standard.current.limit.counts_days
    last = clock.cycles[-1] if clock.cycles else None
    counted = 0 if last is None else last.counted
    in_days = None if in_minutes else last
    answered = {
        "status": "none" if last is None else last.state.status,
        "counted": None if in_minutes else counted,
        "waited": None if in_days is None else in_days.waited,
        "due_on": None if in_days is None else _iso(in_days.state.due_on),
        "earliest_due_on": None if in_days is None else _iso(in_days.earliest_due_on),
        "on_time": None if last is None else last.state.on_time,
        "cycle": None if last is None else last.state.number,
    }
    return {**answered, "elapsed_seconds": counted} if in_minutes else answered


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _unit(item: object) -> str | None:
    """The unit of a reception that names one."""
    if not isinstance(item, dict) or item.get("type") != "received":
        return None
    unit = item.get("unit")
    return unit if isinstance(unit, str) else None


def _calendar(
    name: object, standard: Standard, unit: str | None, catalogue: Catalogue
) -> BusinessCalendar:
    if name is None:
        return catalogue.calendar_of(standard, unit)
    if not isinstance(name, str) or name not in catalogue.calendars:
        raise CaseError(f"no calendar {name!r}: the catalogue has {', '.join(catalogue.calendars)}")
    return catalogue.calendar(name)


def _event(
    case: Mapping[str, Any],
    index: int,
    standard: str,
    calendar: BusinessCalendar,
    catalogue: Catalogue,
) -> Event:
    where = f"events[{index}]"
    if unknown := case.keys() - _MEMBERS:
        raise CaseError(
            f"{where} has no member {sorted(unknown)[0]!r}: {', '.join(sorted(_MEMBERS))}"
        )
    kind = _string(case, "type", where)
    event_type = _TYPES.get(kind)
    if event_type is None:
        raise CaseError(f"{where}.type {kind!r} is none of {', '.join(_TYPES)}")
    at: datetime = moments.parse_instant(_string(case, "at", where), calendar.zone)
    identifier = case.get("id", f"event-{index:06}")
    if not isinstance(identifier, str):
        raise CaseError(f"{where}.id must be a string")
    source, recorded = case.get("source", _SOURCE), case.get("recorded")
    if not isinstance(source, str):
        raise CaseError(f"{where}.source must be a string")
    if recorded is not None:
        recorded = moments.parse_instant(_string(case, "recorded", where), calendar.zone)
    given = {name: case[name] for name in case.keys() - _OF_EVERY_EVENT}
    faults: list[EventFault] = []
    data = read_data(
        event_type, _with_defaults(event_type, given, standard, catalogue), catalogue, faults
    )
    if faults:
        said = "; ".join(
            f"{where}{one.pointer.removeprefix('/data').replace('/', '.')}: {one.detail('en')}"
            for one in faults
        )
        raise CaseError(said)
    build: Callable[..., Event] = event_type
    return build(
        id=identifier, source=source, file_id="case", time=at, recorded_at=recorded or at, data=data
    )


def _with_defaults(
    event_type: type[Published], given: Mapping[str, Any], standard: str, catalogue: Catalogue
) -> Mapping[str, Any]:
    """The data of an event; where a case leaves out a word that an event must have, the catalogue's first."""
    words = {
        member.name: member.holds.words
        for member in data_members(event_type)
        if isinstance(member.holds, WordOf) and member.required
    }
    firsts = {
        name: next(iter(catalogue.listed(listed)), "")
        for name, listed in words.items()
        if listed in _ANY_WORD
    }
    of_case = {"standard": standard} if "standard" in words else {}
    return {**firsts, **given, **of_case}


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise CaseError(f"{where} must be an object")
    return value


def _string(members: Mapping[str, Any], name: str, where: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise CaseError(f"{where} must have {name!r}, a string")
    return value
