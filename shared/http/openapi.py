"""The OpenAPI 3.1 document: FastAPI's, completed by the security and problems of the front door.

A schema may have its own ``$defs``, as msgspec writes them; they move to the components.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from inspect import cleandoc
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.routing import APIRoute

from shared.http.cookies import SESSION_COOKIE
from shared.http.front_door import is_delivery, permission_of
from shared.http.problem_texts import TITLES

Schema = dict[str, Any]
Responses = dict[int | str, dict[str, Any]]

_PROBLEM_TYPE: Final = "application/problem+json"
_DEFS, _COMPONENTS = "#/$defs/", "#/components/schemas/"
_OUR_BUG = 500
_AT_THE_DOOR = (401, 403, 503)
_SHARED = {
    status: {"$ref": f"#/components/responses/{status}"}
    for status in (*_AT_THE_DOOR, 422, _OUR_BUG)
}
_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
_SECONDS = {"schema": {"type": "integer"}, "description": "After how many seconds to try again"}
_HEADERS: dict[int, Schema] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "RFC 6750"}},
    429: {"Retry-After": _SECONDS},
    503: {"Retry-After": _SECONDS},
}
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_SCHEMES: Schema = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token with the scope `read` or `publish`, made by `echeance token new`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "What a browser is given when somebody signs in (`__Host-` before its name over TLS); it permits reading only.",
    },
}


class ProblemFault(msgspec.Struct, omit_defaults=True):
    """One thing refused: where in the request (a JSON pointer, RFC 6901), a stable code, and why, in words for people.

    ``index`` is that of the event, in a request that may carry several.
    """

    pointer: str
    code: str
    detail: str
    index: int | msgspec.UnsetType = msgspec.UNSET


class Problem(msgspec.Struct, omit_defaults=True):
    """An error (RFC 9457). ``type`` is stable and for programs; ``title`` and ``detail`` are in French, or in English if preferred.

    ``scope`` is what the token lacks; ``limit`` is in bytes and ``seconds`` is how long a body may take; ``given`` and ``known`` are
    media types. ``read`` is how many events of a batch were read, where a hundred faults were found in these.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemFault] = []
    scope: str | msgspec.UnsetType = msgspec.UNSET
    limit: int | msgspec.UnsetType = msgspec.UNSET
    seconds: int | msgspec.UnsetType = msgspec.UNSET
    given: str | msgspec.UnsetType = msgspec.UNSET
    known: str | msgspec.UnsetType = msgspec.UNSET
    read: int | msgspec.UnsetType = msgspec.UNSET


def schema_of(*answers: Any) -> Schema:
    """The JSON schema of an answer that is one of these types, as OpenAPI's content."""
    schemas, definitions = msgspec.json.schema_components(answers, ref_template=_DEFS + "{name}")
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}
    return {"application/json": {"schema": {**schema, "$defs": definitions}}}


def problem_responses(*statuses: int) -> Responses:
    """Problems of a route, in addition to those of every route."""
    return {status: _problem(status) for status in statuses}


def operation_id(route: APIRoute) -> str:
    """A verb and what it is about, after which generated clients name their methods: ``get_attainment``, ``publish_event``."""
    return f"get_{route.name}" if route.methods == {"GET"} else route.name


def install_openapi(app: FastAPI) -> None:
    """Serve the completed document at ``/openapi.json``."""
    routes_document: Callable[[], Schema] = app.openapi

    @cache
    def whole() -> Schema:
        document = routes_document()
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                permission = permission_of(path, method.upper())
                schemes = _schemes(permission, method.upper())
                _complete(operation, permission, schemes)
                if is_delivery(path, method.upper()):  # its signature may stand for the token
                    operation["security"].append({})
        schemas: Schema = document["components"]["schemas"]
        for name in _FRAMEWORKS_OWN:
            schemas.pop(name, None)
        document["components"]["securitySchemes"] = _SCHEMES
        document["components"]["responses"] = {str(status): _problem(status) for status in _SHARED}
        gathered: Schema = _gathered(document, schemas)
        return gathered

    app.openapi = whole  # type: ignore[method-assign]  # as FastAPI documents it


def _complete(operation: Schema, permission: str | None, schemes: Sequence[str]) -> None:
    """Add the front door's security and responses; turn validation errors into problems."""
    responses = operation["responses"]
    if any(name in str(responses.get("422")) for name in _FRAMEWORKS_OWN):
        responses["422"] = _SHARED[422]
    for status in (_OUR_BUG, *(_AT_THE_DOOR if permission else ())):
        responses.setdefault(str(status), _SHARED[status])
    operation["security"] = [{scheme: [permission]} for scheme in schemes]


def _schemes(permission: str | None, method: str) -> Sequence[str]:
    """How a caller may authenticate; a session only reads."""
    if permission is None:
        return []
    return ["bearer", "session"] if method == "GET" else ["bearer"]


def _problem(status: int) -> Schema:
    response: Schema = {
        "description": TITLES[status].en,
        "content": {_PROBLEM_TYPE: {"schema": msgspec.json.schema(Problem)}},
    }
    return {**response, "headers": _HEADERS[status]} if status in _HEADERS else response


def _gathered(document: Schema, schemas: Schema) -> Any:
    """The document with every schema's ``$defs`` among its components."""
    for schema in _objects(document):
        _mend(schema)
    for name, schema in list(_definitions(document)):
        if "description" in schema:  # a docstring: without its indentation, as Python 3.13 keeps it
            schema["description"] = cleandoc(schema["description"])
        assert schemas.setdefault(name, schema) == schema, f"two schemas are named {name}"
    return json.loads(json.dumps(document).replace(f'"{_DEFS}', f'"{_COMPONENTS}'))


def _mend(schema: Schema) -> None:
    """Write what libraries describe in words of JSON Schema, and so that clients can be generated from it."""
    for ours, word in _BOUNDS.items():
        if isinstance(schema.get(ours), int | float):  # pydantic, where a validator runs before
            bound = schema.pop(ours)
            if schema["type"] != "string":  # a decimal, of which JSON Schema knows no bounds
                schema[word] = bound
    if "anyOf" in schema and "discriminator" in schema:  # msgspec
        schema["oneOf"] = schema.pop("anyOf")
    if "anyOf" in schema and schema.get("default") is not None:
        del schema["default"]  # Java takes it for a value of the union's class


def _definitions(value: Any) -> Iterator[tuple[str, Schema]]:
    """Remove and yield every ``$defs`` below a value."""
    for schema in _objects(value):
        yield from schema.pop("$defs", {}).items()


def _objects(value: Any) -> Iterator[Schema]:
    """Every object of a document, the outer before what is in it."""
    if isinstance(value, dict):
        yield value
    members = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for member in members:
            yield from _objects(member)
