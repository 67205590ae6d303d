"""A dead letter says where its record is, whose it is and why it was rejected, within one record of the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.domain import CONFLICT, DEAD_LETTER_REASONS, REFUSED, UNREADABLE
from shared.domain.events import encode
from shared.domain.records import DeadLetter, decode_dead_letter
from shared.log.dead_letters import MAX_VALUE_BYTES, LetterOrigin, dead_letter, origin_of
from shared.log.ports import FILE_CLOCKS, FILE_EVENTS, NewRecord, Record, RejectedRecord
from tests.builders import SOURCE, received

NOON = datetime(2025, 5, 1, 12, tzinfo=UTC)
EVENT = received("A", "2025-04-28 10:00")


def written(topic: str, partition: int, rejected: RejectedRecord, **more: Any) -> NewRecord:
    return dead_letter(topic, partition, rejected, at=NOON, partitions=8, **more)


def letter(topic: str, record: Record, reason: str = UNREADABLE, **more: Any) -> DeadLetter:
    return decode_dead_letter(
        written(topic, 0, RejectedRecord(record, reason, "why"), **more).value
    )


def test_a_letter_has_the_record_s_place_and_bytes_and_its_partition_and_key() -> None:
    rejected = RejectedRecord(Record(7, b"key", b"\xff\x00"), UNREADABLE, "not JSON")
    record = written("topic", 3, rejected)
    found = decode_dead_letter(record.value)
    assert (record.partition, record.key) == (3, b"key")
    assert (found.topic, found.partition, found.offset) == ("topic", 3, 7)
    assert (found.reason, found.detail, found.value) == (UNREADABLE, "not JSON", b"\xff\x00")
    assert (found.at, found.source, found.headers) == (NOON, None, ())


def test_a_long_value_is_truncated_and_the_detail_says_so() -> None:
    value = b"x" * (MAX_VALUE_BYTES + 1)
    rejected = RejectedRecord(Record(0, b"", value), UNREADABLE, "d" * 9_000)
    found = decode_dead_letter(written("topic", 0, rejected).value)
    assert found.value == value[:-1]
    assert found.detail.endswith(f"(the first {MAX_VALUE_BYTES} of {MAX_VALUE_BYTES + 1} bytes)")
    assert len(found.detail) < 2_100


def test_a_letter_of_another_system_fits_whatever_its_key_headers_and_partition_are() -> None:
    headers = tuple((f"h{number}", b"v" * 20_000) for number in range(50))
    record = Record(0, b"k" * 1_000_000, b"x" * 1_000_000, headers)
    rejected = RejectedRecord(record, REFUSED, "why")
    stored = written("cases", 21, rejected, source=SOURCE)
    found = decode_dead_letter(stored.value)
    assert (stored.partition, found.partition) == (5, 21)
    assert found.headers == headers[:1]
    assert "the first 1 of 50 headers" in found.detail
    assert "of the key's 1000000 bytes" in found.detail
    assert len(stored.value) + len(stored.key) < 512 * 1024


def test_an_accepted_event_is_of_its_source() -> None:
    found = letter(FILE_EVENTS, Record(0, b"A", encode(EVENT)), CONFLICT)
    expected = LetterOrigin(SOURCE, EVENT.id, "received", "A", EVENT.recorded_at)
    assert origin_of(found) == expected


def test_bytes_that_are_no_event_are_of_nobody_whatever_source_they_name() -> None:
    named = encode(EVENT).replace(b'"org.echeance.file.received.v1"', b'"org.example.v1"')
    assert SOURCE.encode() in named
    for value in (named, b"\xff", b"", encode(EVENT)[:-1]):
        assert origin_of(letter(FILE_EVENTS, Record(0, b"A", value))) is None
    assert origin_of(letter(FILE_CLOCKS, Record(0, b"A", encode(EVENT)))) is None


def test_a_record_of_a_topic_that_is_read_for_a_source_is_of_that_source_whatever_it_says() -> None:
    for value in (b"\xff", encode(EVENT)):
        found = letter("cases", Record(0, b"A", value), REFUSED, source="urn:example:cases")
        assert origin_of(found) == LetterOrigin("urn:example:cases")


def test_reasons_are_distinct() -> None:
    assert len(set(DEAD_LETTER_REASONS)) == len(DEAD_LETTER_REASONS)
