"""OpenAPI of ``POST /v1/events``, with the schema of every event derived from its stored form.

The schemas are documentation for publishers: the parser is stricter, and knows the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import cleandoc
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
    data = [definitions[_name(event_type)]["properties"]["data"] for event_type in EVENT_TYPES]
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


def parameters() -> Sequence[Schema]:
    """The headers of binary mode; the other modes have these attributes in the body.

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
    "type": f"One of {', '.join(stored_name(one) for one in EVENT_TYPES)}.",
    "source": "A URI of the publishing system.",
    "id": "Unique for its source; the same when the event is sent again.",
    "subject": "The file's identifier.",
    "time": "When it happened, with its offset.",
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
        definitions[_name(event_type)] = _event_schema(event_type, data)
    references = {stored_name(one): f"#/$defs/{_name(one)}" for one in EVENT_TYPES}
    definitions[_EVENT] = {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "type", "mapping": references},
        "description": "An event of a file, as a CloudEvent 1.0; other attributes are extensions.",
    }
    return definitions


def _name(event_type: type[Published]) -> str:
    """The name of an event's schema: no other differs from it by case only, or one would be lost in clients."""
    return f"{event_type.__name__}CloudEvent"


def _event_schema(event_type: type[Published], data: Schema) -> Schema:
    needs_data = any(member.required for member in data_members(event_type))
    described = cleandoc(event_type.__doc__ or "")
    return {
        "type": "object",
        "description": f"{described} Needs `data`, or `data_base64`." if needs_data else described,
        "properties": {**_CONTEXT, "type": {"const": stored_name(event_type)}, "data": data},
        "required": ["specversion", "id", "source", "type", "subject", "time"],
        "additionalProperties": _EXTENSION,
    }


def _data_schema(event_type: type[Published]) -> Schema:
    (data,) = (one.type for one in msgspec.structs.fields(event_type) if one.name == "data")
    return msgspec.json.schema(data)
