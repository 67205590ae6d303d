"""Where bytes that are no record of a file name it all the same. Pure.

An identifier is named where it stands whole: what is before and after it could not be part of one. One
that could be any number or word (``2025``, ``montreal``) is not looked for: records of other files would
be taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_BEFORE = rb"(?<![A-Za-z0-9._:\-])"
_AFTER = rb"(?![A-Za-z0-9_:\-]|\.[A-Za-z0-9])"  # a point ends a sentence, or goes on
_LEAST_CHARACTERS = 6
REDACTED = "[…]"
"""In place of an identifier, in texts that people wrote."""


class Mentions:
    """Some files by their identifiers, of those that say enough."""

    def __init__(self, file_ids: Collection[str]) -> None:
        file_ids = [one for one in file_ids if _is_telling(one)]
        names = b"|".join(re.escape(one.encode()) for one in sorted(file_ids, key=len)[::-1])
        self._pattern = re.compile(rb"%b(?:%b)%b" % (_BEFORE, names, _AFTER))
        self._named = bool(file_ids)

    def within(self, stored: bytes) -> bool:
        """Whether bytes name one of the files."""
        return self._named and self._pattern.search(stored) is not None

    def redacted(self, text: str) -> str:
        """A text without the identifiers."""
        if not self._named:
            return text
        return self._pattern.sub(REDACTED.encode(), text.encode()).decode()


def _is_telling(file_id: str) -> bool:
    return len(file_id) >= _LEAST_CHARACTERS and any(one.isdigit() for one in file_id)
