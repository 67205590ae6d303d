"""Files to forget, as a step of the clock has them: requests, what is decided, and lives under pseudonyms.

A request is decided once, in the step that reads it first, and the decision is committed before anything
is published: no later catalogue decides otherwise, nor does a rebuild. From then on nothing is added to
the file. The next step publishes its life under the pseudonym and replaces its row; repeated, it
publishes the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from msgspec.structs import replace

from services.clock.evaluator import EvaluatedRow
from services.clock.incoming import ReadEvents
from shared.domain import (
    OPERATOR,
    ChangedBy,
    Event,
    Forgotten,
    ForgottenData,
    decode_snapshot,
    encode,
    from_microseconds,
    short_name,
)
from shared.erasure import NoteOfErasure, pseudonyms
from shared.log import FILE_CLOCKS, FILE_EVENTS, NewRecord
from shared.log.ports import RejectedRecord

_RETENTION_ID = "retention-"
_OPERATOR_ID = "forgotten-"


class RequestStep(NamedTuple):
    """What became of a file that a batch asks to forget.

    ``row`` is its new row if it changed; ``granted`` the request that is met; ``late`` are the events
    that stand behind that one.
    """

    row: EvaluatedRow | None
    new: ReadEvents
    rejected: Sequence[RejectedRecord]
    granted: Forgotten | None
    late: Sequence[Event]


class PseudonymousLife(NamedTuple):
    """A file's events under its pseudonym, and their row."""

    note: NoteOfErasure
    events: Sequence[Event]
    row: EvaluatedRow


def forget_request(
    file_id: str, partitions: int, now: datetime, *, retention_over: bool = False
) -> Forgotten:
    """A request of ours to forget a file: an operator's, or because its time of retention is over."""
    return Forgotten(
        id=f"{_RETENTION_ID if retention_over else _OPERATOR_ID}{uuid4()}",
        source=OPERATOR,
        file_id=file_id,
        time=now,
        recorded_at=now,
        data=ForgottenData(pseudonym=pseudonyms.random_pseudonym(file_id, partitions)),
    )


def requested_by(request: Forgotten) -> str:
    """Who asks: publisher, operator or retention."""
    if request.source != OPERATOR:
        return "publisher"
    return "retention" if request.id.startswith(_RETENTION_ID) else "operator"


def published_lives(
    partition: int, lives: Sequence[PseudonymousLife]
) -> dict[str, Sequence[NewRecord]]:
    """What a step publishes that replaces files: their lives, a tombstone of each, and its snapshot."""
    events = [
        NewRecord(partition, event.file_id.encode(), encode(event))
        for life in lives
        for event in life.events
    ]
    tombstones = [NewRecord(partition, life.note.file_id.encode(), b"") for life in lives]
    snapshots = [NewRecord(partition, life.row.file_id.encode(), _renaming(life)) for life in lives]
    return {FILE_EVENTS: events, FILE_CLOCKS: [*tombstones, *snapshots]}


def counted_lives(lives: Sequence[PseudonymousLife]) -> Counter[str]:
    """Files by who asked to forget them."""
    return Counter(life.note.requested_by for life in lives)


def _renaming(life: PseudonymousLife) -> bytes:
    """The first snapshot under a pseudonym, by which compliance knows that it renames a file."""
    at = from_microseconds(life.note.requested_at)
    word = short_name(Forgotten)
    why = ChangedBy(source=OPERATOR, id=word, type=word, recorded_at=at)
    return encode(replace(decode_snapshot(life.row.snapshot), changed_by=why))
