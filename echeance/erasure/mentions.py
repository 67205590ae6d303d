"""Where bytes that are no record of a file name it all the same. Pure.

An identifier is named where it stands whole: what is before and after it could not be part of one. One
that could be any number or word (``2025``, ``montreal``), a day, an instant or a type of event is not
looked for: records of other files would be taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Set
from typing import Final

_TOKEN: Final = re.compile(rb"[A-Za-z0-9._:\-]+")
_ENDS_A_SENTENCE: Final = b".:"
_NO_NAMES: Final = re.compile(
    rb'"(?:type|source|time|recordedtime|specversion|datacontenttype)"\s*:\s*"[^"]*"'
)
"""Members of an event that name no file, whatever they say."""
_COMMON: Final = re.compile(
    r"org\.echeance\..*"
    r"|\d{4}-\d{2}-\d{2}([Tt][0-9:.]+([Zz]|-\d{2}:\d{2})?)?"
    r"|(19|20)\d{2}-(19|20)\d{2}"  # a fiscal year
)
_LEAST_CHARACTERS: Final = 6
REDACTED = "[…]"
"""In place of an identifier, in texts that people wrote."""


class Mentions:
    """Some files by their identifiers, of those that say enough."""

    def __init__(self, file_ids: Collection[str]) -> None:
        self._names = frozenset(one.encode() for one in file_ids if _is_telling(one))

    def named(self, stored: bytes) -> Set[str]:
        """The files that bytes name; an event's type, source and instants name none."""
        if not self._names:
            return frozenset()
        tokens = set(_TOKEN.findall(_NO_NAMES.sub(b"", stored)))
        tokens |= {one.rstrip(_ENDS_A_SENTENCE) for one in tokens}
        return {one.decode() for one in tokens & self._names}

    def redacted(self, text: str) -> str:
        """A text without the identifiers."""
        return _TOKEN.sub(self._without, text.encode()).decode()

    def _without(self, token: re.Match[bytes]) -> bytes:
        for name in (token[0], token[0].rstrip(_ENDS_A_SENTENCE)):
            if name in self._names:
                return REDACTED.encode() + token[0][len(name) :]
        return token[0]


def _is_telling(file_id: str) -> bool:
    if _COMMON.fullmatch(file_id):
        return False
    return len(file_id) >= _LEAST_CHARACTERS and any(one.isdigit() for one in file_id)
