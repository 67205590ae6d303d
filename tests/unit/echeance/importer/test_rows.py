"""A row becomes an event by its mapping, is ignored, or says all that is wrong with it."""

from __future__ import annotations

import json

import pytest

from echeance.importer.mapping import ExportMapping
from echeance.importer.reasons import UnreadableRowError
from echeance.importer.rows import RowReader

MAPPING = ExportMapping.model_validate(
    {
        "source": "https://example.org/permits",
        "zone": "America/Toronto",
        "columns": {"file_id": "file", "activity": "activity", "time": "time"},
        "activities": {"In": "received"},
        "standard": "permits",
        "unit": {"column": "unit", "words": {"M": "montreal"}},
        "only": {"kind": ["A"]},
    }
)
COLUMNS = ["file", "activity", "time", "unit", "kind"]


def test_an_event_has_an_identifier_of_what_it_says() -> None:
    reader = RowReader(MAPPING, COLUMNS)
    row = reader.event(["F1", "In", "2021-05-03", "M", "A"])
    assert row is not None
    event = json.loads(row.event)
    assert event["time"] == "2021-05-03T04:00:00Z"
    assert event["data"] == {"standard": "permits", "unit": "montreal", "attributes": {}}
    assert row == reader.event(["F1", " in", "2021-05-03", "M", "a"])
    assert dict(reader.respelt) == {(" in", "In"): 1}


def test_other_activities_and_rows_outside_only_are_counted() -> None:
    reader = RowReader(MAPPING, COLUMNS)
    assert reader.event(["F1", "Note", "?", "?", "A"]) is None
    assert reader.event(["F1", "In", "?", "?", "B"]) is None
    assert (dict(reader.ignored), dict(reader.outside_only)) == ({"Note": 1}, {"In": 1})


def test_a_row_says_all_that_is_wrong_with_it() -> None:
    with pytest.raises(UnreadableRowError) as caught:
        RowReader(MAPPING, COLUMNS).event(["", "In", "soon", "X", "A"])
    codes = [reason.code for reason in caught.value.reason.every]
    assert codes == ["cell_empty", "time_unreadable", "word_unknown"]
