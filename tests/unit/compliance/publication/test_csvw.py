"""The CSVW metadata keep to their specification and describe the tables as they are."""

from __future__ import annotations

import re

import pytest

from services.compliance.publication.csvw import csvw_metadata
from services.compliance.publication.public_table import attainment_table
from services.compliance.publication.service_inventory import service_inventory_table
from tests.builders import CATALOGUE
from tests.unit.compliance.publication.opened_archive import TABLES, document, faults, lines
from tests.unit.compliance.publication.specifications import CSVW
from tests.unit.compliance.publication.test_public_forms import PUBLICATION


@pytest.mark.parametrize("name", TABLES)
def test_they_keep_to_the_specification(name: str) -> None:
    assert faults(CSVW, f"{name}-metadata.json") == []


def test_csvw_describes_the_same_columns() -> None:
    for name in TABLES:
        metadata = document(f"{name}-metadata.json")
        assert metadata["url"] == name
        columns = metadata["tableSchema"]["columns"]
        assert [column["titles"]["und"] for column in columns] == list(lines(name)[0])
        for column in columns:
            for line in lines(name):
                cell = line[column["name"]]
                assert cell not in column["null"] or not column["required"]
                if "format" in column["datatype"] and cell:
                    assert re.fullmatch(column["datatype"]["format"], cell)


def test_a_primary_key_is_never_empty() -> None:
    for make, has_one in ((attainment_table, False), (service_inventory_table, True)):
        table = make(PUBLICATION, CATALOGUE)
        schema = csvw_metadata(table, CATALOGUE.organization.text())["tableSchema"]
        assert isinstance(schema, dict)
        assert ("primaryKey" in schema) is has_one
