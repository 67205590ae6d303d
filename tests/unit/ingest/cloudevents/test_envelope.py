"""The strict parser: an event, a batch, lines; all the faults at once, and what is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent

from services.ingest.cloudevents import data
from services.ingest.cloudevents.attributes import Rules
from services.ingest.cloudevents.envelope import parse_batch, parse_lines, parse_structured
from services.ingest.cloudevents.faults import InvalidEventsError
from shared.domain import events
from tests.paths import ROOT
from tests.unit.ingest.cloudevents.given import (
    NOW,
    RULES,
    SOURCE,
    attributes,
    error_of,
    event,
    faults_of,
    refused,
    written,
)

GOLDEN = ROOT / "tests" / "golden" / "ingest"


@pytest.mark.parametrize(
    "case", json.loads((GOLDEN / "accepted.json").read_text()), ids=lambda case: str(case["case"])
)
def test_what_is_accepted_is_stored_as_the_golden_file_says(case: dict[str, Any]) -> None:
    stored = json.loads(events.encode(parse_structured(written(case["sent"]), RULES)))
    assert stored == case["stored"]


def test_every_type_of_event_has_a_reader() -> None:
    assert data._READERS.keys() == {*events.EVENT_TYPES, events.Forgotten}


def test_all_the_faults_of_an_event_are_told_at_once() -> None:
    sent = event(
        specversion="0.3",
        id=...,
        subject="Jean Tremblay",
        source="not a uri",
        time="2025-04-28",
        dataschema="schemas/received",
        Ext="x",
        data={"standard": "caq", "unit": "montreal", "attributes": {"a/b": "x"}, "name": "Jean"},
    )
    assert refused(sent) == [
        ("/specversion", "wrong_specversion"),
        ("/subject", "bad_identifier"),
        ("/id", "missing"),
        ("/source", "bad_source"),
        ("/time", "bad_time"),
        ("/dataschema", "bad_dataschema"),
        ("/Ext", "bad_extension_name"),
        ("/data/name", "unknown_member"),
        ("/data/attributes/a~1b", "unknown_word"),
        ("/data/standard", "unknown_word"),
    ]


def test_an_event_of_64_kib_is_accepted_and_a_byte_more_is_refused() -> None:
    size = 65_536 - len(written(event(note="")))
    assert parse_structured(written(event(note="x" * size)), RULES)
    assert refused(event(note="x" * (size + 1))) == [("", "too_large")]


def test_a_publisher_may_use_its_own_sources_only() -> None:
    rules = Rules(catalogue=RULES.catalogue, now=NOW, sources={SOURCE})
    assert parse_structured(written(event()), rules)
    error = error_of(parse_structured, written(event(source=SOURCE + "/other")), rules)
    assert (error.status, error.faults[0].pointer) == (403, "/source")
    assert SOURCE + "/other" in error.faults[0].detail("en")


def test_a_batch_tells_which_event_has_which_fault() -> None:
    sent = [event(), event(id=...), 1, event(time="x", id="")]
    assert faults_of(error_of(parse_batch, written(sent), RULES)) == [
        (1, "/id", "missing"),
        (2, "", "not_an_object"),
        (3, "/id", "empty"),
        (3, "/time", "bad_time"),
    ]


def test_a_batch_is_an_array_and_may_be_empty() -> None:
    assert parse_batch(b"[]", RULES) == []
    error = error_of(parse_batch, written(event()), RULES)
    assert faults_of(error) == [(0, "", "not_an_array")]


def test_lines_are_judged_one_by_one() -> None:
    raw = b"\n".join([written(event()), b"", b" \r", written(event(id="2")) + b"\r", b"{", b""])
    verdicts = [
        (number, isinstance(line, InvalidEventsError)) for number, line in parse_lines(raw, RULES)
    ]
    assert verdicts == [(1, False), (4, False), (5, True)]


def test_what_the_cloudevents_package_writes_is_accepted() -> None:
    said = attributes(dataschema="https://example.org/received.json", partitionkey="CAQ")
    data = {"standard": "caq-etudes", "unit": "montreal"}
    raw = to_structured_event(CloudEvent(said, data)).body
    assert parse_structured(raw, RULES) == parse_structured(written(event()), RULES)
