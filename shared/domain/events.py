"""What happened to a file, and what was computed from it: closed unions of frozen facts.

An event is a past fact, valid once it exists. The names in ``tag=`` are the stored names: they are part of the format, carry
their version, and are never renamed; a change of shape is a new name beside the old one. The stored form of a lifecycle event is
a CloudEvent 1.0 in JSON, with the *recorded time* extension saying when it was accepted, so that a history can later be read as
it was known at any moment. Nothing here has room for personal information: identifiers match strict patterns, and attributes,
outcomes and reasons are words of the catalogue.
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

OPERATOR = "urn:echeance:operator"
"""The source of what an operator writes to the log himself; no token may publish for it."""

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment with its offset; one without is refused wherever it comes from."""

Status = Literal["open", "waiting", "decided", "withdrawn"]
Stage = Literal["on_track", "at_risk", "critical", "overdue"]
AlertStage = Literal["at_risk", "critical", "overdue"]
AlertEnd = Literal["waiting", "decided", "withdrawn", "voided", "corrected"]
AnomalyReason = Literal[
    "before_reception",
    "after_end",
    "already_received",
    "already_requested",
    "nothing_outstanding",
    "still_running",
    "voids_nothing",
    "voids_a_later_void",
    "other_source",
]


class _Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A frozen value without reference cycles, which the garbage collector need not visit."""


class _LifecycleEvent(
    _Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    rename={"file_id": "subject", "recorded_at": "recordedtime"},
):
    """What all events share. ``time`` is when it happened, ``recorded_at`` when it was accepted; both aware, in UTC."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    file_id: str
    time: Instant
    recorded_at: Instant


WordList = Literal["standards", "units", "outcomes", "reasons"]


class WordOf(NamedTuple):
    """A word that the catalogue has under this key."""

    words: WordList


class AttributeWords(NamedTuple):
    """Attributes that the catalogue lists, each with one of its words."""


class IdentifierPattern(NamedTuple):
    """An identifier that matches a pattern."""

    pattern: re.Pattern[str]


class DataMember(NamedTuple):
    """A member of an event's data, and what it may hold."""

    name: str
    holds: WordOf | AttributeWords | IdentifierPattern
    required: bool


class ReceivedData(_Struct, frozen=True):
    """The standard the request falls under, the unit that treats it, and its attributes: words of the catalogue."""

    standard: Annotated[str, WordOf("standards")]
    unit: Annotated[str, WordOf("units")]
    attributes: Annotated[dict[str, str], AttributeWords()] = {}


class RequestData(_Struct, frozen=True, omit_defaults=True):
    """Which request for documents is made or answered; None is one without an identifier."""

    request_id: Annotated[str | None, IdentifierPattern(EVENT_ID)] = None


class DecidedData(_Struct, frozen=True):
    """How the cycle ended: one of the catalogue's outcomes."""

    outcome: Annotated[str, WordOf("outcomes")]


class NoData(_Struct, frozen=True):
    """Nothing more to say."""


class ReopenedData(_Struct, frozen=True):
    """Why a new cycle begins: one of the catalogue's reasons."""

    reason: Annotated[str, WordOf("reasons")]


class VoidedData(_Struct, frozen=True):
    """Which event of the same source never happened."""

    event_id: Annotated[str, IdentifierPattern(EVENT_ID)]


class AssignedData(_Struct, frozen=True):
    """The source that the file belongs to from now on."""

    source: str


class AllowanceRaisedData(_Struct, frozen=True):
    """How many events of a source the file may have."""

    source: str
    events: int


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

    data: RequestData


class Decided(_LifecycleEvent, frozen=True, tag="org.echeance.file.decided.v1"):
    """What the commitment promises is done."""

    data: DecidedData


class Withdrawn(_LifecycleEvent, frozen=True, tag="org.echeance.file.withdrawn.v1"):
    """The client gave up: a request withdrawn, a call abandoned."""

    data: NoData


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


Published = (
    Received | DocumentsRequested | DocumentsReceived | Decided | Withdrawn | Reopened | Voided
)
"""What publishing systems send."""
Administrative = Assigned | AllowanceRaised
"""What only an operator writes: about the file's history, and not part of its life."""
Event = Published | Administrative

EventName = Literal[
    "received",
    "documents_requested",
    "documents_received",
    "decided",
    "withdrawn",
    "reopened",
    "voided",
]
"""The short names of what publishing systems send."""

# Rule 6: what happens at one instant happens in this order.
EVENT_TYPES: tuple[type[Published], ...] = (
    Received,
    DocumentsRequested,
    DocumentsReceived,
    Decided,
    Withdrawn,
    Reopened,
    Voided,
)
ADMINISTRATIVE_TYPES: tuple[type[Administrative], ...] = (Assigned, AllowanceRaised)
NATURAL_ORDER: dict[type[Event], int] = {
    event_type: rank for rank, event_type in enumerate((*EVENT_TYPES, *ADMINISTRATIVE_TYPES))
}


