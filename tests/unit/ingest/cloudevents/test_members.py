"""Members of an object: a value, or a fault at its JSON pointer."""

from __future__ import annotations

import pytest

from services.ingest.cloudevents.faults import EventFault
from services.ingest.cloudevents.members import identifier, pointer_to, string
from shared.domain import FILE_ID


def test_a_pointer_escapes_what_rfc_6901_reserves_and_what_is_not_ascii() -> None:
    assert pointer_to("data", "a/b~c", 0, "é") == "/data/a~1b~0c/0/\\xe9"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, "missing"),
        ({"id": None}, "missing"),
        ({"id": ""}, "empty"),
        ({"id": 1}, "not_a_string"),
        ({"id": "a b"}, "bad_identifier"),
        ({"id": "x" * 65}, "bad_identifier"),
    ],
)
def test_an_identifier_that_is_none_is_a_fault_at_its_place(
    members: dict[str, object], code: str
) -> None:
    faults: list[EventFault] = []
    assert identifier(members, "id", FILE_ID, faults) == ""
    assert [(one.pointer, one.code) for one in faults] == [("/id", code)]


def test_a_string_is_returned_and_adds_no_fault() -> None:
    faults: list[EventFault] = []
    assert string({"id": "a"}, "id", faults) == "a"
    assert identifier({"id": "A-1"}, "id", FILE_ID, faults) == "A-1"
    assert faults == []
