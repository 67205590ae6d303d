"""Lifecycle events: what happened to a file, a closed union of frozen facts.

An event is a past fact, valid once it exists. The names in ``tag=`` are the stored names, with
their version: part of the format, never renamed; another shape gets a new name beside the old one.
The stored form is a CloudEvent 1.0 in JSON with the *recorded time* extension, so that a history
can be read as it was known at any moment. Nothing here has room for personal information:
identifiers match strict patterns, and every other text is a word of the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Annotated, Literal, NamedTuple, get_args

import msgspec

FILE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
EVENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
LONGEST_SOURCE = 1_024

PSEUDONYM_MARK = "~"
"""With which the pseudonym of a forgotten file begins, and no identifier that ingest accepts."""

OPERATOR = "urn:echeance:operator"
"""The source of events that an operator writes; no token may publish for it."""

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware instant; a time without offset is refused wherever it comes from."""


class FrozenStruct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A frozen value without reference cycles, which the garbage collector need not visit."""


class _LifecycleEvent(
    FrozenStruct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    rename={"file_id": "subject", "recorded_at": "recordedtime"},
):
    """``time`` is when it happened, ``recorded_at`` when it was accepted; both aware, in UTC."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    file_id: str
    time: Instant
    recorded_at: Instant


WordList = Literal[
    "standards",
    "units",
    "outcomes",
    "reasons",
    "requests",
    "extensions",
    "milestones",
    "withdrawals",
]


class WordOf(NamedTuple):
    """A word that the catalogue has under this key."""

    words: WordList


class AttributeWords(NamedTuple):
    """Attributes that the catalogue lists, each with one of its words."""


class IdentifierPattern(NamedTuple):
    """An identifier that matches a pattern."""

    pattern: re.Pattern[str]


class CivilDate(NamedTuple):
    """A date without a time of day, ``2026-04-30``."""


class DataMember(NamedTuple):
    """A member of an event's data, and what it may hold."""

    name: str
    holds: WordOf | AttributeWords | IdentifierPattern | CivilDate
    required: bool


class ReceivedData(FrozenStruct, frozen=True):
    """The standard or service the request falls under, the unit that treats it, and its attributes: words of the catalogue."""

    standard: Annotated[str, WordOf("standards")]
    unit: Annotated[str, WordOf("units")]
    attributes: Annotated[dict[str, str], AttributeWords()] = {}


class RequestData(FrozenStruct, frozen=True, omit_defaults=True):
    """Which request for documents is made; None is one without an identifier.

    ``kind`` says what it does to the delay; ``answer_by`` is shown and has no effect.
    """

    request_id: Annotated[str | None, IdentifierPattern(EVENT_ID)] = None
    kind: Annotated[str | None, WordOf("requests")] = None
    answer_by: Annotated[date | None, CivilDate()] = None


class AnswerData(FrozenStruct, frozen=True, omit_defaults=True):
    """Which request is answered; None answers them all."""

    request_id: Annotated[str | None, IdentifierPattern(EVENT_ID)] = None


class ExtendedData(FrozenStruct, frozen=True, omit_defaults=True):
    """Which extension of the limit: a word of the terms, and its date where they leave it open."""

    extension: Annotated[str, WordOf("extensions")]
    until: Annotated[date | None, CivilDate()] = None


class ReachedData(FrozenStruct, frozen=True):
    """Which milestone."""

    milestone: Annotated[str, WordOf("milestones")]


class TransferredData(FrozenStruct, frozen=True):
    """The unit that treats the file from now on."""

    unit: Annotated[str, WordOf("units")]


class DecidedData(FrozenStruct, frozen=True):
    """How the cycle ended: one of the catalogue's outcomes."""

    outcome: Annotated[str, WordOf("outcomes")]


class WithdrawnData(FrozenStruct, frozen=True, omit_defaults=True):
    """Why, where it is more than that the client gave up: one of the catalogue's withdrawals."""

    reason: Annotated[str | None, WordOf("withdrawals")] = None


class ReopenedData(FrozenStruct, frozen=True):
    """Why a new cycle begins: one of the catalogue's reasons."""

    reason: Annotated[str, WordOf("reasons")]


class VoidedData(FrozenStruct, frozen=True):
    """Which event of the same source never happened."""

    event_id: Annotated[str, IdentifierPattern(EVENT_ID)]


class AssignedData(FrozenStruct, frozen=True):
    """The source that the file belongs to from now on."""

    source: str


class AllowanceRaisedData(FrozenStruct, frozen=True):
    """How many events of a source the file may have."""

    source: str
    events: int


class ForgottenData(FrozenStruct, frozen=True, omit_defaults=True):
    """Under which pseudonym the file's life stays: chosen at random by who appends the event."""

    pseudonym: str = ""


