"""What a client prefers, by its ``Accept`` and ``Accept-Language`` headers (RFC 9110 §12.5).

Headers come from anybody: they are cut to a length that browsers never exceed, and scanned
once, without regular expressions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.text import Language

_MOST_CHARACTERS: Final = 2_000
_MOST_RANGES: Final = 20


def language_preferred(accept_language: str | None) -> Language | None:
    """French or English, whichever has the greater weight; None if neither is acceptable."""
    weights: dict[str, float] = {}
    for name, weight in _ranges(accept_language):
        primary = name.partition("-")[0]
        weights[primary] = max(weight, weights.get(primary, 0.0))
    french, english = weights.get("fr", 0.0), weights.get("en", 0.0)
    if english > french:
        return "en"
    return "fr" if french > 0 else None


def page_preferred(accept: str | None) -> bool:
    """Whether the client accepts HTML and prefers no JSON to it, as browsers do.

    What also accepts an event stream is a page that connects again: led to the sign-in page it would take
    that for success, and ask for ever.
    """
    weights = dict(reversed(list(_ranges(accept))))
    if "text/event-stream" in weights:
        return False
    html = weights.get("text/html", 0.0)
    return html > 0 and all(html >= weight for name, weight in weights.items() if "json" in name)


def _ranges(header: str | None) -> Iterator[tuple[str, float]]:
    """Each range of a header in lower case, with its weight; malformed ranges are skipped."""
    text = header or ""
    parts = text[:_MOST_CHARACTERS].split(",")
    if len(text) > _MOST_CHARACTERS:
        parts.pop()  # cut in the middle
    for part in parts[:_MOST_RANGES]:
        name, *parameters = (one.strip(" \t") for one in part.lower().split(";"))
        weight = _weight(parameters)
        if name and weight is not None:
            yield name, weight


def _weight(parameters: list[str]) -> float | None:
    """From 0 to 1; 1 by default, None if malformed."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            whole, _, decimals = value.partition(".")
            digits = whole + decimals
            if whole not in ("0", "1") or len(decimals) > 3 or not digits.isdecimal():
                return None
            return min(1.0, float(value)) if digits.isascii() else None
    return 1.0
