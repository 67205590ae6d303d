"""A row becomes an event by its mapping, is ignored, or says all that is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from shared.mapping.export_mapping import ExportMapping
from shared.mapping.reasons import Reason
from shared.mapping.rows import ReadRow, RowReader

VALUES = {
    "source": "https://example.org/permits",
    "zone": "America/Toronto",
    "columns": {"file_id": "file", "activity": "activity", "time": "time"},
    "activities": {"In": "received"},
    "standard": "permits",
    "unit": {"column": "unit", "words": {"M": "montreal"}},
    "only": {"kind": ["A"]},
}
MAPPING = ExportMapping.model_validate(VALUES)
COLUMNS = ["file", "activity", "time", "unit", "kind"]


def event(reader: RowReader, *cells: str) -> ReadRow | Reason | None:
    """The only thing that a row says."""
    (found,) = reader.outcomes(cells)
    return found


def test_an_event_has_an_identifier_of_what_it_says() -> None:
    reader = RowReader(MAPPING, COLUMNS)
    row = event(reader, "F1", "In", "2021-05-03", "M", "A")
    assert isinstance(row, ReadRow)
    read = json.loads(row.event)
    assert read["time"] == "2021-05-03T04:00:00Z"
    assert read["data"] == {"standard": "permits", "unit": "montreal", "attributes": {}}
    assert row == event(reader, "F1", " in", "2021-05-03", "M", "a")
    assert dict(reader.counts.respelt) == {(" in", "In"): 1}


def test_other_activities_and_rows_outside_only_are_counted() -> None:
    reader = RowReader(MAPPING, COLUMNS)
    assert event(reader, "F1", "Note", "?", "?", "A") is None
    assert event(reader, "F1", "In", "?", "?", "B") is None
    assert (dict(reader.counts.ignored), dict(reader.counts.outside_only)) == (
        {"Note": 1},
        {"In": 1},
    )


def test_a_row_says_all_that_is_wrong_with_it() -> None:
    found = event(RowReader(MAPPING, COLUMNS), "", "In", "soon", "X", "A")
    assert isinstance(found, Reason)
    codes = [reason.code for reason in found.every]
    assert codes == ["cell_empty", "time_unreadable", "word_unknown"]


def read_by(changes: Mapping[str, object], *rows: Sequence[str]) -> list[object]:
    """What rows say by another mapping: the event and its time, a fault's code, or None."""
    reader = RowReader(mapping_with(changes), COLUMNS)
    said: list[object] = []
    for row in rows:
        for found in reader.outcomes(row):
            if isinstance(found, ReadRow):
                read = json.loads(found.event)
                said.append((read["type"].split(".")[-2], read["time"][:10]))
            else:
                said.append(found and found.code)
    return said


def mapping_with(changes: Mapping[str, object]) -> ExportMapping:
    kept = {"source", "zone", "standard", "unit"} | {"columns"}
    values = {name: value for name, value in VALUES.items() if name in kept}
    return ExportMapping.model_validate({**values, "outcome": "done", **changes})


def test_a_row_that_is_a_file_says_each_of_its_dates() -> None:
    changes = {
        "row": "file",
        "columns": {"file_id": "file"},
        "events": {
            "received": "activity",
            "documents_requested": ["time"],
            "decided": {"at": "unit", "when": {"kind": ["Closed", "Solved"]}},
            "withdrawn": {"at": "unit", "when": {"kind": ["Dropped"]}},
        },
        "unit": "montreal",
    }
    days = ("2021-05-03", "", "2021-05-05")
    received, decided = ("received", "2021-05-03"), ("decided", "2021-05-05")
    assert read_by(changes, ("F1", *days, "closed ")) == [received, None, decided, None]
    assert read_by(changes, ("F1", *days, "New")) == [received, None, None, None]
    assert read_by(changes, ("F1", *days, "Dropped"))[3] == ("withdrawn", "2021-05-05")
    assert read_by(changes, ("F1", "soon", "", "", "")) == ["time_unreadable", None, None, None]
    assert read_by({**changes, "only": {"kind": ["New"]}}, ("F1", *days, "Closed")) == [None] * 4


