"""Instants as databases hold them: microseconds since 1970 in UTC, exact and sortable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_extensions import i64

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """An aware instant as an integer."""
    since = instant - _EPOCH
    seconds: i64 = since.days * 86_400 + since.seconds  # compiled, no object
    return seconds * 1_000_000 + since.microseconds


def from_microseconds(since_1970: int) -> datetime:
    """The instant in UTC that an integer stands for."""
    return _EPOCH + since_1970 * _MICROSECOND
