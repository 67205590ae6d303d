"""Times as exports write them, and how precisely.

Pure. A date alone is a day and not its midnight; what is written to the minute says nothing of the
seconds. :mod:`echeance.importer.event_order` uses the precision.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

# Narrower than datetime.fromisoformat: no week dates, no 24:00, no leap second.
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d"
    r"([T ](?:[01]\d|2[0-3]):[0-5]\d(:[0-5]\d(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d\d(:?[0-5]\d)?)?)?",
    re.ASCII,
)
_DIRECTIVE = re.compile(r"%(.)", re.DOTALL)
# Python reads the names of zones, and reads times by them as if they had none.
_UTC_NAME = re.compile(r"(?<![A-Za-z])(?:UTC|GMT|Z)(?![A-Za-z])", re.IGNORECASE)
_OFFSET_FOLLOWS = re.compile(r"[+-]\d")

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
EXACT = timedelta(microseconds=1)
_FRACTIONS = [SECOND / 10**digits for digits in range(7)]


class WrittenTime(NamedTuple):
    """A written moment, with or without an offset; the next writable one is ``width`` later."""

    moment: datetime
    width: timedelta


class UnknownZoneError(ValueError):
    """A time names its zone by a word that stands for no one offset."""


def read_iso(cell: str) -> WrittenTime:
    """A date, or a date and time, of ISO 8601; raises ValueError."""
    match = _ISO.fullmatch(cell)
    if match is None:
        raise ValueError("not an ISO 8601 date and time")
    time, seconds, fraction = match[1], match[2], match[3]
    if time is None:
        width = DAY
    elif seconds is None:
        width = MINUTE
    elif fraction is None:
        width = SECOND
    else:
        width = _FRACTIONS[min(len(fraction), 6)]
    return WrittenTime(datetime.fromisoformat(cell), width)


def read_by_format(cell: str, format_: str) -> WrittenTime:
    """A time by a format of strptime, in which ``%Z`` is UTC, GMT, Z or an offset.

    Raises ValueError, and :class:`UnknownZoneError` where all but the zone's name could be read.
    """
    directives = set(_DIRECTIVE.findall(format_))
    if "Z" not in directives:
        return WrittenTime(datetime.strptime(cell, format_), _width(directives, cell))  # noqa: DTZ007 — the mapping knows the zone
    with_offset = _DIRECTIVE.sub(lambda one: "%z" if one[1] == "Z" else one[0], format_)
    try:
        moment = datetime.strptime(_UTC_NAME.sub(_offset_of, cell), with_offset)  # noqa: DTZ007 — it has %z
    except ValueError:
        if _names_another_zone(cell, format_):
            raise UnknownZoneError(cell) from None
        raise
    return WrittenTime(moment, _width(directives, cell))


def _offset_of(name: re.Match[str]) -> str:
    """``UTC`` is an offset of nothing, and of ``UTC+02:00`` what follows is the offset."""
    follows = _OFFSET_FOLLOWS.match(name.string, name.end())
    return "" if follows else "+0000"


def _names_another_zone(cell: str, format_: str) -> bool:
    """Whether a cell has a word where its format has ``%Z``, and the rest is right."""
    without = _DIRECTIVE.sub(lambda one: "" if one[1] == "Z" else one[0], format_).strip()
    for word in re.finditer(r"[A-Za-z]+", cell):
        rest = f"{cell[: word.start()]}{cell[word.end() :]}".strip()
        try:
            datetime.strptime(rest, without)  # noqa: DTZ007 — the result is dropped
        except ValueError:
            continue
        return True
    return False


def _width(directives: set[str], cell: str) -> timedelta:
    if directives & {"f"}:
        fraction = re.search(r"\.(\d{1,6})(?!.*\.\d)", cell)
        return _FRACTIONS[len(fraction[1])] if fraction else EXACT
    if directives & {"S", "c", "T", "X", "s"}:
        return SECOND
    if directives & {"M", "R"}:
        return MINUTE
    return HOUR if directives & {"H", "I"} else DAY
