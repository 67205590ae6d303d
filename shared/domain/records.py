"""What is computed from events and published: clocks, alerts and dead letters, as frozen records.

The names in ``tag=`` are the stored names, which are never renamed: see ``events``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

import msgspec

from shared.domain.events import FrozenStruct, Instant

Status = Literal["open", "waiting", "decided", "withdrawn"]
Stage = Literal["on_track", "at_risk", "critical", "overdue", "waiting_long"]
AlertStage = Literal["at_risk", "critical", "overdue", "waiting_long"]
AlertEnd = Literal["waiting", "decided", "withdrawn", "voided", "corrected", "extended", "answered"]
Party = Literal["client", "other"]
"""Whom a file waits for."""
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
    "already_reached",
    "already_there",
    "already_lapsed",
    "too_many_requests",
    "extended_when_late",
    "extended_too_often",
    "extends_nothing",
]


class Anomaly(FrozenStruct, frozen=True):
    """An event that changed nothing, and why (rule 5)."""

    source: str
    event_id: str
    reason: AnomalyReason


class Extension(FrozenStruct, frozen=True, omit_defaults=True):
    """An extension of the limit: its word, and when it was made.

    ``allowed`` is the limit that it set, in its unit, where it was made until a date.
    """

    extension: str
    at: Instant
    until: date | None = None
    allowed: float | None = None


class Stop(FrozenStruct, frozen=True, omit_defaults=True):
    """A request that stopped the delay: when it was made and recorded, and until when it was outstanding.

    ``ended_at`` is None while it is, and where the cycle ended first; ``lapsed`` where the wait ended by itself.
    ``counted`` is what the limit had counted when it was made, ``removed`` how much less it counts because of it, as of
    the last change of hands; in its unit.

    Once the cycle has ended: of a request made in hand, ``remaining`` is what remained of the limit then, and ``late_at`` the
    instant from which the file would have been late had nothing stopped it from then on (None where it was late). Of an answered one
    that removed something from a limit in days, ``open_seconds`` are those of the wait inside any opening hours of the calendar.
    """

    began_at: Instant
    recorded_at: Instant
    counted: float
    removed: float
    party: Party = "client"
    ended_at: Instant | None = None
    kind: str | None = None
    lapsed: bool = False
    remaining: float | None = None
    late_at: Instant | None = None
    open_seconds: float | None = None


class CycleState(FrozenStruct, frozen=True, omit_defaults=True):
    """What only an event or a crossing changes in a cycle; a midnight that crosses nothing leaves it as it is.

    ``counted`` and ``waited`` are as of ``since``, the instant the file last changed hands (or ended), the first in the unit
    of the limit (business days, civil days, or seconds), the second in civil days or seconds. ``due_on`` is a local date, ``breaches_at`` the instant from which the file is late.

    What is left out says nothing: ``standard`` where it is that of the snapshot, ``unit`` where it is the file's, ``calendar`` where it is the standard's, ``counted_from``
    where it is the reception, ``waits_for`` where it is the client. ``on_time_unextended`` is set once a cycle with
    ``extensions`` has ended, ``tiers`` once one of terms with several targets has: whether it kept the second limit, and so on. ``terms`` is the place of
    its terms in the standard, where they depend on more than the day of the reception. ``stops`` are the requests that
    stopped the delay, ``gross`` what an ended cycle would have counted had none done so: ``counted`` is ``gross`` less what they removed.
    Once a cycle has ended, ``remaining`` is what remained of its limit, negative where it was late; with stops, ``on_time_unstopped`` is whether it
    would have been on time without them.
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
    standard: str | None = None
    unit: str | None = None
    calendar: str | None = None
    counted_from: datetime | None = None
    waits_for: Party | None = None
    extensions: tuple[Extension, ...] = ()
    on_time_unextended: bool | None = None
    tiers: tuple[bool, ...] = ()
    terms: int | None = None
    gross: float | None = None
    stops: tuple[Stop, ...] = ()
    remaining: float | None = None
    on_time_unstopped: bool | None = None

    @property
    def stopped(self) -> float:
        """What all stops removed from the delay."""
        return sum([stop.removed for stop in self.stops])


SNAPSHOT_REVISION: Final = 2
"""What snapshots say of a history: 2 since they have ``gross`` and ``stops``.

Raised with every member that an unchanged history gains, so that the clock publishes every file anew.
"""


class ChangedBy(FrozenStruct, frozen=True):
    """The event of a file's history that was recorded last, which brought the clock to its state.

    ``type`` is the event's word (:func:`short_name`), ``recorded_at`` when it was accepted.
    """

    source: str
    id: str
    type: str
    recorded_at: Instant


class Transfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Which unit has the file, from when."""

    at: Instant
    unit: str


class ClockSnapshot(
    FrozenStruct,
    frozen=True,
    omit_defaults=True,
    tag_field="type",
    tag="org.echeance.file.clock.v2",
):
    """A file's clock as published: a deterministic function of its version.

    ``(generation, position, crossed_at)`` is the version: which catalogue and rebuild, the log up to which the history was read,
    and the last instant at which an event or a crossing changed the clock. A reader drops what is not newer than what it has.
    A file whose reception is not known has no standard, no unit and no cycle. ``changed_by`` is None in what was stored as v1.
    ``standard`` is what the reception names, a standard or a service; ``unit`` the unit that has the file now.
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
    transfers: tuple[Transfer, ...] = ()

    @property
    def version(self) -> tuple[int, int, datetime]:
        return self.generation, self.position, self.crossed_at


class ClockSnapshotV1(
    FrozenStruct, frozen=True, tag_field="type", tag="org.echeance.file.clock.v1"
):
    """A snapshot without the event that changed it: still read, no longer written."""

    file_id: str
    generation: int
    position: int
    crossed_at: datetime
    standard: str | None
    unit: str | None
    cycles: tuple[CycleState, ...]
    anomalies: tuple[Anomaly, ...]


UNREADABLE: Final = "unreadable"
CONFLICT: Final = "conflict"
OUTSIDE_COVERAGE: Final = "outside_coverage"
UNKNOWN_STANDARD: Final = "unknown_standard"
TOO_MANY_EVENTS: Final = "too_many_events"
TOO_MANY_OTHERS: Final = "too_many_other_source"
CRASHED: Final = "crashed"
REFUSED: Final = "refused"
NOT_FORGOTTEN: Final = "not_forgotten"
DEAD_LETTER_REASONS: Final = (
    UNREADABLE,
    CONFLICT,
    OUTSIDE_COVERAGE,
    UNKNOWN_STANDARD,
    TOO_MANY_EVENTS,
    TOO_MANY_OTHERS,
    CRASHED,
    REFUSED,
    NOT_FORGOTTEN,
)
"""Every word that :attr:`DeadLetter.reason` may be."""


class DeadLetter(
    FrozenStruct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="org.echeance.dead-letter.v1",
):
    """A record that could not be used: why, where it stood, and its bytes as they were (base64 in JSON).

    ``at`` is when it was set aside; None in what was stored before that was noted. ``source`` is set where the record came
    from a topic of another system: the source that this topic is read for. ``headers`` are the record's, where it has any.
    """

    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    at: Instant | None = None
    source: str | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class BreachAlert(
    FrozenStruct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="org.echeance.breach-alert.v1",
):
    """A warning that a file nears its limit or passed it, with its whole life so far: it is active until it has ``resolved_at``.

    Its identity is the file, the cycle, the stage and the instant that stage began: a repetition is the same alert. In a file of several
    standards, whose cycles each has, ``of_standard`` is the one it is of; it is empty in any other. One that a file waits for long
    (``waiting_long``) is no breach, and its deadline is open. ``by_catalogue`` marks one that a changed catalogue or calendar raised, and not time.
    """

    file_id: str
    cycle: int
    stage: AlertStage
    stage_since: datetime
    standard: str
    unit: str
    due_on: date | None = None
    breaches_at: datetime | None = None
    raised_at: datetime
    by_catalogue: bool = False
    resolved_at: datetime | None = None
    resolved_why: AlertEnd | None = None
    of_standard: str = ""

    @property
    def identity(self) -> tuple[str, int, AlertStage, datetime, str]:
        return self.file_id, self.cycle, self.stage, self.stage_since, self.of_standard

    @property
    def active(self) -> bool:
        return self.resolved_at is None


_decode_either_snapshot = msgspec.json.Decoder(ClockSnapshot | ClockSnapshotV1).decode
decode_dead_letter = msgspec.json.Decoder(DeadLetter).decode
decode_alert = msgspec.json.Decoder(BreachAlert).decode


def decode_snapshot(stored: bytes) -> ClockSnapshot:
    """A snapshot of either version; raises ``msgspec.DecodeError`` for anything else."""
    snapshot = _decode_either_snapshot(stored)
    if isinstance(snapshot, ClockSnapshot):
        return snapshot
    return ClockSnapshot(**msgspec.structs.asdict(snapshot), changed_by=None)
