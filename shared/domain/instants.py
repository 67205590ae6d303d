"""Instants as databases hold them: microseconds since 1970 in UTC, exact and sortable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """An aware instant as an integer."""
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(since_1970: int) -> datetime:
    """The instant in UTC that an integer stands for."""
    return _EPOCH + since_1970 * _MICROSECOND
