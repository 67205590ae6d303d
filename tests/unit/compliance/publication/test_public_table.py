"""The table of attainment says of each of its columns what it means, in both languages."""

from __future__ import annotations

import csv
import io

from services.compliance.publication.public_table import attainment_table
from tests.builders import CATALOGUE
from tests.unit.compliance.publication.test_public_forms import PUBLICATION


def test_every_column_is_described() -> None:
    table = attainment_table(PUBLICATION, CATALOGUE)
    header = next(csv.reader(io.StringIO(table.text)))
    assert [column.name for column in table.columns] == header
    for column in table.columns:
        assert column.title.fr and column.title.en
        assert column.description.fr and column.description.en
    assert "2025-2026" in table.title.fr and CATALOGUE.organization.text().en in table.title.en
    assert not table.has_primary_key  # a total has no unit
