"""Dead letters: records that cannot be used, with reason, position and bytes.

Pure. A letter must fit in one record of the log: a value too long for that is truncated, as
its detail states. The reasons are in ``shared.domain.records``.
"""

from __future__ import annotations

from shared.domain import DeadLetter, encode
from shared.log.ports import NewRecord, RejectedRecord

MAX_VALUE_BYTES = 256 * 1024
"""As base64 a third more: within a batch and the brokers' default ``message.max.bytes``."""

_DETAIL_CHARACTERS = 2_000


def dead_letter(topic: str, partition: int, rejected: RejectedRecord) -> NewRecord:
    """The record to publish on ``dead-letters``, in the partition of the rejected record."""
    record, detail = rejected.record, rejected.detail[:_DETAIL_CHARACTERS]
    if len(record.value) > MAX_VALUE_BYTES:
        detail = f"{detail} (the first {MAX_VALUE_BYTES} of {len(record.value)} bytes)"
    letter = DeadLetter(
        reason=rejected.reason,
        detail=detail,
        topic=topic,
        partition=partition,
        offset=record.offset,
        key=record.key,
        value=record.value[:MAX_VALUE_BYTES],
    )
    return NewRecord(partition, record.key, encode(letter))
