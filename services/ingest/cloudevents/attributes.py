"""The context attributes of a CloudEvent, checked against the specification and our rules.

Pure. A reader adds every fault to ``faults``; its result is valid only if it added none. Readers
are optimized for valid input.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from services.ingest.cloudevents.faults import MAX_FAULTS, EventFault, excerpt, fault, known_words
from services.ingest.cloudevents.members import Members, personal, pointer_to, string
from services.ingest.cloudevents.personal import personal_shape
from services.ingest.cloudevents.texts import Code
from shared.domain import (
    LONGEST_SOURCE,
    NOTHING_RESERVED,
    URI,
    URI_REFERENCE,
    Catalogue,
    DeadlineError,
    Event,
    Forgotten,
    Received,
    Reservations,
    Transferred,
)
from shared.domain.calendars import CoverageError

MOST_EVENT_BYTES: Final = 65_536
REQUIRED_ATTRIBUTES: Final = frozenset(
    {"specversion", "id", "source", "type", "subject", "time", "data"}
)
ATTRIBUTES: Final = REQUIRED_ATTRIBUTES | {"datacontenttype", "dataschema", "data_base64"}
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
_NOT_A_CHARACTER = re.compile(rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_PLANE_ENDS}]")


PersonalIdentifiers = Literal["refuse", "accept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules for an event. ``now`` is aware and in UTC.

    ``sources`` are those the publisher may use, ``units`` those it may name in a reception or a
    transfer, ``standards`` (and services) those it may name in a reception; None means any.
    ``reservations`` are the files that it may not write to; ``may_forget`` whether it may have files
    forgotten. ``personal_identifiers`` says what becomes of identifiers of the shape of a person's (``personal``).
    """

    catalogue: Catalogue
    now: datetime
    future_tolerance: timedelta = timedelta(minutes=5)
    sources: Collection[str] | None = None
    units: Collection[str] | None = None
    standards: Collection[str] | None = None
    reservations: Reservations = NOTHING_RESERVED
    may_forget: bool = False
    personal_identifiers: PersonalIdentifiers = "refuse"


def source(event: Members, rules: Rules, faults: list[EventFault]) -> str:
    """The publishing system: a URI reference, among those the publisher may use."""
    value = event.get("source")
    if rules.sources is not None and isinstance(value, str) and value in rules.sources:
        return value
    value = string(event, "source", faults)
    if value is None:
        return ""
    if len(value) > LONGEST_SOURCE or URI_REFERENCE.fullmatch(value) is None:
        faults.append(
            fault("/source", Code.bad_source, given=excerpt(value), longest=LONGEST_SOURCE)
        )
    elif rules.sources is not None:
        faults.append(fault("/source", Code.source_not_allowed, given=excerpt(value)))
    return value


def check_identifiers(event: Event, rules: Rules, faults: list[EventFault]) -> None:
    """Check that no identifier has the shape of a person's."""
    if rules.personal_identifiers == "accept":
        return
    if personal_shape(event.file_id) is not None:
        faults.append(personal("/subject", event.file_id))
    if personal_shape(event.id) is not None:
        faults.append(personal("/id", event.id))
    named = getattr(event.data, "request_id", None)
    if named is not None and personal_shape(named) is not None:
        faults.append(personal("/data/request_id", named))


def time(event: Members, rules: Rules, faults: list[EventFault]) -> datetime:
    """When it happened, in UTC: ahead of now by the tolerance at most, and as old as it may be."""
    value = event.get("time")
    instant = _instant(value) if isinstance(value, str) else None
    if instant is None:
        if string(event, "time", faults) is not None:
            faults.append(fault("/time", Code.bad_time, given=excerpt(value)))
        return rules.now
    if instant - rules.now > rules.future_tolerance:
        tolerance = int(rules.future_tolerance.total_seconds())
        now = rules.now.isoformat(timespec="seconds")
        faults.append(fault("/time", Code.time_ahead, tolerance=tolerance, now=now))
    return instant


