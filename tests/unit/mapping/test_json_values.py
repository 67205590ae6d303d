"""A JSON value is a row whose columns are JSON pointers; an array is several."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mapping.export_mapping import POINTER, ExportMapping
from shared.mapping.json_values import MOST_VALUE_FAULTS, ReadValue, ValueReader

MAPPING: dict[str, Any] = {
    "source": "https://example.org/helpdesk",
    "zone": "America/Toronto",
    "columns": {
        "file_id": {"column": "/ticket/number", "prefix": "T-"},
        "activity": "/what",
        "time": "/at",
    },
    "activities": {"opened": "received", "closed": "decided"},
    "standard": "plainte",
    "unit": {"column": "/ticket/groups/0", "slugify": True},
    "outcome": "answered",
}
OPENED = {"what": "opened", "at": "2026-04-28T10:00", "ticket": {"number": 7, "groups": ["Laval"]}}


def read(value: Any, **changes: object) -> ReadValue:
    return ValueReader(ExportMapping.model_validate({**MAPPING, **changes})).read(value)


def test_an_object_is_a_row_at_pointers() -> None:
    (found,) = read(OPENED).events
    event = json.loads(found.event)
    assert (event["subject"], event["time"]) == ("T-7", "2026-04-28T14:00:00Z")
    assert event["data"] == {"standard": "plainte", "unit": "laval", "attributes": {}}


def test_the_same_value_again_is_the_same_event() -> None:
    reader = ValueReader(ExportMapping.model_validate(MAPPING))
    assert reader.read(OPENED) == reader.read(OPENED)


def test_an_array_is_read_item_by_item_and_what_says_nothing_is_counted() -> None:
    note = {**OPENED, "what": "note"}
    found = read([note, OPENED, note])
    assert [event.item for event in found.events] == [1]
    assert (found.items, found.silent, dict(found.ignored)) == (3, 2, {"note": 2})
    assert read([]).items == 0


def test_items_are_where_the_mapping_says() -> None:
    assert len(read({"batch": {"of": [OPENED]}}, items="/batch/of").events) == 1
    (fault,) = read(OPENED, items="/batch/of").faults
    assert (fault.pointer, fault.reason.code) == ("/batch/of", "items_missing")


def test_a_file_with_its_dates_says_each_of_them() -> None:
    dates = {"received": "/opened", "decided": {"at": "/closed", "when": {"/state": ["done"]}}}
    columns = {"file_id": "/ticket/number"}
    mapping = {"row": "file", "activities": None, "events": dates, "columns": columns}
    value = {**OPENED, "opened": "2026-04-28T10:00Z", "closed": "2026-04-29T10:00Z"}
    assert len(read({**value, "state": "done"}, **mapping).events) == 2
    once = read({**value, "state": "new"}, **mapping)
    assert (len(once.events), once.silent, dict(once.ignored)) == (1, 0, {"/closed": 1})


def test_words_that_say_nothing_are_those_of_the_mapping() -> None:
    columns = {"file_id": "/ticket/number"}
    events = {"received": "/opened", "decided": "/closed"}
    mapping = {"row": "file", "activities": None, "events": events, "columns": columns}
    value = {**OPENED, "opened": "2026-04-28T10:00Z", "closed": "N/A"}
    assert [one.reason.code for one in read(value, **mapping).faults] == ["time_unreadable"]
    assert len(read(value, **mapping, empty=["N/A"]).events) == 1


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"at": "2026-04-28", "ticket": 7}, "/at", "time_of_day_missing"),
        ({"at": "tomorrow"}, "/at", "time_unreadable"),
        ({"at": None}, "/at", "cell_empty"),
        ({"what": {"is": "opened"}}, "/what", "not_a_scalar"),
        ({"ticket": 7}, "/ticket/number", "cell_empty"),
        ({"ticket": {"number": 7, "groups": {"0": "??"}}}, "/ticket/groups/0", "word_unknown"),
    ],
)
def test_what_cannot_be_read_has_its_pointer(
    changes: dict[str, object], pointer: str, code: str
) -> None:
    found = read({**OPENED, **changes})
    assert (pointer, code) in [(one.pointer, one.reason.code) for one in found.faults]
    assert not found.events and not found.silent


def test_reading_ends_after_the_most_faults() -> None:
    found = read([{**OPENED, "at": "?"}] * (MOST_VALUE_FAULTS + 50))
    assert (found.items, len(found.faults)) == (MOST_VALUE_FAULTS + 50, MOST_VALUE_FAULTS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["what", "at", "ticket", "number", "groups"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_every_item_of_any_value_says_events_faults_or_nothing(value: Any) -> None:
    found = read(value)
    spoken = {one.item for one in found.events} | {one.item for one in found.faults}
    assert found.items == len(spoken) + found.silent or len(found.faults) >= MOST_VALUE_FAULTS


@given(st.text())
def test_any_name_can_be_pointed_at(name: str) -> None:
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    assert POINTER.fullmatch(pointer)
    mapping = {**MAPPING, "columns": {**MAPPING["columns"], "activity": pointer}}
    value = {name: "opened", "at": OPENED["at"], "ticket": OPENED["ticket"]}
    if name not in value or value[name] == "opened":
        assert len(read(value, **mapping).events) == 1
