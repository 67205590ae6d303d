"""What other systems wrap an event in: a schema registry's framing, Debezium's outbox.

Pure. See https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/ (wire
format) and https://debezium.io/documentation/reference/stable/transformations/outbox-event-router.html.
"""

from __future__ import annotations

from typing import Any, Final

from services.ingest.cloudevents import InvalidEventsError, RecordHeaders, strict_json

_MAGIC: Final = b"\x00"
_FRAME_BYTES: Final = 5
_JSON_BEGINS: Final = (b"{", b"[")
_SCHEMA_AND_PAYLOAD: Final = frozenset({"schema", "payload"})
_INSERTED: Final = ("c", "r")
_REMOVED: Final = ("d", "t")


class RefusedRecordError(ValueError):
    """A record is no event; the message says why, and what to do about it."""


def unframed(value: bytes) -> bytes:
    """A value without the framing of a schema registry; raises :class:`RefusedRecordError`.

    JSON Schema's framing is followed by JSON, which never begins with a zero byte itself. Avro and
    Protobuf cannot be read without their schemas.
    """
    if not value.startswith(_MAGIC) or len(value) <= _FRAME_BYTES:
        return value
    content = value[_FRAME_BYTES:]
    if content.lstrip(b" \t\r\n").startswith(_JSON_BEGINS):
        return content
    schema = int.from_bytes(value[1:_FRAME_BYTES])
    raise RefusedRecordError(
        f"the value is framed for a schema registry (schema {schema}) and is not JSON: Avro and Protobuf are not read. "
        "Have the producer, or a connector, write JSON (JsonConverter, JsonSchemaConverter), or CloudEvents in JSON"
    )


def routed_event(headers: RecordHeaders, key: bytes, payload: Any) -> dict[str, Any]:
    """What the outbox event router writes, with the names of the outbox table's columns.

    ``id`` and ``type`` come from the headers ``id`` and ``eventType``, ``aggregateid`` from the key;
    ``headers`` has all that are text.
    """
    texts = {name: text for name, raw in headers if (text := _scalar(raw)) is not None}
    return {
        "id": texts.get("id"),
        "aggregateid": _scalar(key),
        "type": texts.get("eventType"),
        "headers": texts,
        "payload": _decoded(without_schema(payload)),
    }


def inserted_row(change: Any, column: str) -> dict[str, Any] | None:
    """The row that a change event inserted into an outbox table, its payload decoded.

    None for a row that was removed, as rows of an outbox are. A value without ``op`` is the row
    itself (``ExtractNewRecordState``). Raises :class:`RefusedRecordError`.
    """
    change = without_schema(change)
    row = change
    if isinstance(change, dict) and "op" in change:
        if change["op"] in _REMOVED:
            return None
        if change["op"] not in _INSERTED:
            raise RefusedRecordError(
                f"a change event with op {change['op']!r}: rows of an outbox are inserted, and not updated"
            )
        row = change.get("after")
    if not isinstance(row, dict) or column not in row:
        raise RefusedRecordError(
            f"no row with a column {column!r}: name the one that holds the event (payload: in sources.yaml), "
            "or write the format of this topic"
        )
    return {**row, column: _decoded(row[column])}


def without_schema(value: Any) -> Any:
    """The payload of what Kafka Connect's JsonConverter writes with ``schemas.enable``."""
    if isinstance(value, dict) and value.keys() == _SCHEMA_AND_PAYLOAD:
        return value["payload"]
    return value


def _decoded(payload: Any) -> Any:
    """A payload; one that is JSON within a string is decoded.

    Raises ``InvalidEventsError``.
    """
    if isinstance(payload, str):
        return strict_json.decode(payload.encode("utf-8", "surrogatepass"))
    return payload


def _scalar(raw: bytes) -> str | None:
    """The text of a key or header, which converters write plain or as JSON; None if it is neither."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    try:
        value = without_schema(strict_json.decode(raw))
    except InvalidEventsError:
        return text
    return value if isinstance(value, str) else text
