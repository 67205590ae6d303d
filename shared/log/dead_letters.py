"""Dead letters: records that cannot be used, with reason, position and bytes.

Pure. A letter must fit in one record of the log: a value too long for that is truncated, as
its detail states. The reasons are in ``shared.domain.records``.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from shared.domain import DeadLetter, decode_event, encode, short_name
from shared.log.ports import FILE_EVENTS, UNDER_FILES, NewRecord, Record, RejectedRecord

MAX_VALUE_BYTES = 256 * 1024
"""As base64 a third more: within a batch and the brokers' default ``message.max.bytes``."""

_KEY_BYTES = 4 * 1024
_HEADER_BYTES = 32 * 1024
_DETAIL_CHARACTERS = 2_000


def dead_letter(
    topic: str,
    partition: int,
    rejected: RejectedRecord,
    *,
    at: datetime,
    partitions: int,
    source: str | None = None,
) -> NewRecord:
    """The record to publish on ``dead-letters``, which has so many ``partitions``.

    Its partition is that of the rejected record, unless a topic of another system has more.
    ``source`` is the one that such a topic is read for.
    """
    record, detail = rejected.record, rejected.detail[:_DETAIL_CHARACTERS]
    if len(record.value) > MAX_VALUE_BYTES:
        detail = f"{detail} (the first {MAX_VALUE_BYTES} of {len(record.value)} bytes)"
    if len(record.key) > _KEY_BYTES:
        detail = f"{detail} (the first {_KEY_BYTES} of the key's {len(record.key)} bytes)"
    headers = _headers(record)
    if len(headers) < len(record.headers):
        detail = f"{detail} (the first {len(headers)} of {len(record.headers)} headers)"
    key = record.key[:_KEY_BYTES]
    letter = DeadLetter(
        reason=rejected.reason,
        detail=detail,
        topic=topic,
        partition=partition,
        offset=record.offset,
        key=key,
        value=record.value[:MAX_VALUE_BYTES],
        at=at,
        source=source,
        headers=headers,
    )
    return NewRecord(partition % partitions, key, encode(letter))


def _headers(record: Record) -> tuple[tuple[str, bytes], ...]:
    """The first headers of a record that fit in a letter."""
    kept, left = [], _HEADER_BYTES
    for name, value in record.headers:
        left -= len(name.encode()) + len(value)
        if left < 0:
            break
        kept.append((name, value))
    return tuple(kept)


class LetterOrigin(NamedTuple):
    """Whose a dead letter is, and which event it holds as far as that can be read."""

    source: str
    event_id: str | None = None
    event_type: str | None = None
    file_id: str | None = None
    recorded_at: datetime | None = None


def file_of(letter: DeadLetter) -> str:
    """The file that a letter's record has the key of; empty where keys are of other things."""
    return letter.key.decode(errors="replace") if letter.topic in UNDER_FILES else ""


def origin_of(letter: DeadLetter) -> LetterOrigin | None:
    """The source that published a letter's record; None where nothing vouches for one.

    An event of ``file-events`` was accepted for its source. Bytes that are no event may name any
    source, so they belong to none. A topic of another system is read for one source.
    """
    if letter.source is not None:
        return LetterOrigin(letter.source)
    if letter.topic != FILE_EVENTS:
        return None
    try:
        event = decode_event(letter.value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return LetterOrigin(
        event.source, event.id, short_name(type(event)), event.file_id, event.recorded_at
    )
