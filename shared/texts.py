"""Words shown to people: French by default, English as complete.

Pure.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Language = Literal["fr", "en"]
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class Text(NamedTuple):
    """The same words in both languages."""

    fr: str
    en: str

    def within(self, language: Language) -> str:
        """The words in one language."""
        return self.en if language == "en" else self.fr


def single_line(words: str) -> str:
    """The words without line breaks and other control characters, which the header of a mail cannot have."""
    return _CONTROLS.sub(" ", words).strip()
