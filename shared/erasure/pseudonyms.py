"""The events of a file under a pseudonym: the same life, and nothing of whose it was.

A pseudonym begins with ``~``, which begins no identifier that ingest accepts, and is otherwise random.
It has the partition of the file, so that all that is counted by partition stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from shared.domain import (
    PSEUDONYM_MARK,
    AnswerData,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    History,
    RequestData,
    Voided,
    VoidedData,
)
from shared.log import partition_of

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_LENGTH: Final = 26


def random_pseudonym(file_id: str, partitions: int) -> str:
    """A new pseudonym, of 130 random bits less those of the file's partition."""
    partition = partition_of(file_id.encode(), partitions)
    while True:
        pseudonym = PSEUDONYM_MARK + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        if partition_of(pseudonym.encode(), partitions) == partition:
            return pseudonym


def under_pseudonym(history: History, pseudonym: str) -> list[Event]:
    """The events of a history as those of a pseudonym.

    Identifiers of events and requests become their places in the order of the old ones: what happens
    at one instant happens in that order (rule 6).
    """
    old = sorted(set(_identifiers(history)))
    digits = len(str(len(old)))
    new = {identifier: f"{place:0{digits}}" for place, identifier in enumerate(old, 1)}
    return [_renamed(event, pseudonym, new) for event in history]


def _identifiers(history: Iterable[Event]) -> Iterator[str]:
    """Every identifier in a history but the file's: of events, and of what their data name."""
    for event in history:
        yield event.id
        match event:
            case Voided():
                yield event.data.event_id
            case DocumentsRequested() | DocumentsReceived() if event.data.request_id is not None:
                yield event.data.request_id
            case _:
                continue


def _renamed(event: Event, pseudonym: str, new: dict[str, str]) -> Event:
    changed = replace(event, id=new[event.id], file_id=pseudonym)
    match changed:
        case Voided():
            return replace(changed, data=VoidedData(event_id=new[changed.data.event_id]))
        case DocumentsRequested() if changed.data.request_id is not None:
            data: RequestData = replace(changed.data, request_id=new[changed.data.request_id])
            return replace(changed, data=data)
        case DocumentsReceived() if changed.data.request_id is not None:
            return replace(changed, data=AnswerData(request_id=new[changed.data.request_id]))
        case _:
            return changed
