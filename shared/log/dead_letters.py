"""What becomes of a record that cannot be used: a letter with the reason, where it stood, and its bytes as they were.

A letter must fit in what a log takes as one record. Of a value too long for that it has the beginning, and says so; the whole is still
where the letter says.
"""

from __future__ import annotations

from typing import Final

from shared.domain import DeadLetter, encode
from shared.log.ports import NewRecord, RejectedRecord

UNREADABLE = "unreadable"
CONFLICT = "conflict"
OUTSIDE_COVERAGE = "outside_coverage"
UNKNOWN_STANDARD = "unknown_standard"
TOO_MANY_EVENTS: Final = "too_many_events"
TOO_MANY_OTHERS: Final = "too_many_other_source"
CRASHED = "crashed"
REASONS = (
    UNREADABLE,
    CONFLICT,
    OUTSIDE_COVERAGE,
    UNKNOWN_STANDARD,
    TOO_MANY_EVENTS,
    TOO_MANY_OTHERS,
    CRASHED,
)
"""Every word that :attr:`shared.log.ports.Refused.reason` may be."""

KEPT_BYTES = 256 * 1024
"""Of a value: a third more as base64, within a batch of the producer and what a broker takes by default."""

_DETAIL_CHARACTERS = 2_000


def dead_letter(topic: str, partition: int, refused: RejectedRecord) -> NewRecord:
    """The record to publish on ``dead-letters``, in the partition of the one it tells of."""
    record, detail = refused.record, refused.detail[:_DETAIL_CHARACTERS]
    if len(record.value) > KEPT_BYTES:
        detail = f"{detail} (the first {KEPT_BYTES} of {len(record.value)} bytes)"
    letter = DeadLetter(
        reason=refused.reason,
        detail=detail,
        topic=topic,
        partition=partition,
        offset=record.offset,
        key=record.key,
        value=record.value[:KEPT_BYTES],
    )
    return NewRecord(partition, record.key, encode(letter))
