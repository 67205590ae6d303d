"""Tables have as many cells in each row as columns."""

from __future__ import annotations

import csv

import pytest

from echeance.exporter.tables import CycleTable, EventTable
from tests.builders import CATALOGUE
from tests.unit.echeance.exporter.lives import file_at


@pytest.mark.parametrize(("form", "rows"), [(EventTable, 8), (CycleTable, 2)])
def test_every_row_has_every_column(form: type[EventTable] | type[CycleTable], rows: int) -> None:
    table, file = form(CATALOGUE), file_at()
    header, *written = csv.reader((table.beginning + table.file(file, file.events)[0]).splitlines())
    assert len(set(header)) == len(header)
    assert [len(row) for row in written] == [len(header)] * rows
