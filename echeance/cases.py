"""Cases to answers: the law applied to histories, one a line.

Pure. A case that cannot be read gets an answer too: what is wrong, and where.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, tzinfo
from typing import Any

import msgspec

from services.ingest.cloudevents import EventFault, read_data
from shared.domain import (
    EVENT_TYPES,
    Catalogue,
    Event,
    FileCalculator,
    Published,
    Received,
    StandardReading,
    WordList,
    WordOf,
    cycles,
    data_members,
    short_name,
)
from shared.domain.calendars import CoverageError
from shared.text import Language, Text, moments

_SOURCE = "urn:echeance:case"
_TYPES = {short_name(event_type): event_type for event_type in EVENT_TYPES}
_OF_EVERY_EVENT = {"type", "at", "id", "source", "recorded", "note"}
_ANY_WORD: Collection[WordList] = ("units", "outcomes", "reasons")
"""Words of which a case need not say which: no count depends on them, or only where a unit has a calendar."""
_OF_CASE = {"standard"}
"""Said once for all events of a case."""
_MEMBERS = (
    _OF_EVERY_EVENT
    | {member.name for event_type in EVENT_TYPES for member in data_members(event_type)} - _OF_CASE
)


class CaseError(ValueError):
    """A case cannot be read; the text says which member and what to write."""

    def __init__(self, fr: str, en: str) -> None:
        self.text = Text(fr, en)
        super().__init__(en)


def answer(
    line: str, catalogue: Catalogue, calendar: str | None = None, spoken: Language = "en"
) -> dict[str, Any]:
    """The answer to one case, or ``{"id", "error"}``; ``calendar`` overrides the case's own."""
    identifier: object = None
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        text = Text(f"ce n’est pas du JSON\u00a0: {error}", f"not JSON: {error}")
        return {"id": None, "error": text.within(spoken)}
    try:
        case = _object(value, Text("la ligne", "the line"))
        identifier = case.get("id")
        return {"id": identifier, **_evaluate(case, catalogue, calendar)}
    except CaseError as error:
        return {"id": identifier, "error": error.text.within(spoken)}
    except CoverageError as error:
        text = Text(f"hors des années que couvre un calendrier ({error})", str(error))
        return {"id": identifier, "error": text.within(spoken)}


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not a value of JSON")


_THE_CASE = Text("le cas", "the case")


def _evaluate(
    case: Mapping[str, Any], catalogue: Catalogue, override: str | None
) -> dict[str, Any]:
    name = _string(case, "standard", _THE_CASE)
    standards = catalogue.standards_of(name)
    if not standards:
        known = ", ".join(catalogue.listed("standards"))
        raise CaseError(
            f"aucun engagement ni service {name!r}\u00a0: le catalogue a {known}",
            f"no standard {name!r}: the catalogue has {known}",
        )
    calendar = override or case.get("calendar")
    if calendar is not None:
        catalogue = _counted_on(calendar, catalogue)
    items = case.get("events")
    if not isinstance(items, list):
        raise CaseError("events doit être une liste", "events must be a list")
    zone = catalogue.calendar_of(catalogue.standards[standards[0]]).zone
    events = [
        _event(_object(item, _same(f"events[{index}]")), index, name, zone, catalogue)
        for index, item in enumerate(items)
    ]
    as_of = _moment(case, "as_of", _THE_CASE, zone)
    reading = FileCalculator(catalogue).read(cycles.history(events), as_of)
    answers = {one.name: _answer(one) for one in reading.of_standards}
    places = {(event.source, event.id): f"events[{index}]" for index, event in enumerate(events)}
    anomalies = [
        {"event": places[one.source, one.event_id], "reason": one.reason}
        for one in reading.clock.anomalies
    ]
    more = {"anomalies": anomalies} if anomalies else {}
    if name in catalogue.services:
        each = answers or {one: _no_answer(one, catalogue) for one in standards}
        return {"standards": each, **more}
    return (answers.get(name) or _no_answer(name, catalogue)) | more


def _counted_on(calendar: object, catalogue: Catalogue) -> Catalogue:
    """A catalogue whose standards are all counted on one of its calendars."""
    if not isinstance(calendar, str) or calendar not in catalogue.calendars:
        known = ", ".join(catalogue.calendars)
        raise CaseError(
            f"aucun calendrier {calendar!r}\u00a0: le catalogue a {known}",
            f"no calendar {calendar!r}: the catalogue has {known}",
        )
    standards = {
        word: one.model_copy(update={"calendar": calendar})
        for word, one in catalogue.standards.items()
    }
    units = {
        word: one.model_copy(update={"calendar": None}) for word, one in catalogue.units.items()
    }
    return catalogue.model_copy(update={"standards": standards, "units": units})


