"""The ``data`` of events, read by type.

Pure. Identifiers match strict patterns and every other text is a word of the catalogue, so that
there is no room for personal information. A reader adds every fault to ``faults``; its result is
valid only if it added none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from services.ingest.cloudevents.faults import MAX_FAULTS, EventFault, excerpt, fault, known_words
from services.ingest.cloudevents.members import Members, identifier, pointer_to, string
from services.ingest.cloudevents.texts import Code
from shared.domain import (
    EVENT_ID,
    EVENT_TYPES,
    AnswerData,
    Catalogue,
    Decided,
    DecidedData,
    DocumentsReceived,
    DocumentsRequested,
    Extended,
    ExtendedData,
    Forgotten,
    ForgottenData,
    Published,
    Reached,
    ReachedData,
    Received,
    ReceivedData,
    Reopened,
    ReopenedData,
    RequestData,
    Transferred,
    TransferredData,
    Voided,
    VoidedData,
    Withdrawn,
    WithdrawnData,
    data_members,
)

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""Narrower than ``date.fromisoformat``, which takes weeks and dates without hyphens as well."""

_Reader = Callable[[Members, Catalogue, list[EventFault]], msgspec.Struct]


def read_data(
    event_type: type[Published | Forgotten],
    data: Members,
    catalogue: Catalogue,
    faults: list[EventFault],
) -> msgspec.Struct:
    """The data of an event of this type."""
    names = _NAMES[event_type]
    if not data.keys() <= names:
        _refuse_unknown_members(data, names, faults)
    return _READERS[event_type](data, catalogue, faults)


def _read_received(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> ReceivedData:
    attributes = data.get("attributes", {})
    _check_attributes(attributes, catalogue, faults)
    return ReceivedData(
        standard=_word(data, "standard", catalogue.listed("standards"), faults),
        unit=_word(data, "unit", catalogue.units, faults),
        attributes=attributes,
    )


def _read_request(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> RequestData:
    if not data:
        return RequestData()
    return RequestData(
        request_id=_event_id(data, "request_id", faults) if "request_id" in data else None,
        kind=_word(data, "kind", catalogue.listed("requests"), faults) if "kind" in data else None,
        answer_by=_date(data, "answer_by", faults) if "answer_by" in data else None,
    )


def _read_answer(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> AnswerData:
    if not data:
        return AnswerData()
    return AnswerData(request_id=_event_id(data, "request_id", faults))


def _read_extended(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> ExtendedData:
    return ExtendedData(
        extension=_word(data, "extension", catalogue.listed("extensions"), faults),
        until=_date(data, "until", faults) if "until" in data else None,
    )


def _read_reached(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> ReachedData:
    return ReachedData(milestone=_word(data, "milestone", catalogue.milestones, faults))


def _read_transferred(
    data: Members, catalogue: Catalogue, faults: list[EventFault]
) -> TransferredData:
    return TransferredData(unit=_word(data, "unit", catalogue.units, faults))


def _read_decided(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> DecidedData:
    return DecidedData(outcome=_word(data, "outcome", catalogue.outcomes, faults))


def _read_withdrawn(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> WithdrawnData:
    if "reason" not in data:
        return WithdrawnData()
    return WithdrawnData(reason=_word(data, "reason", catalogue.withdrawals, faults))


def _read_reopened(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> ReopenedData:
    return ReopenedData(reason=_word(data, "reason", catalogue.reasons, faults))


def _read_forgotten(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> ForgottenData:
    return ForgottenData()


def _read_voided(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> VoidedData:
    return VoidedData(event_id=_event_id(data, "event_id", faults))


_NAMES: Final[Mapping[type[Published | Forgotten], frozenset[str]]] = {
    **{
        event_type: frozenset(member.name for member in data_members(event_type))
        for event_type in EVENT_TYPES
    },
    Forgotten: frozenset(),
}
_READERS: Final[Mapping[type[Published | Forgotten], _Reader]] = {
    Received: _read_received,
    DocumentsRequested: _read_request,
    DocumentsReceived: _read_answer,
    Extended: _read_extended,
    Reached: _read_reached,
    Transferred: _read_transferred,
    Decided: _read_decided,
    Withdrawn: _read_withdrawn,
    Reopened: _read_reopened,
    Voided: _read_voided,
    Forgotten: _read_forgotten,
}


def _event_id(data: Members, name: str, faults: list[EventFault]) -> str:
    return identifier(data, name, EVENT_ID, faults, within="/data")


def _word(data: Members, name: str, words: Collection[str], faults: list[EventFault]) -> str:
    value = data.get(name)
    if isinstance(value, str) and value in words:
        return value
    word = string(data, name, faults, within="/data")
    if word is not None:
        faults.append(_unknown_word(f"/data/{name}", word, words))
    return ""


def _date(data: Members, name: str, faults: list[EventFault]) -> date | None:
    value = string(data, name, faults, within="/data")
    if value is None:
        return None
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    faults.append(fault(f"/data/{name}", Code.not_a_date, given=excerpt(value)))
    return None


def _unknown_word(pointer: str, word: str, words: Collection[str]) -> EventFault:
    return fault(pointer, Code.unknown_word, given=excerpt(word), known=known_words(words))


def _refuse_unknown_members(
    data: Members, allowed: frozenset[str], faults: list[EventFault]
) -> None:
    for name in data:
        if len(faults) >= MAX_FAULTS:
            return
        if name not in allowed:
            names = known_words(allowed) or "–"
            faults.append(fault("/data" + pointer_to(name), Code.unknown_member, known=names))


def _check_attributes(attributes: Any, catalogue: Catalogue, faults: list[EventFault]) -> None:
    if not isinstance(attributes, dict):
        faults.append(fault("/data/attributes", Code.not_an_object, given=excerpt(attributes)))
        return
    for name, value in attributes.items():
        if len(faults) >= MAX_FAULTS:
            return
        words = catalogue.attributes.get(name)
        if words is None or value not in words:
            faults.append(_bad_attribute(name, value, catalogue))


def _bad_attribute(name: str, value: Any, catalogue: Catalogue) -> EventFault:
    pointer = "/data/attributes" + pointer_to(name)
    words = catalogue.attributes.get(name)
    if words is None:
        return _unknown_word(pointer, name, catalogue.attributes)
    if not isinstance(value, str):
        return fault(pointer, Code.not_a_string, given=excerpt(value))
    return _unknown_word(pointer, value, words)
