"""The delay job: files that are received, asked for documents, answered and decided, all lives
interleaved over sixty days.

Pure and deterministic: the same size gives the same bytes. The days are in a year long past, so
that no stage begins during the job and a clock does not depend on the moment of its computation. A
stored event has some 300 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from bench import exports
from shared.domain import (
    Decided,
    DecidedData,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    Received,
    ReceivedData,
    RequestData,
    encode,
)
from shared.log import NewRecord, partition_of

SOURCE = "https://example.org/bench/case-management"

_FIRST_DAY = datetime(2025, 1, 6, tzinfo=UTC)
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_UNTIL_RECORDED = timedelta(seconds=2)
_STANDARDS = ("caq-etudes", "regroupement-familial", "peq")
_UNITS = ("montreal", "quebec", "laval", "estrie")


def records(files: int, partitions: int, until: datetime | None = None) -> Iterator[NewRecord]:
    """Every event of so many files in the order they happened, in the partition of its file.

    With ``until`` the sixty days are compressed into the hour before it.
    """
    began, day = (_FIRST_DAY, _DAY) if until is None else (until - _HOUR, _HOUR / exports.DAYS)
    keys = [file_id(number).encode() for number in range(files)]
    homes = [partition_of(key, partitions) for key in keys]
    for second, number, step in exports.steps(files):
        event = _event(number, step, began + second * (day / 86_400))
        yield NewRecord(homes[number], keys[number], encode(event))


def file_id(number: int) -> str:
    return f"F-{number:08}"


def _event(number: int, step: int, time: datetime) -> Event:
    kind, data = _event_data(number)[step]
    return kind(
        id=f"case-event-{number:08}-{step}",
        source=SOURCE,
        file_id=file_id(number),
        time=time,
        recorded_at=time + _UNTIL_RECORDED,
        data=data,
    )


def _event_data(number: int) -> Sequence[tuple[Callable[..., Event], msgspec.Struct]]:
    outcome = "refused" if number % 10 == 0 else "accepted"
    standard, unit = _STANDARDS[number % 3], _UNITS[number % 4]
    return (
        (Received, ReceivedData(standard=standard, unit=unit)),
        (DocumentsRequested, RequestData(request_id="documents-1")),
        (DocumentsReceived, RequestData(request_id="documents-1")),
        (Decided, DecidedData(outcome=outcome)),
    )
