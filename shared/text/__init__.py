"""Text in French and English, and how each language writes dates and numbers."""

from __future__ import annotations

from shared.text import formats, moments
from shared.text.moments import MomentError, local
from shared.text.texts import Language, Text, apostrophes, french, single_line

__all__ = [
    "Language",
    "MomentError",
    "Text",
    "apostrophes",
    "formats",
    "french",
    "local",
    "moments",
    "single_line",
]