def check_allowed(event: Event, rules: Rules, faults: list[EventFault]) -> None:
    """Check the token's permissions: files reserved by another token, units and standards."""
    if (prefix := rules.reservations.against(event.file_id)) is not None:
        file_id = excerpt(event.file_id)
        faults.append(fault("/subject", Code.file_reserved, given=file_id, prefix=excerpt(prefix)))
    if isinstance(event, Received):
        _check_unit(event.data.unit, rules, faults)
        if rules.standards is not None:
            _check_standard(event.data.standard, rules.standards, rules.catalogue, faults)
    elif isinstance(event, Transferred):
        _check_unit(event.data.unit, rules, faults)
    elif isinstance(event, Forgotten) and not rules.may_forget:
        faults.append(fault("/type", Code.forget_not_allowed))


def _check_unit(unit: str, rules: Rules, faults: list[EventFault]) -> None:
    if rules.units is not None and unit not in rules.units:
        allowed = known_words(rules.units)
        faults.append(
            fault("/data/unit", Code.unit_not_allowed, given=excerpt(unit), known=allowed)
        )


def _check_standard(
    word: str, permitted: Collection[str], catalogue: Catalogue, faults: list[EventFault]
) -> None:
    """Check a standard or service: it is permitted by its own word, or by all its standards."""
    if word in permitted or all(one in permitted for one in catalogue.standards_of(word)):
        return
    allowed = known_words(permitted)
    faults.append(
        fault("/data/standard", Code.standard_not_allowed, given=excerpt(word), known=allowed)
    )


def check_countable(event: Event, rules: Rules, faults: list[EventFault]) -> None:
    """Check that the calendars cover the event and the deadline of a cycle that it begins."""
    if isinstance(event, Forgotten):  # of no history
        return
    countable_range = rules.catalogue.countable_range
    try:
        countable_range.require_countable(event)
    except CoverageError as error:
        late = isinstance(error, DeadlineError)
        first, last = countable_range.years(event)
        code = Code.deadline_outside_coverage if late else Code.outside_coverage
        faults.append(fault("/time", code, first=first.isoformat(), last=last.isoformat()))


def _instant(text: str) -> datetime | None:
    """An RFC 3339 time in UTC; None if malformed or outside the years 1 to 9999."""
    if _TIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_json(media_type: str) -> bool:
    """Whether a ``datacontenttype`` is JSON, with any parameters (RFC 2045)."""
    return _JSON_TYPE.fullmatch(media_type) is not None


def check_optional(event: Members, faults: list[EventFault]) -> None:
    """Check optional attributes and extensions; null means not set (JSON format §2.2)."""
    content_type, schema = event.get("datacontenttype"), event.get("dataschema")
    if content_type is not None and content_type != "application/json":
        text = string(event, "datacontenttype", faults)
        if text is not None and not is_json(text):
            faults.append(fault("/datacontenttype", Code.bad_datacontenttype, given=excerpt(text)))
    if schema is not None:
        text = string(event, "dataschema", faults)
        if text is not None and URI.fullmatch(text) is None:
            faults.append(fault("/dataschema", Code.bad_dataschema, given=excerpt(text)))
    if event.get("data") is not None and event.get("data_base64") is not None:
        faults.append(fault("/data_base64", Code.data_twice))
    if not event.keys() <= ATTRIBUTES:
        for name in sorted(event.keys() - ATTRIBUTES):
            if len(faults) >= MAX_FAULTS:
                return
            _check_extension(name, event[name], faults)


def _check_extension(name: str, value: Any, faults: list[EventFault]) -> None:
    pointer = pointer_to(name)
    if _EXTENSION_NAME.fullmatch(name) is None:
        faults.append(fault(pointer, Code.bad_extension_name))
    elif name == "recordedtime":
        faults.append(fault(pointer, Code.reserved_extension))
    elif not _is_extension_value(value):
        faults.append(fault(pointer, Code.bad_extension_value))


def _is_extension_value(value: Any) -> bool:
    if isinstance(value, str):
        return _NOT_A_CHARACTER.search(value) is None
    if isinstance(value, bool) or value is None:
        return True
    return isinstance(value, int) and -(2**31) <= value < 2**31
