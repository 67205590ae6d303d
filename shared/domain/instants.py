"""Instants as databases hold them: microseconds since 1970 in UTC, exact and sortable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """An aware instant as an integer."""
    since = instant - _EPOCH
    # 864 * 100_000_000 are a day: compiled, a factor of 2 ** 30 or more is a long integer.
    days = since.days * 864 * 100_000_000
    return days + since.seconds * 1_000_000 + since.microseconds


def from_microseconds(since_1970: int) -> datetime:
    """The instant in UTC that an integer stands for."""
    return _EPOCH + since_1970 * _MICROSECOND