def test_a_column_without_a_name_is_no_source_of_a_fixed_word() -> None:
    reader = RowReader(mapping_with({"activities": {"In": "received"}}), [*COLUMNS, ""])
    assert isinstance(event(reader, "F1", "In", "2021-05-03", "M", "A", ""), ReadRow)


def test_the_same_date_of_a_file_has_one_identifier_and_two_dates_have_two() -> None:
    mapping = mapping_with(
        {
            "row": "file",
            "columns": {"file_id": "file"},
            "events": {"received": "time", "documents_requested": ["time", "kind"]},
            "unit": "montreal",
        }
    )
    rows = RowReader(mapping, COLUMNS).outcomes(("F1", "", "2021-05-03", "", "2021-05-03"))
    names = [json.loads(row.event)["id"] for row in rows if isinstance(row, ReadRow)]
    assert len(set(names)) == 3
    again = RowReader(mapping, COLUMNS).outcomes(("F1", "", "2021-05-03", "", "2021-05-03"))
    assert again == rows


def test_an_activity_may_mean_another_thing_again() -> None:
    meanings = {"In": {"first": "received", "again": "documents_received"}, "Out": "decided"}
    rows = [
        ("F1", "In", "2021-05-03", "M", ""),
        ("F1", " in", "2021-05-04", "M", ""),
        ("F2", "In", "2021-05-03", "M", ""),
        ("F2", "Out", "2021-05-04", "M", ""),
        ("F2", "In", "soon", "M", ""),
        ("F2", "In", "2021-05-06", "M", ""),
    ]
    assert read_by({"activities": meanings}, *rows) == [
        ("received", "2021-05-03"),
        ("documents_received", "2021-05-04"),
        ("received", "2021-05-03"),
        ("decided", "2021-05-04"),
        "time_unreadable",
        ("received", "2021-05-06"),
    ]
    once = {"activities": {"In": {"first": "received", "again": None}}}
    assert read_by(once, *rows[:2]) == [("received", "2021-05-03"), None]


STATES = {
    "row": "state",
    "columns": {"file_id": "file", "state": "activity", "time": "time"},
    "states": {"New": "in_hand", "Held": "waiting", "Done": "ended", "Dropped": "withdrawn"},
}


@pytest.mark.parametrize(
    ("states", "events"),
    [
        (["New", "new", "Done"], ["received", None, "decided"]),
        (["New", "Held", "New", "Done"], ["received", "documents_requested", "documents_received", "decided"]),
        (["Held", "Held", "Dropped"], ["received", "documents_requested", None, "withdrawn"]),
        (["Done"], ["received", "decided"]),
        (["New", "Done", "New", "Done"], ["received", "decided", "reopened", "decided"]),
        (["New", "Done", "Held"], ["received", "decided", "reopened", "documents_requested"]),
        (["New", "Dropped", "Done"], ["received", "withdrawn", None]),
        (["New", "Other", "Done"], ["received", None, "decided"]),
    ],
)  # fmt: skip
def test_what_happened_is_told_by_the_state_before(states: list[str], events: list[str]) -> None:
    rows = [("F1", state, f"2021-05-{day:02}", "M", "") for day, state in enumerate(states, 3)]
    said = read_by({**STATES, "reason": "again"}, *rows)
    assert [one[0] if isinstance(one, tuple) else one for one in said] == events


def test_a_file_that_begins_again_without_a_reason_stays_ended() -> None:
    rows = [
        ("F1", state, "2021-05-03", "M", "") for state in ("New", "Done", "New", "Held", "Done")
    ]
    said = read_by(STATES, *rows)
    assert said[2:] == ["state_after_end", "state_after_end", None]


def test_due_dates_of_an_export_are_read_with_their_files() -> None:
    reader = RowReader(
        mapping_with({"activities": {"In": "received"}, "check_due": "kind"}), COLUMNS
    )
    assert reader.due(["F1", "In", "", "", "2021-05-03T23:30:00-04:00"]) == ("F1", "2021-05-03")
    for row in (
        ["F1", "In", "", "", ""],
        ["F1", "In", "", "", "soon"],
        ["", "In", "", "", "2021-05-03"],
    ):
        assert reader.due(row) is None
