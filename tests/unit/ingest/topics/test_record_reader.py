"""Records of other systems: whatever wraps an event, it is the event that HTTP would accept, or it is refused with the reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.ingest.cloudevents.envelope import parse_structured
from services.ingest.topics.envelopes import RefusedRecordError
from services.ingest.topics.record_reader import MOST_RECORD_BYTES, RecordReader
from services.ingest.topics.sources_file import ReadTopic, RecordFormat
from shared.domain import Event, Received, Withdrawn
from shared.log.ports import Record
from shared.mapping import read_value_mapping
from tests.builders import CATALOGUE
from tests.unit.ingest.cloudevents.given import RULES, SOURCE, event

MAPPING = f"""
source: {SOURCE}
zone: America/Toronto
columns:
  activity: /type
  file_id: /payload/case
  time: /payload/at
  event_id: /id
standard: caq-etudes
unit: montreal
outcome: {{column: /payload/result, words: {{granted: accepted}}}}
activities:
  Opened: received
  Cancelled: withdrawn
"""
PAYLOAD = {"case": "CASE-1", "at": "2025-04-28T09:30:00-04:00"}


def reader(format_: RecordFormat, mapping: str | None = None, **more: Any) -> RecordReader:
    topic = ReadTopic(source=SOURCE, format=format_, mapping=mapping and "mapping.yaml", **more)
    read = None if mapping is None else read_value_mapping(mapping, "mapping.yaml", CATALOGUE)
    return RecordReader(topic, read)


def record(value: Any, key: bytes = b"", **headers: bytes) -> Record:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Record(0, key, raw, tuple(headers.items()))


def refusal(by: RecordReader, one: Record) -> str:
    with pytest.raises(RefusedRecordError) as caught:
        by.read(one, RULES)
    return str(caught.value)


def expected() -> Event:
    return parse_structured(json.dumps(event()).encode(), RULES)


def test_cloudevents_are_read_plain_and_framed_by_a_schema_registry() -> None:
    by = reader("cloudevents")
    assert by.read(record(event()), RULES) == [expected()]
    framed = b"\x00\x00\x00\x00\x11" + json.dumps(event()).encode()
    assert by.read(record(framed), RULES) == [expected()]


def test_avro_is_refused_and_the_reason_says_what_to_do() -> None:
    told = refusal(reader("cloudevents"), record(b"\x00\x00\x00\x00\x11\x0cCASE-1\x02"))
    assert "schema 17" in told and "have the producer" in told.lower()
    assert "not JSON" in refusal(reader("cloudevents"), record(b"\x0cCASE-1\x02"))


@pytest.mark.parametrize("format_", ["cloudevents", "outbox", "outbox-table"])
def test_a_tombstone_says_nothing(format_: RecordFormat) -> None:
    assert reader(format_).read(record(b"", key=b"CASE-1"), RULES) == ()


def test_json_is_read_by_its_mapping_one_value_or_several() -> None:
    by = reader("json", MAPPING)
    opened = {"type": "Opened", "id": "1", "payload": PAYLOAD}
    (read,) = by.read(record(opened), RULES)
    assert isinstance(read, Received)
    assert (read.file_id, read.id, read.source) == ("CASE-1", "1", SOURCE)
    both = by.read(record([opened, {**opened, "type": "Cancelled", "id": "2"}]), RULES)
    assert [type(one) for one in both] == [Received, Withdrawn]
    assert by.read(record({**opened, "type": "Noted"}), RULES) == []


def test_one_fault_refuses_the_record_whole_and_says_where() -> None:
    by = reader("json", MAPPING)
    opened = {"type": "Opened", "id": "1", "payload": PAYLOAD}
    late = {**opened, "id": "2", "payload": {**PAYLOAD, "at": "28 April"}}
    told = refusal(by, record([opened, late]))
    assert told.startswith("1/payload/at: ") and "28 April" in told
    ahead = {**opened, "payload": {**PAYLOAD, "at": "2025-06-28T09:30:00-04:00"}}
    assert refusal(by, record([opened, ahead])).startswith("1/time: ")
    assert "stands twice" in refusal(by, record(b'{"type": "Opened", "type": "Noted"}'))


def test_the_outbox_event_router_names_the_event_in_its_headers() -> None:
    by = reader("outbox", MAPPING)
    plain = record(PAYLOAD, key=b"CASE-1", id=b"e-1", eventType=b"Opened", binary=b"\xff")
    quoted = record(json.dumps(PAYLOAD), key=b'"CASE-1"', id=b'"e-1"', eventType=b'"Opened"')
    with_schema = record(
        {"schema": {"type": "string"}, "payload": json.dumps(PAYLOAD)},
        id=b'{"schema":{"type":"string"},"payload":"e-1"}',
        eventType=b"Opened",
    )
    for one in (plain, quoted, with_schema):
        (read,) = by.read(one, RULES)
        assert (read.id, read.file_id) == ("e-1", "CASE-1")
    assert reader("outbox").read(record(event(), id=b"e-1"), RULES) == [expected()]


def change(op: str, **row: Any) -> dict[str, Any]:
    return {"before": None, "after": row or None, "source": {"table": "outbox"}, "op": op}


def test_rows_inserted_into_an_outbox_table_are_events_and_their_removal_is_none() -> None:
    by = reader("outbox-table", MAPPING)
    row = {"id": "e-1", "aggregateid": "CASE-1", "type": "Opened", "payload": json.dumps(PAYLOAD)}
    wrapped = {"schema": {"type": "struct"}, "payload": change("r", **row)}
    for value in (change("c", **row), wrapped, row):
        (read,) = by.read(record(value), RULES)
        assert (read.id, read.file_id) == ("e-1", "CASE-1")
    for op in ("d", "t"):
        assert by.read(record(change(op)), RULES) == ()
    assert "are inserted, and not updated" in refusal(by, record(change("u", **row)))
    assert "no row with a column 'payload'" in refusal(by, record(change("c", id="e-1")))
    assert "no row with a column" in refusal(by, record([1]))
    other = reader("outbox-table", payload="body")
    assert other.read(record(change("c", id="e-1", body=event())), RULES) == [expected()]


def test_a_record_that_no_letter_could_hold_whole_is_refused() -> None:
    one = record(b'"' + b"x" * MOST_RECORD_BYTES + b'"')
    assert f"more than the {MOST_RECORD_BYTES}" in refusal(reader("outbox"), one)


@pytest.mark.parametrize(
    "value",
    [b"\xff", b"{", b"[" * 100_000, b"null", b"1e999", b'"\\ud800"', b"\x00", b"\x00\x00\x00\x00\x01{"],
)  # fmt: skip
@pytest.mark.parametrize("format_", ["cloudevents", "json", "outbox", "outbox-table"])
def test_nothing_that_a_topic_may_hold_ends_the_reader(format_: RecordFormat, value: bytes) -> None:
    by = reader(format_, MAPPING if format_ == "json" else None)
    assert refusal(by, record(value, key=b"\xff", id=b"\xff"))
