"""``datapackage.json``: a Data Package of the published tables. Pure.

Written for version 2.0 of the standard (datapackage.org), with the ``profile`` of resources by which
readers of version 1 know a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from services.compliance.publication.public_table import PublicColumn, PublicTable
from shared.text import Text

_VERSION = "https://datapackage.org/profiles/2.0"


def data_package(
    name: str,
    title: Text,
    description: Text,
    publisher: Text,
    on: date,
    tables: Sequence[PublicTable],
) -> dict[str, object]:
    """The descriptor of a package of tables that was made on a day; ``name`` is of ``a-z0-9._-``."""
    return {
        "$schema": f"{_VERSION}/datapackage.json",
        "profile": "data-package",
        "name": name,
        "title": _bilingual(title),
        "description": _bilingual(description),
        "created": f"{on.isoformat()}T00:00:00Z",
        "contributors": [
            {"title": _bilingual(publisher), "role": "publisher", "roles": ["publisher"]}
        ],
        "resources": [_resource(table) for table in tables],
    }


def _resource(table: PublicTable) -> dict[str, object]:
    content = table.text.encode()
    return {
        "name": table.path.removesuffix(".csv"),
        "path": table.path,
        "profile": "tabular-data-resource",
        "type": "table",
        "title": _bilingual(table.title),
        "description": _bilingual(table.description),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": {"lineTerminator": "\n"},
        "schema": {
            "fields": [_field(column) for column in table.columns],
            "missingValues": list(table.missing),
            **(
                {"primaryKey": list(table.key)}
                if table.has_primary_key
                else {"uniqueKeys": [list(table.key)]}
            ),
        },
    }


def _field(column: PublicColumn) -> dict[str, object]:
    constraints: dict[str, object] = {}
    if column.required:
        constraints["required"] = True
    if column.type in ("integer", "share"):
        constraints["minimum"] = 0
    if column.type == "share":
        constraints["maximum"] = 1
    if column.values:
        constraints["enum"] = list(column.values)
    return {
        "name": column.name,
        "type": "number" if column.type == "share" else column.type,
        "title": _bilingual(column.title),
        "description": _bilingual(column.description),
        **({"constraints": constraints} if constraints else {}),
    }


def _bilingual(text: Text) -> str:
    return text.en if text.fr == text.en else f"{text.en} / {text.fr}"