def _answer(reading: StandardReading) -> dict[str, Any]:
    """The last cycle of a standard, and what only some cycles have."""
    if not reading.clock.cycles:
        return _not_begun(reading.standard.current.limit.counts_days)
    last = reading.clock.cycles[-1]
    state = last.state
    in_days = last.unit != "seconds"
    answered = {
        "status": state.status,
        "counted": last.counted if in_days else None,
        "waited": last.waited if in_days else None,
        "due_on": _iso(state.due_on) if in_days else None,
        "earliest_due_on": _iso(last.earliest_due_on) if in_days else None,
        "on_time": state.on_time,
        "cycle": state.number,
    }
    if not in_days:
        answered["elapsed_seconds"] = last.counted
    more = {
        "measured": None if state.measured else False,
        "breaches_at": None if in_days else _instant(state.breaches_at),
        "waits_for": state.waits_for,
        "counted_from": _instant(state.counted_from),
        "on_time_unextended": state.on_time_unextended,
        "tiers": list(state.tiers) or None,
    }
    return answered | {member: value for member, value in more.items() if value is not None}


def _no_answer(name: str, catalogue: Catalogue) -> dict[str, Any]:
    return _not_begun(catalogue.standards[name].current.limit.counts_days)


def _not_begun(in_days: bool) -> dict[str, Any]:
    """The answer where no cycle has begun."""
    nothing = dict.fromkeys(("waited", "due_on", "earliest_due_on", "on_time", "cycle"))
    answered = {"status": "none", "counted": 0 if in_days else None, **nothing}
    return answered if in_days else {**answered, "elapsed_seconds": 0}


def _instant(moment: datetime | None) -> object:
    """As the API writes it."""
    return msgspec.to_builtins(moment)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _event(
    case: Mapping[str, Any], index: int, standard: str, zone: tzinfo, catalogue: Catalogue
) -> Event:
    where = f"events[{index}]"
    place = _same(where)
    if unknown := case.keys() - _MEMBERS:
        first, known = sorted(unknown)[0], ", ".join(sorted(_MEMBERS))
        raise CaseError(
            f"{where} n’a pas de membre {first!r}\u00a0: {known}",
            f"{where} has no member {first!r}: {known}",
        )
    kind = _string(case, "type", place)
    event_type = _TYPES.get(kind)
    if event_type is None:
        known = ", ".join(_TYPES)
        raise CaseError(
            f"{where}.type {kind!r} n’est aucun de {known}",
            f"{where}.type {kind!r} is none of {known}",
        )
    at = _moment(case, "at", place, zone)
    identifier = _string_or(f"event-{index:06}", case, "id", where)
    source = _string_or(_SOURCE, case, "source", where)
    recorded = at
    if case.get("recorded") is not None:
        recorded = _moment(case, "recorded", place, zone)
    given = {name: case[name] for name in case.keys() - _OF_EVERY_EVENT}
    faults: list[EventFault] = []
    data = read_data(
        event_type, _with_defaults(event_type, given, standard, catalogue), catalogue, faults
    )
    if faults:
        raise CaseError(_said(where, faults, "fr"), _said(where, faults, "en"))
    build: Callable[..., Event] = event_type
    return build(
        id=identifier, source=source, file_id="case", time=at, recorded_at=recorded, data=data
    )


def _said(where: str, faults: Collection[EventFault], spoken: Language) -> str:
    """What ingest says of an event's data, each at its member."""
    return "; ".join(
        f"{where}{one.pointer.removeprefix('/data').replace('/', '.')}: {one.detail(spoken)}"
        for one in faults
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
        if listed in _ANY_WORD and (listed != "units" or event_type is Received)
    }
    of_case = {"standard": standard} if "standard" in words else {}
    return {**firsts, **given, **of_case}


def _same(where: str) -> Text:
    return Text(where, where)


def _object(value: object, where: Text) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise CaseError(f"{where.fr} doit être un objet", f"{where.en} must be an object")
    return value


def _string(members: Mapping[str, Any], name: str, where: Text) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise CaseError(
            f"{where.fr} doit avoir {name!r}, un texte", f"{where.en} must have {name!r}, a string"
        )
    return value


def _string_or(default: str, members: Mapping[str, Any], name: str, where: str) -> str:
    value = members.get(name, default)
    if not isinstance(value, str):
        raise CaseError(f"{where}.{name} doit être un texte", f"{where}.{name} must be a string")
    return value


def _moment(members: Mapping[str, Any], name: str, where: Text, zone: tzinfo) -> datetime:
    written = _string(members, name, where)
    try:
        moment: datetime = moments.parse_instant(written, zone)
        return moment
    except moments.MomentError as error:
        raise CaseError(
            f"{written!r} n’est pas un moment\u00a0: écrivez 2026-11-23, ou 2026-11-23T14:30:00-05:00 avec son décalage",
            str(error),
        ) from None
