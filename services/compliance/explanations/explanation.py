"""An explanation: what a public body writes of a commitment and a fiscal year. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from shared.text import Language, Text

LONGEST_EXPLANATION: Final = 4_000
"""Characters of an explanation in one language."""

_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Explanation(NamedTuple):
    """One version, from 1 on; an empty text takes back the version before.

    ``written_by`` is the name of a token.
    """

    standard: str
    fiscal_year: str
    version: int
    written_at: datetime
    written_by: str
    text: Text

    @property
    def is_empty(self) -> bool:
        return not (self.text.fr or self.text.en)

    def in_language(self, spoken: Language) -> str:
        """The text in a language, or in the other where it has none."""
        return self.text.within(spoken) or self.text.fr or self.text.en


NO_EXPLANATIONS: Final[Mapping[str, Explanation]] = MappingProxyType({})


def clean_text(written: str) -> str:
    """As it is stored: lines end with a line feed, and nothing in it is invisible."""
    lines = _UNPRINTABLE.sub("", written.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(line.rstrip() for line in lines.strip().split("\n"))
