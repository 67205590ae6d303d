"""OpenAPI of ``POST /v1/events``, with the schema of every event derived from its stored form.

The schemas are documentation for publishers: the parser is stricter, and knows the catalogue.
"""

from __future__ import annotations

from typing import Final

import msgspec

from services.ingest.cloudevents import JSON_TYPE
from services.ingest.responses import Receipts, Verdicts
from shared.domain import (
    EVENT_ID,
    EVENT_TYPES,
    FILE_ID,
    LONGEST_SOURCE,
    Published,
    data_members,
    short_name,
    stored_name,
)
from shared.http import Responses, Schema, problem_responses, schema_of

_EVENT: Final = "CloudEvent"
_CONTEXT: Schema = {
    "specversion": {"const": "1.0"},
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
_EXTENSION: Schema = {"type": ["string", "boolean", "integer", "null"]}


def request_body() -> Schema:
    """The four ways to send events, by media type."""
    definitions = _definitions()
    event: Schema = {"$ref": f"#/$defs/{_EVENT}"}
    data = [definitions[short_name(event_type)]["properties"]["data"] for event_type in EVENT_TYPES]
    return {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": {**event, "$defs": definitions}},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": event}},
            "application/x-ndjson": {
                "schema": {"type": "string", "description": "A CloudEvent a line."}
            },
            JSON_TYPE: {
                "schema": {
                    "anyOf": [one for index, one in enumerate(data) if one not in data[:index]],
                    "description": "Binary mode: the event's data, its attributes in `ce-` headers.",
                }
            },
        },
    }


def responses() -> Responses:
    """Responses in addition to those of every route."""
    verdicts = schema_of(Verdicts)
    problems = problem_responses(400, 403, 408, 413, 415, 422, 429)
    problems[422]["content"].update(verdicts)
    return {
        202: {
            "description": "Every event is in the log; a verdict for each line of NDJSON",
            "content": schema_of(Receipts, Verdicts),
        },
        207: {"description": "Some lines are in the log, others were refused", "content": verdicts},
        **problems,
    }


def _definitions() -> dict[str, Schema]:
    """The schema of each event by short name, and of their union."""
    definitions: dict[str, Schema] = {}
    for event_type in EVENT_TYPES:
        data = _data_schema(event_type)
        definitions.update(data.pop("$defs"))
        definitions[short_name(event_type)] = _event_schema(event_type, data)
    references = {stored_name(one): f"#/$defs/{short_name(one)}" for one in EVENT_TYPES}
    definitions[_EVENT] = {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "type", "mapping": references},
        "description": "An event of a file, as a CloudEvent 1.0; other attributes are extensions.",
    }
    return definitions


def _event_schema(event_type: type[Published], data: Schema) -> Schema:
    schema: Schema = {
        "type": "object",
        "description": event_type.__doc__,
        "properties": {**_CONTEXT, "type": {"const": stored_name(event_type)}, "data": data},
        "required": ["specversion", "id", "source", "type", "subject", "time"],
        "additionalProperties": _EXTENSION,
    }
    if any(member.required for member in data_members(event_type)):
        schema["anyOf"] = [{"required": ["data"]}, {"required": ["data_base64"]}]
    return schema


def _data_schema(event_type: type[Published]) -> Schema:
    (data,) = (one.type for one in msgspec.structs.fields(event_type) if one.name == "data")
    return msgspec.json.schema(data)
