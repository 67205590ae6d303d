"""JSON Schema as the contracts are held to it: formats count, and a member that is described nowhere is a fault."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

FORMATS = FormatChecker(["date", "date-time"])


def faults(schema: dict[str, Any], document: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value by a schema of a document, to whose components it refers."""
    rooted = closed({**schema, "components": document["components"]})
    validator = Draft202012Validator(rooted, format_checker=FORMATS)
    return [f"{one.json_path}: {one.message}" for one in validator.iter_errors(value)]


def closed(schema: Any) -> Any:
    """A schema whose objects have the members that they name, and no other unless they say so."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(member) for name, member in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        found.setdefault("additionalProperties", False)
    return found
