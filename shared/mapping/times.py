"""Times as exports write them, and how precisely.

Pure. A date alone is a day and not its midnight; what is written to the minute says nothing of the
seconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple

# Narrower than datetime.fromisoformat: no week dates, no 24:00, no leap second.
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d"
    r"([T ](?:[01]\d|2[0-3]):[0-5]\d(:[0-5]\d(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d\d(:?[0-5]\d)?)?)?",
    re.ASCII,
)
_DIRECTIVE = re.compile(r"%(.)", re.DOTALL)
# Python reads the names of zones, and reads times by them as if they had none.
_UTC_NAME = re.compile(r"(?<![A-Za-z])(?:UTC|GMT|Z)(?![A-Za-z])", re.IGNORECASE)
_LONGEST: Final = 100
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


_NUMBER = re.compile(r"\d{1,16}(?:[.,](\d{1,12}))?", re.ASCII)
_SPREADSHEET_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 — the mapping knows the zone
_SPREADSHEET_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001 — as above
_FIRST_SERIAL: Final = 61
"""1 March 1900: spreadsheets count a 29 February 1900 that was not."""


def _days_since(epoch: datetime, first: int) -> Callable[[str], WrittenTime]:
    """Reads days since an epoch as spreadsheets count them; a fraction is a time of day."""

    def read(cell: str) -> WrittenTime:
        days, _ = _number(cell)
        if days < first:
            raise ValueError("before the first serial that is a date")
        if days.is_integer():
            return WrittenTime(epoch + timedelta(days=days), DAY)
        moment = epoch + timedelta(seconds=round(days * DAY.total_seconds()))
        return WrittenTime(moment, SECOND)

    return read


def _epoch(unit: timedelta) -> Callable[[str], WrittenTime]:
    """Reads a count of units since 1970, UTC."""

    def read(cell: str) -> WrittenTime:
        count, fraction = _number(cell)
        width = unit if fraction is None else EXACT
        return WrittenTime(datetime.fromtimestamp(0, UTC) + unit * count, width)

    return read


def _number(cell: str) -> tuple[float, str | None]:
    match = _NUMBER.fullmatch(cell.strip())
    if match is None:
        raise ValueError("not a number")
    return float(cell.strip().replace(",", ".")), match[1]


NAMED_FORMATS: Final[Mapping[str, Callable[[str], WrittenTime]]] = {
    "iso": read_iso,
    "excel": _days_since(_SPREADSHEET_EPOCH, _FIRST_SERIAL),
    "excel-1904": _days_since(_SPREADSHEET_EPOCH_1904, 0),
    "epoch": _epoch(SECOND),
    "epoch-ms": _epoch(SECOND / 1000),
}
"""The formats that have a name: ISO 8601, days of spreadsheets, seconds since 1970."""


def read_time(cell: str, format_: str) -> WrittenTime:
    """A time by a named format, or one of strptime, in which ``%Z`` is UTC, GMT, Z or an offset.

    Names of months may be French. Raises ValueError, also beyond what can be written, and
    :class:`UnknownZoneError` where all but the zone's name could be read.
    """
    if len(cell) > _LONGEST:  # reading some formats takes the square of the length
        raise ValueError("too long to be a time")
    named = NAMED_FORMATS.get(format_)
    if named is None:
        return _read_by_format(cell, format_)
    try:
        return named(cell)
    except OverflowError as error:
        raise ValueError(str(error)) from None


_MONTHS: Final = (
    ("January", "jan", "janv", "janvier"),
    ("February", "feb", "fev", "fevr", "fevrier"),
    ("March", "mar", "mars"),
    ("April", "apr", "avr", "avril"),
    ("May", "may", "mai"),
    ("June", "jun", "juin"),
    ("July", "jul", "juil", "juillet"),
    ("August", "aug", "aou", "aout"),
    ("September", "sep", "sept", "septembre"),
    ("October", "oct", "octobre"),
    ("November", "nov", "novembre"),
    ("December", "dec", "decembre"),
)
_MONTH_NAMES: Final = {
    name: english for english, *names in _MONTHS for name in (*names, english.lower())
}
_WRITTEN_MONTH = re.compile(r"[^\W\d_]{3,}\.?")
_FIRST_DAY = re.compile(r"\b1er\b")
_HALF_OF_DAY = re.compile(r"\b([ap])\.? ?m\b\.?", re.IGNORECASE)


def _in_english(cell: str, directives: frozenset[str]) -> str:
    """A cell as strptime reads it: English names of months, AM and PM without points."""
    if directives & {"b", "B", "h"}:
        length = None if "B" in directives else 3
        cell = _FIRST_DAY.sub("1", _WRITTEN_MONTH.sub(lambda name: _month(name[0], length), cell))
    if "p" in directives:
        cell = _HALF_OF_DAY.sub(lambda half: f"{half[1].upper()}M", cell)
    return cell


def _month(written: str, length: int | None) -> str:
    plain = unicodedata.normalize("NFKD", written.rstrip(".")).encode("ascii", "ignore").decode()
    english = _MONTH_NAMES.get(plain.lower())
    return written if english is None else english[:length]


_DATE, _TIME = r"\d{4}-\d\d-\d\d", r"(?:[01]\d|2[0-3]):[0-5]\d"
_ISO_FORMATS: Final[Mapping[str, re.Pattern[str]]] = {
    "%Y-%m-%d": re.compile(_DATE, re.ASCII),
    "%Y-%m-%d %H:%M": re.compile(f"{_DATE} {_TIME}", re.ASCII),
    "%Y-%m-%d %H:%M:%S": re.compile(rf"{_DATE} {_TIME}:[0-5]\d", re.ASCII),
    "%Y-%m-%dT%H:%M:%S": re.compile(rf"{_DATE}T{_TIME}:[0-5]\d", re.ASCII),
}
"""Formats of strptime, and the cells of them that ISO 8601 reads the same, ten times as fast."""


@cache
def _directives(format_: str) -> frozenset[str]:
    return frozenset(_DIRECTIVE.findall(format_))


def _read_by_format(cell: str, format_: str) -> WrittenTime:
    """A time by a format of strptime."""
    directives = _directives(format_)
    iso = _ISO_FORMATS.get(format_)
    if iso is not None and iso.fullmatch(cell):
        return WrittenTime(datetime.fromisoformat(cell), _width(directives, cell))
    cell = _in_english(cell, directives)
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


def _width(directives: frozenset[str], cell: str) -> timedelta:
    if directives & {"f"}:
        fraction = re.search(r"\.(\d{1,6})(?!.*\.\d)", cell)
        return _FRACTIONS[len(fraction[1])] if fraction else EXACT
    if directives & {"S", "c", "T", "X", "s"}:
        return SECOND
    if directives & {"M", "R"}:
        return MINUTE
    return HOUR if directives & {"H", "I"} else DAY
