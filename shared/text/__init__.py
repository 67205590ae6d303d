"""Text in French and English, and how each language writes dates and numbers."""

from shared.text import formats, moments
from shared.text.moments import MomentError, local
from shared.text.texts import Language, Text, apostrophes, french, single_line
