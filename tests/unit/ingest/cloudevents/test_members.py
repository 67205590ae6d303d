"""Members of an object: a value, or a fault at its JSON pointer."""

from __future__ import annotations

from services.ingest.cloudevents.members import pointer_to


def test_a_pointer_escapes_what_rfc_6901_reserves_and_what_is_not_ascii() -> None:
    assert pointer_to("data", "a/b~c", 0, "é") == "/data/a~1b~0c/0/\\xe9"
