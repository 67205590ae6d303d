"""OpenAPI of the ways to publish events, with the schema of every event derived from its stored form.

The schemas are documentation for publishers: the parser is stricter, and knows the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import cleandoc
from typing import Final, NamedTuple

import msgspec

from services.ingest.cloudevents import JSON_TYPE
from services.ingest.responses import DeliveryReceipts, Receipts, Verdicts
from shared.domain import (
    EVENT_ID,
    EVENT_TYPES,
    FILE_ID,
    LONGEST_SOURCE,
    Forgotten,
    Published,
    data_members,
    stored_name,
)
from shared.http import Responses, Schema, problem_responses, schema_of

_EVENT: Final = "CloudEvent"
_CONTEXT: Schema = {
    "specversion": {"type": "string", "const": "1.0"},
    "id": {
        "type": "string",
        "pattern": f"^{EVENT_ID.pattern}$",
        "description": "Unique for its source; the same when the event is sent again.",
    },
    "source": {"type": "string", "format": "uri-reference", "maxLength": LONGEST_SOURCE},
    "subject": {
        "type": "string",
        "pattern": f"^{FILE_ID.pattern}$",
        "description": "The file's identifier, unique across the installation.",
    },
    "time": {
        "type": "string",
        "format": "date-time",
        "description": "When it happened, with its offset.",
    },
    "datacontenttype": {"type": ["string", "null"]},
    "dataschema": {"type": ["string", "null"], "format": "uri"},
    "data_base64": {"type": ["string", "null"], "contentEncoding": "base64"},
}
_EVENT_REFERENCE: Final[Schema] = {"$ref": f"#/$defs/{_EVENT}"}
_PROBLEMS: Final = (400, 403, 408, 413, 415, 422, 429)
_EXTENSION: Schema = {"type": ["string", "boolean", "integer", "null"]}


class Operation(NamedTuple):
    """An operation: its OpenAPI beside the routes' own, and its responses in addition to those of every route."""

    request: Schema
    responses: Responses


# One media type of JSON and one kind of success for each operation: generated clients take the first and confuse the others.
def describe_event() -> Operation:
    """One event: structured mode, and binary mode with its headers."""
    definitions = _definitions()
    data = [definitions[_name(event_type)]["properties"]["data"] for event_type in EVENT_TYPES]
    content = {
        "application/cloudevents+json": {"schema": {**_EVENT_REFERENCE, "$defs": definitions}},
        JSON_TYPE: {
            "schema": {
                "anyOf": [one for index, one in enumerate(data) if one not in data[:index]],
                "description": "Binary mode: the event's data, its attributes in `ce-` headers.",
            }
        },
    }
    return Operation(
        {**_body(content), "parameters": _binary_headers()},
        {202: _receipts("The event is in the log"), **problem_responses(*_PROBLEMS)},
    )


def describe_batch() -> Operation:
    """A batch of events."""
    schema = {"type": "array", "items": _EVENT_REFERENCE}
    return Operation(
        _body({"application/cloudevents-batch+json": {"schema": schema}}),
        {202: _receipts("Every event is in the log"), **problem_responses(*_PROBLEMS)},
    )


def describe_lines() -> Operation:
    """Events as NDJSON."""
    verdicts = schema_of(Verdicts)
    problems = problem_responses(*_PROBLEMS)
    problems[422]["content"].update(verdicts)
    schema = {"type": "string", "description": "A CloudEvent a line."}
    return Operation(
        _body({"application/x-ndjson": {"schema": schema}}),
        {
            202: {"description": "Every event is in the log", "content": verdicts},
            207: {
                "description": "Some lines are in the log, others were refused",
                "content": verdicts,
            },
            **problems,
        },
    )


def describe_delivery() -> Operation:
    """A delivery of another system to a webhook, in the form of that system."""
    described = (
        "What its system sends, or CloudEvents of its own types; the mapping of the webhook says what it means. "
        "Media types that end with `+json` are accepted too."
    )
    content = schema_of(DeliveryReceipts)
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    return Operation(
        {**_body({JSON_TYPE: {"schema": {"description": described}}}), "parameters": [name]},
        {
            202: {"description": "Every event of the delivery is in the log", "content": content},
            200: {"description": "The delivery says no event", "content": content},
            **problem_responses(401, 409, *_PROBLEMS),
        },
    )


def _body(content: Schema) -> Schema:
    return {"requestBody": {"required": True, "content": content}}


def _receipts(description: str) -> Schema:
    return {"description": description, "content": schema_of(Receipts)}


def _binary_headers() -> Sequence[Schema]:
    """The headers of binary mode; in structured mode these attributes are in the body.

    All are plain strings: generators of clients refuse constants and unions in headers.
    """
    return [
        {
            "name": f"ce-{name}",
            "in": "header",
            "required": False,
            "description": f"Binary mode: {described}",
            "schema": {"type": "string"},
        }
        for name, described in _HEADERS.items()
    ]


_HEADERS: Final = {
    "specversion": "`1.0`.",
    "type": f"One of {', '.join(stored_name(one) for one in (*EVENT_TYPES, Forgotten))}.",
    "source": "A URI of the publishing system.",
    "id": "Unique for its source; the same when the event is sent again.",
    "subject": "The file's identifier.",
    "time": "When it happened, with its offset.",
}


def _definitions() -> dict[str, Schema]:
    """The schema of each event by short name, and of their union."""
    definitions: dict[str, Schema] = {}
    for event_type in EVENT_TYPES:
        data = _data_schema(event_type)
        definitions.update(data.pop("$defs"))
        definitions[_name(event_type)] = _event_schema(event_type, data)
    definitions[_name(Forgotten)] = _request_schema()
    posted = (*EVENT_TYPES, Forgotten)
    references = {stored_name(one): f"#/$defs/{_name(one)}" for one in posted}
    definitions[_EVENT] = {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "type", "mapping": references},
        "description": "An event of a file, as a CloudEvent 1.0; other attributes are extensions.",
    }
    return definitions


def _name(event_type: type[Published | Forgotten]) -> str:
    """The name of an event's schema: no other differs from it by case only, or one would be lost in clients."""
    return f"{event_type.__name__}CloudEvent"


def _event_schema(event_type: type[Published], data: Schema) -> Schema:
    needs_data = any(member.required for member in data_members(event_type))
    described = cleandoc(event_type.__doc__ or "")
    return {
        "type": "object",
        "description": f"{described} Needs `data`, or `data_base64`." if needs_data else described,
        "properties": {
            **_CONTEXT,
            "type": {"type": "string", "const": stored_name(event_type)},
            "data": data,
        },
        "required": list(_HEADERS),
        "additionalProperties": _EXTENSION,
    }


def _request_schema() -> Schema:
    """A request to forget a file, which has no data."""
    return {
        "type": "object",
        "description": "Whose the file is, is to be forgotten. Needs a token of the scope `forget`; has no `data`.",
        "properties": {**_CONTEXT, "type": {"type": "string", "const": stored_name(Forgotten)}},
        "required": list(_HEADERS),
        "additionalProperties": _EXTENSION,
    }


def _data_schema(event_type: type[Published]) -> Schema:
    (data,) = (one.type for one in msgspec.structs.fields(event_type) if one.name == "data")
    return msgspec.json.schema(data)
