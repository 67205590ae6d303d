"""What each type of event may say in its ``data``, and nothing more.

Pure. Identifiers match strict patterns and every other word is one the catalogue lists: text about a person has no place to go.
Every reader adds to ``faults`` what it refuses; what it returns is used only when it added nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from services.ingest.cloudevents.faults import MOST_FAULTS, EventFault, excerpt, fault, known_words
from services.ingest.cloudevents.members import Members, identifier, pointer_to, string
from shared.domain import (
    EVENT_ID,
    Catalogue,
    DecidedData,
    NoData,
    ReceivedData,
    ReopenedData,
    RequestData,
    VoidedData,
)

Reader = Callable[[Members, Catalogue, list[EventFault]], msgspec.Struct]

_RECEIVED = frozenset({"standard", "unit", "attributes"})
_REQUEST = frozenset({"request_id"})
_DECIDED = frozenset({"outcome"})
_REOPENED = frozenset({"reason"})
_VOIDED = frozenset({"event_id"})


def received(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> ReceivedData:
    """Opens a file: its standard, its unit, and attributes the catalogue lists."""
    _only(data, _RECEIVED, faults)
    attributes = data.get("attributes", {})
    if "attributes" in data:
        _check_attributes(attributes, catalogue, faults)
    return ReceivedData(
        standard=_word(data, "standard", catalogue.standards, faults),
        unit=_word(data, "unit", catalogue.units, faults),
        attributes=attributes,
    )


def request(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> RequestData:
    """Of ``documents_requested`` and of ``documents_received``."""
    if not data:
        return RequestData()
    _only(data, _REQUEST, faults)
    return RequestData(request_id=_event_id(data, "request_id", faults))


def decided(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> DecidedData:
    """Ends a cycle with one of the catalogue's outcomes."""
    _only(data, _DECIDED, faults)
    return DecidedData(outcome=_word(data, "outcome", catalogue.outcomes, faults))


def withdrawn(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> NoData:
    """Has nothing to say."""
    _only(data, frozenset(), faults)
    return NoData()


def reopened(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> ReopenedData:
    """Begins a new cycle for one of the catalogue's reasons."""
    _only(data, _REOPENED, faults)
    return ReopenedData(reason=_word(data, "reason", catalogue.reasons, faults))


def voided(data: Members, catalogue: Catalogue, faults: list[EventFault]) -> VoidedData:
    """Names the event that never happened."""
    _only(data, _VOIDED, faults)
    return VoidedData(event_id=_event_id(data, "event_id", faults))


def _event_id(data: Members, name: str, faults: list[EventFault]) -> str:
    return identifier(data, name, EVENT_ID, faults, within="/data")


def _word(data: Members, name: str, words: Collection[str], faults: list[EventFault]) -> str:
    value = data.get(name)
    if isinstance(value, str) and value in words:
        return value
    given = string(data, name, faults, within="/data")
    if given is not None:
        faults.append(_unknown_word(f"/data/{name}", given, words))
    return ""


def _unknown_word(pointer: str, given: str, words: Collection[str]) -> EventFault:
    return fault(pointer, "unknown_word", given=excerpt(given), known=known_words(words))


def _only(data: Members, allowed: frozenset[str], faults: list[EventFault]) -> None:
    for name in data:
        if len(faults) >= MOST_FAULTS:
            return
        if name not in allowed:
            known = known_words(allowed) or "–"
            faults.append(fault("/data" + pointer_to(name), "unknown_member", known=known))


def _check_attributes(attributes: Any, catalogue: Catalogue, faults: list[EventFault]) -> None:
    if not isinstance(attributes, dict):
        faults.append(fault("/data/attributes", "not_an_object", given=excerpt(attributes)))
        return
    for name, value in attributes.items():
        if len(faults) >= MOST_FAULTS:
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
        return fault(pointer, "not_a_string", given=excerpt(value))
    return _unknown_word(pointer, value, words)