class Received(_LifecycleEvent, frozen=True, tag="org.echeance.file.received.v1"):
    """The request is received: opens the file."""

    data: ReceivedData


class DocumentsRequested(
    _LifecycleEvent, frozen=True, tag="org.echeance.file.documents_requested.v1"
):
    """The Ministry waits for the client."""

    data: RequestData


class DocumentsReceived(
    _LifecycleEvent, frozen=True, tag="org.echeance.file.documents_received.v1"
):
    """The client answered."""

    data: AnswerData


class Extended(_LifecycleEvent, frozen=True, tag="org.echeance.file.extended.v1"):
    """The limit was extended, as the law or an agreement allows."""

    data: ExtendedData


class Reached(_LifecycleEvent, frozen=True, tag="org.echeance.file.reached.v1"):
    """The file reached a milestone."""

    data: ReachedData


class Transferred(_LifecycleEvent, frozen=True, tag="org.echeance.file.transferred.v1"):
    """Another unit treats the file."""

    data: TransferredData


class Decided(_LifecycleEvent, frozen=True, tag="org.echeance.file.decided.v1"):
    """What the commitment promises is done."""

    data: DecidedData


class Withdrawn(_LifecycleEvent, frozen=True, tag="org.echeance.file.withdrawn.v1"):
    """The client gave up: a request withdrawn, a call abandoned."""

    data: WithdrawnData


class Reopened(_LifecycleEvent, frozen=True, tag="org.echeance.file.reopened.v1"):
    """A new cycle begins."""

    data: ReopenedData


class Voided(_LifecycleEvent, frozen=True, tag="org.echeance.file.voided.v1"):
    """The named event never happened; the file is what it would be without it."""

    data: VoidedData


class Assigned(_LifecycleEvent, frozen=True, tag="org.echeance.file.assigned.v1"):
    """An operator gave the file to a source; the last one recorded holds."""

    data: AssignedData


class AllowanceRaised(_LifecycleEvent, frozen=True, tag="org.echeance.file.allowance_raised.v1"):
    """An operator let the file have more events of a source; the highest holds."""

    data: AllowanceRaisedData


class Forgotten(_LifecycleEvent, frozen=True, tag="org.echeance.file.forgotten.v1"):
    """Whose the file is, is to be forgotten; part of no history, and erased with what it is about."""

    data: ForgottenData


Published = (
    Received
    | Transferred
    | DocumentsRequested
    | DocumentsReceived
    | Extended
    | Reached
    | Decided
    | Withdrawn
    | Reopened
    | Voided
)
"""What publishing systems send; what happens at one instant happens in this order (rule 6)."""
Administrative = Assigned | AllowanceRaised
"""What only an operator writes: about the file's history, and not part of its life."""
Event = Published | Administrative | Forgotten
"""What the log of events holds. ``Forgotten`` is in no history."""

EventName = Literal[
    "received",
    "transferred",
    "documents_requested",
    "documents_received",
    "extended",
    "reached",
    "decided",
    "withdrawn",
    "reopened",
    "voided",
]
"""The short names of :data:`EVENT_TYPES`, written out because mypy takes no computed literal."""

EVENT_TYPES: tuple[type[Published], ...] = get_args(Published)
ADMINISTRATIVE_TYPES: tuple[type[Administrative], ...] = get_args(Administrative)
NATURAL_ORDER: dict[type[Event], int] = {
    event_type: rank for rank, event_type in enumerate((*EVENT_TYPES, *ADMINISTRATIVE_TYPES))
}


def is_pseudonym(file_id: str) -> bool:
    """Whether an identifier is the pseudonym of a forgotten file."""
    return file_id.startswith(PSEUDONYM_MARK)


def stored_name(event_type: type[Event]) -> str:
    """The ``type`` under which an event is stored, with its version."""
    return str(event_type.__struct_config__.tag)


def short_name(event_type: type[Event]) -> str:
    """The event's word: ``received``, ``documents_requested``…"""
    return _WORDS[event_type]


_WORDS: dict[type[Event], str] = {
    event_type: stored_name(event_type).split(".")[-2] for event_type in (*NATURAL_ORDER, Forgotten)
}


def data_type(event_type: type[Published]) -> type[msgspec.Struct]:
    """The class of an event's data."""
    fields = msgspec.structs.fields(event_type)
    data: type[msgspec.Struct] = next(field.type for field in fields if field.name == "data")
    return data


@cache
def data_members(event_type: type[Published]) -> Sequence[DataMember]:
    """What an event's data may hold, as its fields declare it."""
    return [
        DataMember(field.name, get_args(field.type)[1], field.required)
        for field in msgspec.structs.fields(data_type(event_type))
    ]


encode = msgspec.json.Encoder().encode
decode_event = msgspec.json.Decoder(Event).decode
decode_history = msgspec.json.Decoder(list[Event]).decode
