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

    It goes for ``files``, with the record at ``place`` whose content has this ``digest``; it ``names`` a
    file, without having the key of one.
    """

    files: frozenset[str] = frozenset()
    names: bool = False
    place: RecordPlace | None = None
    digest: bytes = b""

    @property
    def goes(self) -> bool:
        """Whether it is of any file."""
        return bool(self.files)


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
            return LetterVerdict(frozenset((key.decode(),)) if key in self._keys else frozenset())
        files, names = frozenset((file_of(letter),)), False
        if not files <= self._sources.keys():
            named = self._named(letter)
            files, names = self._of_source(letter, named), bool(named)
        if not files:
            return LetterVerdict(names=names)
        place = RecordPlace(letter.topic, letter.partition, letter.offset)
        return LetterVerdict(files, names, place, content_digest(letter.value))

    def _named(self, letter: DeadLetter) -> Set[str]:
        headers = (value for _, value in letter.headers)
        parts = (letter.key, letter.value, letter.detail.encode(), *headers)
        return frozenset().union(*(self._mentions.named(part) for part in parts))

    def _of_source(self, letter: DeadLetter, named: Set[str]) -> frozenset[str]:
        """The files, of those named, that the letter's source wrote of."""
        origin = origin_of(letter)
        if origin is None:
            return frozenset()
        return frozenset(one for one in named if origin.source in self._sources[one])


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
