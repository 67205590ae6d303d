"""A record is one line that says what it is, and is read again as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from shared.audit.chain import NO_DIGEST
from shared.audit.record import AuditRecord, decode_record, encode_record

AT = datetime(2025, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
RECORD = AuditRecord(
    writer="w", seq=1, previous=NO_DIGEST, at=AT, kind="access", by="token", name="caq", status=200
)


def test_a_record_is_one_line_without_what_is_empty() -> None:
    line = encode_record(RECORD)
    assert b"\n" not in line
    assert json.loads(line) == {
        "writer": "w", "seq": 1, "previous": NO_DIGEST, "at": "2025-05-01T12:00:00.250000Z",
        "kind": "access", "by": "token", "name": "caq", "status": 200,
    }  # fmt: skip
    assert decode_record(line) == RECORD


def test_a_line_break_within_a_member_breaks_no_line() -> None:
    record = msgspec.structs.replace(RECORD, file="a\nb\u2028c", detail={"é": ["\n"]})
    line = encode_record(record)
    assert b"\n" not in line
    assert decode_record(line) == record


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff",
        b"[]",
        encode_record(RECORD)[:-1],
        encode_record(RECORD).replace(b'"access"', b'"other"'),
        encode_record(RECORD).replace(b"250000Z", b"250000"),
        encode_record(RECORD).replace(b'"status"', b'"secret"'),
    ],
)
def test_what_is_no_record_is_no_record(line: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode_record(line)
