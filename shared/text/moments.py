"""Instants as people and programs write them: a date, or a date and time with its offset."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo

_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class MomentError(ValueError):
    """Neither a date nor an instant; the message says what to write."""


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """An instant in UTC: as written with its offset, or the first of a local day given by its date.

    A space stands for the plus sign that a URL decodes it from.
    """
    iso = text.strip().replace(" ", "+")
    try:
        if _DATE.fullmatch(iso):
            return datetime.combine(date.fromisoformat(iso), time(), zone).astimezone(UTC)
        if _INSTANT.fullmatch(iso):
            return datetime.fromisoformat(iso.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise MomentError(
        f"{text!r} is not a moment: write 2026-11-23, or 2026-11-23T14:30:00-05:00 with its offset"
    )


def local(value: datetime, zone: tzinfo) -> datetime:
    """An instant in local time; in UTC where that would lie before the year 1 or after 9999."""
    try:
        return value.astimezone(zone)
    except OverflowError:
        return value.astimezone(UTC)
