"""The Kafka binding of CloudEvents: both modes give the event that HTTP gives, or every fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.ingest.cloudevents.envelope import parse_structured
from services.ingest.cloudevents.faults import InvalidEventsError
from services.ingest.cloudevents.kafka_binding import RecordHeaders, parse_record
from tests.unit.ingest.cloudevents.given import RULES, event

STRUCTURED = ("content-type", b"application/cloudevents+json; charset=UTF-8")


def binary(**changes: Any) -> tuple[RecordHeaders, bytes]:
    """The valid event in binary mode."""
    members = event(**changes)
    data = members.pop("data", None)
    headers = [(f"ce_{name}", str(value).encode()) for name, value in members.items()]
    return headers, b"" if data is None else json.dumps(data).encode()


def codes(headers: RecordHeaders, value: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidEventsError) as caught:
        parse_record(headers, value, RULES)
    return [(one.pointer, one.code) for one in caught.value.faults]


def test_both_modes_give_the_event_that_http_gives() -> None:
    value = json.dumps(event()).encode()
    expected = parse_structured(value, RULES)
    assert parse_record([STRUCTURED], value, RULES) == expected
    assert parse_record([], value, RULES) == expected
    headers, data = binary()
    assert parse_record(headers, data, RULES) == expected
    typed = [*headers, ("Content-Type", b"application/json")]
    assert parse_record(typed, data, RULES) == expected


def test_an_event_without_data_has_no_value_in_binary_mode() -> None:
    headers, value = binary(type="org.echeance.file.withdrawn.v1", data=...)
    assert value == b""
    assert parse_record(headers, value, RULES).file_id == "CAQ-2025-000123"


def test_headers_are_utf8_and_are_not_percent_decoded() -> None:
    headers, data = binary(id="evt%2F1", extension="é")
    assert codes(headers, data) == [("/id", "bad_identifier")]
    headers, data = binary()
    broken = [(name, b"\xff" if name == "ce_subject" else value) for name, value in headers]
    assert ("/subject", "not_utf8") in codes(broken, data)


def test_what_is_ambiguous_or_of_another_type_is_refused() -> None:
    headers, data = binary()
    assert codes([*headers, ("ce_id", b"other")], data) == [("/id", "repeated_header")]
    assert codes([*headers, ("ce_datacontenttype", b"x")], data) == [
        ("/datacontenttype", "not_a_header")
    ]
    for media_type in (b"application/avro", b"application/cloudevents+avro", b"nonsense"):
        found = codes([*headers, ("content-type", media_type)], data)
        assert found == [("", "unsupported_media_type")]
    assert codes([("content-type", b"application/json")], data) == [("", "unsupported_media_type")]
    assert codes([STRUCTURED, STRUCTURED], data) == [("", "repeated_header")]
    assert codes(headers, b"{") == [("/data", "not_json")]
    assert codes(headers, b" " * 70_000) == [("", "too_large")]
