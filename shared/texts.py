"""Words shown to people: French by default, English as complete.

Pure.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["fr", "en"]


class Text(NamedTuple):
    """The same words in both languages."""

    fr: str
    en: str

    def within(self, language: Language) -> str:
        """The words in one language."""
        return self.en if language == "en" else self.fr