def stored_name(event_type: type[Event]) -> str:
    """The ``type`` under which an event is stored, with its version."""
    return str(event_type.__struct_config__.tag)


def short_name(event_type: type[Event]) -> str:
    """The event's word: ``received``, ``documents_requested``…"""
    return _WORDS[event_type]


_WORDS = {event_type: stored_name(event_type).split(".")[-2] for event_type in NATURAL_ORDER}


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


class Anomaly(_Struct, frozen=True):
    """An event that changed nothing, and why (rule 5)."""

    source: str
    event_id: str
    reason: AnomalyReason


class CycleState(_Struct, frozen=True, omit_defaults=True):
    """What only an event or a crossing changes in a cycle; a midnight that crosses nothing leaves it as it is.

    ``counted`` and ``waited`` are as of ``since``, the instant the file last changed hands (or ended), the first in the unit
    of the limit (business days, civil days, or seconds), the second in civil days or seconds. ``due_on`` is a local date, ``breaches_at`` the instant from which the file is late.
    """

    number: int
    status: Status
    received_at: datetime
    received_on: date
    since: datetime
    counted: float
    waited: float
    measured: bool
    due_on: date | None = None
    breaches_at: datetime | None = None
    on_time: bool | None = None
    stage: Stage | None = None
    stage_since: datetime | None = None
    ended_on: date | None = None
    outcome: str | None = None
    review_until: date | None = None


class ChangedBy(_Struct, frozen=True):
    """The event of a file's history that was recorded last: what brought the clock to what it says, unless time alone did.

    ``type`` is the event's word (:func:`short_name`), ``recorded_at`` the instant at which it was accepted.
    """

    source: str
    id: str
    type: str
    recorded_at: Instant


class ClockSnapshot(_Struct, frozen=True, tag_field="type", tag="org.echeance.file.clock.v2"):
    """A file's clock as published: a deterministic function of its version.

    ``(generation, position, crossed_at)`` is the version: which catalogue and rebuild, the log up to which the history was read,
    and the last instant at which an event or a crossing changed the clock. A reader drops what is not newer than what it has.
    A file whose reception is not known has no standard, no unit and no cycle. ``changed_by`` is None in what was stored as v1.
    """

    file_id: str
    generation: int
    position: int
    crossed_at: datetime
    changed_by: ChangedBy | None
    standard: str | None
    unit: str | None
    cycles: tuple[CycleState, ...]
    anomalies: tuple[Anomaly, ...]

    @property
    def version(self) -> tuple[int, int, datetime]:
        return self.generation, self.position, self.crossed_at


class ClockSnapshotV1(_Struct, frozen=True, tag_field="type", tag="org.echeance.file.clock.v1"):
    """A snapshot as it was stored before it named the event that changed it: still read, no longer written."""

    file_id: str
    generation: int
    position: int
    crossed_at: datetime
    standard: str | None
    unit: str | None
    cycles: tuple[CycleState, ...]
    anomalies: tuple[Anomaly, ...]


class DeadLetter(_Struct, frozen=True, tag_field="type", tag="org.echeance.dead-letter.v1"):
    """A record that could not be used: why, where it stood, and its bytes as they were (base64 in JSON)."""

    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes


class BreachAlert(
    _Struct, frozen=True, omit_defaults=True, tag_field="type", tag="org.echeance.breach-alert.v1"
):
    """A warning that a file nears its limit or passed it, with its whole life so far: it is active until it has ``resolved_at``.

    Its identity is the file, the cycle, the stage and the instant that stage began: what repeats it says the same alert again.
    ``by_catalogue`` marks one that a changed catalogue or calendar raised, and not time.
    """

    file_id: str
    cycle: int
    stage: AlertStage
    stage_since: datetime
    standard: str
    unit: str
    due_on: date
    breaches_at: datetime
    raised_at: datetime
    by_catalogue: bool = False
    resolved_at: datetime | None = None
    resolved_why: AlertEnd | None = None

    @property
    def identity(self) -> tuple[str, int, AlertStage, datetime]:
        return self.file_id, self.cycle, self.stage, self.stage_since

    @property
    def active(self) -> bool:
        return self.resolved_at is None


encode = msgspec.json.Encoder().encode
decode_event = msgspec.json.Decoder(Event).decode
decode_history = msgspec.json.Decoder(list[Event]).decode
_decode_either_snapshot = msgspec.json.Decoder(ClockSnapshot | ClockSnapshotV1).decode
decode_dead_letter = msgspec.json.Decoder(DeadLetter).decode
decode_alert = msgspec.json.Decoder(BreachAlert).decode


def decode_snapshot(stored: bytes) -> ClockSnapshot:
    """A snapshot of either version; raises ``msgspec.DecodeError`` for anything else."""
    found = _decode_either_snapshot(stored)
    if isinstance(found, ClockSnapshot):
        return found
    return ClockSnapshot(**msgspec.structs.asdict(found), changed_by=None)
