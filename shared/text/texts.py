"""Text shown to people: French by default, English as complete.

Pure. French typography is applied wherever a text comes from, so no author has to think of it.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Language = Literal["fr", "en"]
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

_APART = re.compile(r"(?<! ) (?=[:;?!](?:[\s»)]|$)|»)|(?<=«) |(?<=[\d}]) (?=%)")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")


def french(words: str) -> str:
    """French with no-break spaces (U+00A0) before ``: ; ? ! % »`` and after ``«``, for spaces.

    Apostrophes, and signs that begin a word, stay as they are: people copy what a message cites.
    """
    return _APART.sub("\u00a0", words)


def apostrophes(words: str) -> str:
    """A text with typographic apostrophes."""
    return _APOSTROPHE.sub("’", words)


class _Pair(NamedTuple):
    fr: str
    en: str


class Text(_Pair):
    """The same words in both languages."""

    __slots__ = ()

    def __new__(cls, fr: str, en: str) -> Text:
        return super().__new__(cls, french(fr), en)

    def within(self, language: Language) -> str:
        """The words in one language."""
        return self.en if language == "en" else self.fr


def single_line(words: str) -> str:
    """The words without line breaks and control characters, which no mail header can have."""
    return _CONTROLS.sub(" ", words).strip()
