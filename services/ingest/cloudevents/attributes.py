"""The context attributes of a CloudEvent, each held to the specification and to what a file's event needs.

Pure. Every reader adds to ``faults`` what it refuses; what it returns is used only when it added nothing. Readers are quick for
what is right and take their time to explain what is not.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.ingest.cloudevents.faults import MOST_FAULTS, EventFault, excerpt, fault, known_words
from services.ingest.cloudevents.members import Members, pointer_to, string
from services.ingest.cloudevents.texts import Code
from shared.domain import (
    LONGEST_SOURCE,
    NOTHING_RESERVED,
    URI,
    URI_REFERENCE,
    Catalogue,
    DeadlineError,
    Event,
    Received,
    Reservations,
)
from shared.domain.calendars import CoverageError

REQUIRED: Final = frozenset({"specversion", "id", "source", "type", "subject", "time", "data"})
ATTRIBUTES: Final = REQUIRED | {
    "datacontenttype",
    "dataschema",
    "data_base64",
}
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_JSON_TYPE = re.compile(
    rf'application/json(?:[ \t]*;[ \t]*{_TOKEN}=(?:{_TOKEN}|"[\x20\x21\x23-\x5B\x5D-\x7E]*"))*',
    re.IGNORECASE,
)
_EXTENSION_NAME = re.compile(r"[a-z0-9]+")
# CloudEvents §3.1: no control characters, no surrogates, no noncharacters.
_PLANE_ENDS = "".join(
    chr(plane | last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
_NOT_A_CHARACTER = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_PLANE_ENDS}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an event is held to. ``now`` is aware and in UTC.

    ``sources`` are those the publisher may use, ``units`` and ``standards`` those it may name in a reception; None for any.
    ``reservations`` are the files that it may not write to.
    """

    catalogue: Catalogue
    now: datetime
    future_tolerance: timedelta = timedelta(minutes=5)
    max_event_bytes: int = 65_536
    sources: Collection[str] | None = None
    units: Collection[str] | None = None
    standards: Collection[str] | None = None
    reservations: Reservations = NOTHING_RESERVED


def source(event: Members, rules: Rules, faults: list[EventFault]) -> str:
    """The publishing system: a URI reference, among those the publisher may use."""
    given = event.get("source")
    if rules.sources is not None and isinstance(given, str) and given in rules.sources:
        return given
    given = string(event, "source", faults)
    if given is None:
        return ""
    if len(given) > LONGEST_SOURCE or URI_REFERENCE.fullmatch(given) is None:
        faults.append(fault("/source", "bad_source", given=excerpt(given), longest=LONGEST_SOURCE))
    elif rules.sources is not None:
        faults.append(fault("/source", "source_not_allowed", given=excerpt(given)))
    return given


def time(event: Members, rules: Rules, faults: list[EventFault]) -> datetime:
    """When it happened, in UTC: not more than the tolerance ahead of now, and as long ago as it may be."""
    given = event.get("time")
    instant = _instant(given) if isinstance(given, str) else None
    if instant is None:
        if string(event, "time", faults) is not None:
            faults.append(fault("/time", "bad_time", given=excerpt(given)))
        return rules.now
    if instant - rules.now > rules.future_tolerance:
        tolerance = int(rules.future_tolerance.total_seconds())
        now = rules.now.isoformat(timespec="seconds")
        faults.append(fault("/time", "time_ahead", tolerance=tolerance, now=now))
    return instant


def check_allowed(event: Event, rules: Rules, faults: list[EventFault]) -> None:
    """What the publisher's token does not permit: a file that another has reserved, a unit, a standard."""
    if (prefix := rules.reservations.against(event.file_id)) is not None:
        given = excerpt(event.file_id)
        faults.append(fault("/subject", "file_reserved", given=given, prefix=excerpt(prefix)))
    if not isinstance(event, Received):
        return
    unit, standard = event.data.unit, event.data.standard
    if rules.units is not None and unit not in rules.units:
        allowed = known_words(rules.units)
        faults.append(fault("/data/unit", "unit_not_allowed", given=excerpt(unit), known=allowed))
    if rules.standards is not None and standard not in rules.standards:
        allowed = known_words(rules.standards)
        given = excerpt(standard)
        faults.append(fault("/data/standard", "standard_not_allowed", given=given, known=allowed))


def check_countable(event: Event, rules: Rules, faults: list[EventFault]) -> None:
    """That the event lies in the years of the calendars, and so does the deadline of the cycle that it begins."""
    countable_range = rules.catalogue.countable_range
    try:
        countable_range.require_countable(event)
    except CoverageError as error:
        late = isinstance(error, DeadlineError)
        first, last = countable_range.years(event)
        code: Code = "deadline_outside_coverage" if late else "outside_coverage"
        faults.append(fault("/time", code, first=first.isoformat(), last=last.isoformat()))


def _instant(text: str) -> datetime | None:
    """An RFC 3339 time in UTC; None for what is not one, or lies outside the years 1 to 9999."""
    if _TIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_json(media_type: str) -> bool:
    """Whether a ``datacontenttype`` says JSON, with whatever parameters (RFC 2045)."""
    return _JSON_TYPE.fullmatch(media_type) is not None


def check_optional(event: Members, faults: list[EventFault]) -> None:
    """The optional attributes and the extensions; a null stands for an attribute that is not set (JSON format §2.2)."""
    content_type, schema = event.get("datacontenttype"), event.get("dataschema")
    if content_type is not None and content_type != "application/json":
        given = string(event, "datacontenttype", faults)
        if given is not None and not is_json(given):
            faults.append(fault("/datacontenttype", "bad_datacontenttype", given=excerpt(given)))
    if schema is not None:
        given = string(event, "dataschema", faults)
        if given is not None and URI.fullmatch(given) is None:
            faults.append(fault("/dataschema", "bad_dataschema", given=excerpt(given)))
    if event.get("data") is not None and event.get("data_base64") is not None:
        faults.append(fault("/data_base64", "data_twice"))
    if not event.keys() <= ATTRIBUTES:
        for name in sorted(event.keys() - ATTRIBUTES):
            if len(faults) >= MOST_FAULTS:
                return
            _check_extension(name, event[name], faults)


def _check_extension(name: str, value: Any, faults: list[EventFault]) -> None:
    pointer = pointer_to(name)
    if _EXTENSION_NAME.fullmatch(name) is None:
        faults.append(fault(pointer, "bad_extension_name"))
    elif name == "recordedtime":
        faults.append(fault(pointer, "reserved_extension"))
    elif not _is_extension_value(value):
        faults.append(fault(pointer, "bad_extension_value"))


def _is_extension_value(value: Any) -> bool:
    if isinstance(value, str):
        return _NOT_A_CHARACTER.search(value) is None
    if isinstance(value, bool) or value is None:
        return True
    return isinstance(value, int) and -(2**31) <= value < 2**31
