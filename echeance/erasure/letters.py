"""Which dead letters are of forgotten files: under the key of one, or of a source that wrote of it and naming it.

Whoever may forget a file chooses its identifier, which can be any text that stands in other publishers'
letters. So a letter that only names a file goes where its source is one of the file's; what nothing
vouches for, or another source published, stays and is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

from echeance.erasure.mentions import Mentions
from services.clock import ClockStore
from shared.database import Database
from shared.domain import DeadLetter, decode_dead_letter, decode_history
from shared.log import MAX_VALUE_BYTES
from shared.log.dead_letters import file_of, origin_of

_FILES_TOGETHER: Final = 500

Sources = Mapping[str, Set[str]]
"""By file, the sources of its events; none where nothing of it was counted."""


class RecordPlace(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int


class LetterVerdict(NamedTuple):
    """What a letter has to do with the files.

    It ``goes``, with the record at ``place`` whose content has this ``digest``; it ``names`` a file, without
    having the key of one.
    """

    goes: bool = False
    names: bool = False
    place: RecordPlace | None = None
    digest: bytes = b""


class LettersOfFiles:
    """Judges dead letters. Pure."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._keys = frozenset(one.encode() for one in sources)
        self._mentions = Mentions(sources)

    def judge(self, key: bytes, stored: bytes) -> LetterVerdict:
        """The verdict on a letter as it is stored, under the key of its record."""
        if not stored:
            return LetterVerdict()
        try:
            letter = decode_dead_letter(stored)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return LetterVerdict(goes=key in self._keys)
        of_a_key = file_of(letter) in self._sources
        names = False if of_a_key else bool(named := self._named(letter))
        if not of_a_key and not (names and self._is_of_source(letter, named)):
            return LetterVerdict(names=names)
        place = RecordPlace(letter.topic, letter.partition, letter.offset)
        return LetterVerdict(True, names, place, content_digest(letter.value))

    def _named(self, letter: DeadLetter) -> Set[str]:
        headers = (value for _, value in letter.headers)
        parts = (letter.key, letter.value, letter.detail.encode(), *headers)
        return frozenset().union(*(self._mentions.named(part) for part in parts))

    def _is_of_source(self, letter: DeadLetter, named: Set[str]) -> bool:
        origin = origin_of(letter)
        return origin is not None and any(origin.source in self._sources[one] for one in named)


def content_digest(value: bytes) -> bytes:
    """By which the record of a letter is known, which has no more of it than a letter may hold."""
    return blake2b(value[:MAX_VALUE_BYTES], digest_size=16).digest()


async def sources_of(database: Database, erasures: Sequence[Any]) -> Sources:
    """Whose the files of these erasures were: the life under each pseudonym has its sources still."""
    found: dict[str, Set[str]] = {row.file_id: frozenset() for row in erasures}
    by_pseudonym = {row.pseudonym: row.file_id for row in erasures if row.pseudonym is not None}
    pseudonyms, store = list(by_pseudonym), ClockStore(database)
    for at in range(0, len(pseudonyms), _FILES_TOGETHER):
        lives = await store.files(pseudonyms[at : at + _FILES_TOGETHER])
        for pseudonym, life in lives.items():
            events = decode_history(life.history)
            found[by_pseudonym[pseudonym]] = frozenset(event.source for event in events)
    return found
