"""A dead letter says where its record is and why it was rejected, within one record of the log."""

from __future__ import annotations

from shared.domain import DEAD_LETTER_REASONS, UNREADABLE
from shared.domain.records import decode_dead_letter
from shared.log.dead_letters import MAX_VALUE_BYTES, dead_letter
from shared.log.ports import Record, RejectedRecord


def test_a_letter_has_the_record_s_place_and_bytes_and_its_partition_and_key() -> None:
    rejected = RejectedRecord(Record(7, b"key", b"\xff\x00"), UNREADABLE, "not JSON")
    written = dead_letter("topic", 3, rejected)
    letter = decode_dead_letter(written.value)
    assert (written.partition, written.key) == (3, b"key")
    assert (letter.topic, letter.partition, letter.offset) == ("topic", 3, 7)
    assert (letter.reason, letter.detail, letter.value) == (UNREADABLE, "not JSON", b"\xff\x00")


def test_a_long_value_is_truncated_and_the_detail_says_so() -> None:
    value = b"x" * (MAX_VALUE_BYTES + 1)
    letter = decode_dead_letter(
        dead_letter(
            "topic", 0, RejectedRecord(Record(0, b"", value), UNREADABLE, "d" * 9_000)
        ).value
    )
    assert letter.value == value[:-1]
    assert letter.detail.endswith(f"(the first {MAX_VALUE_BYTES} of {MAX_VALUE_BYTES + 1} bytes)")
    assert len(letter.detail) < 2_100


def test_reasons_are_distinct() -> None:
    assert len(set(DEAD_LETTER_REASONS)) == len(DEAD_LETTER_REASONS)
