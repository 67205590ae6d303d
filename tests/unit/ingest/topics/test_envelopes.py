"""What wraps an event is taken off, or the reason is told."""

from __future__ import annotations

import pytest

from services.ingest.cloudevents.faults import InvalidEventsError
from services.ingest.topics.envelopes import (
    RefusedRecordError,
    inserted_row,
    routed_event,
    unframed,
    without_schema,
)


@pytest.mark.parametrize("value", [b"", b"{}", b"\x00", b"\x00\x00\x00\x00\x01", b" {}"])
def test_what_has_no_framing_stays(value: bytes) -> None:
    assert unframed(value) == value


def test_the_framing_of_json_is_removed_and_that_of_avro_told() -> None:
    assert unframed(b"\x00\x00\x00\x01\x02 {}") == b" {}"
    with pytest.raises(RefusedRecordError, match="schema 258"):
        unframed(b"\x00\x00\x00\x01\x02\x06abc")


def test_a_schema_beside_the_payload_is_left_out_and_nothing_else() -> None:
    assert without_schema({"schema": {}, "payload": 1}) == 1
    for value in ({"payload": 1}, {"schema": {}, "payload": 1, "more": 2}, [1], "x", None):
        assert without_schema(value) == value


def test_a_routed_event_has_the_columns_of_its_table() -> None:
    event = routed_event([("id", b'"7"'), ("eventType", b"Opened")], b"12", '{"a": 1}')
    assert event["payload"] == {"a": 1}
    assert (event["id"], event["type"], event["aggregateid"]) == ("7", "Opened", "12")
    bare = routed_event([], b"\xff", {"a": 1})
    assert (bare["id"], bare["type"], bare["aggregateid"]) == (None, None, None)


def test_a_payload_that_is_no_json_is_told() -> None:
    with pytest.raises(InvalidEventsError):
        inserted_row({"payload": "{"}, "payload")
