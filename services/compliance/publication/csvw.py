"""``<table>.csv-metadata.json``: a published table in the words of CSV on the Web. Pure.

W3C Recommendations of 17 December 2015, "Metadata Vocabulary for Tabular Data" and "Model for
Tabular Data"; the name of the file is the one that readers look for by default.
"""

from __future__ import annotations

from services.compliance.publication.public_table import ColumnType, PublicColumn, PublicTable
from shared.text import Text

_DATATYPES: dict[ColumnType, object] = {
    "string": "string",
    "integer": {"base": "nonNegativeInteger"},
    "share": {"base": "decimal", "minimum": 0, "maximum": 1},
}


def csvw_path(table: PublicTable) -> str:
    """Where readers look for the metadata of a table."""
    return f"{table.path}-metadata.json"


def csvw_metadata(table: PublicTable, publisher: Text) -> dict[str, object]:
    """The metadata document of a table."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": table.path,
        "dc:title": _in_languages(table.title),
        "dc:description": _in_languages(table.description),
        "dc:publisher": _in_languages(publisher),
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "doubleQuote": True},
        "tableSchema": {
            "columns": [_column(column, table) for column in table.columns],
            **({"primaryKey": list(table.key)} if table.has_primary_key else {}),
        },
    }


def _column(column: PublicColumn, table: PublicTable) -> dict[str, object]:
    datatype = _DATATYPES[column.type]
    if column.values:
        datatype = {"base": "string", "format": "|".join(column.values)}
    # The title is the name in the header, which a reader compares with the file.
    return {
        "name": column.name,
        "titles": {"und": column.name, "fr": column.title.fr, "en": column.title.en},
        "dc:description": _in_languages(column.description),
        "datatype": datatype,
        "required": column.required,
        "null": [""] if column.type == "string" else list(table.missing),
    }


def _in_languages(text: Text) -> list[dict[str, str]]:
    return [{"@value": text.fr, "@language": "fr"}, {"@value": text.en, "@language": "en"}]
