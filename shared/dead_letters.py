"""What becomes of a record that cannot be used: a letter with the reason, where it stood, and its bytes as they were."""

from __future__ import annotations

from shared.events import DeadLetter, encode
from shared.log import NewRecord, Refused

UNREADABLE = "unreadable"
CONFLICT = "conflict"
OUTSIDE_COVERAGE = "outside_coverage"
UNKNOWN_STANDARD = "unknown_standard"
TOO_MANY_EVENTS = "too_many_events"
CRASHED = "crashed"
REASONS = (
    UNREADABLE,
    CONFLICT,
    OUTSIDE_COVERAGE,
    UNKNOWN_STANDARD,
    TOO_MANY_EVENTS,
    CRASHED,
)
"""Every word that :attr:`shared.log.Refused.reason` may be."""


def dead_letter(topic: str, partition: int, refused: Refused) -> NewRecord:
    """The record to publish on ``dead-letters``, in the partition of the one it tells of."""
    record = refused.record
    letter = DeadLetter(
        reason=refused.reason,
        detail=refused.detail,
        topic=topic,
        partition=partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
    )
    return NewRecord(partition, record.key, encode(letter))
