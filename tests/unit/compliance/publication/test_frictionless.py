"""The Data Package keeps to its specification and describes the tables as they are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.unit.compliance.publication.opened_archive import contents, document, faults, lines
from tests.unit.compliance.publication.specifications import DATA_PACKAGE


def test_it_keeps_to_the_specification() -> None:
    assert faults(DATA_PACKAGE, "datapackage.json") == []


def test_the_data_package_describes_the_tables() -> None:
    for resource in document("datapackage.json")["resources"]:
        content = contents()[resource["path"]]
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        schema = resource["schema"]
        table = lines(resource["path"])
        assert [field["name"] for field in schema["fields"]] == list(table[0])
        keys = [schema["primaryKey"]] if "primaryKey" in schema else schema["uniqueKeys"]
        for key in keys:
            assert len({tuple(line[name] for name in key) for line in table}) == len(table)
        for field in schema["fields"]:
            cells = [line[field["name"]] for line in table]
            assert not list(_of_another_type(field, cells, schema["missingValues"]))


def _of_another_type(
    field: Mapping[str, Any], cells: Sequence[str], missing: Sequence[str]
) -> Iterator[str]:
    """Cells that a reader of Table Schema refuses."""
    constraints = field.get("constraints", {})
    for cell in cells:
        if cell in missing:
            if constraints.get("required"):
                yield cell
        elif field["type"] == "string":
            if cell not in constraints.get("enum", [cell]):
                yield cell
        elif not re.fullmatch(
            r"\d+" if field["type"] == "integer" else r"\d+(\.\d+)?", cell
        ) or not constraints["minimum"] <= float(cell) <= constraints.get("maximum", float(cell)):
            yield cell
