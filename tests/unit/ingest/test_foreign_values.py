"""What a mapping makes of a value is held to the rules of every event; all of a value or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from services.ingest.cloudevents import MAX_FAULTS, Rules
from services.ingest.foreign_values import InvalidValueError, foreign_events
from shared.mapping.export_mapping import ExportMapping
from shared.mapping.json_values import ValueReader
from tests.builders import CATALOGUE
from tests.unit.ingest.cloudevents.given import NOW

SOURCE = "https://example.org/helpdesk"
READER = ValueReader(
    ExportMapping.model_validate(
        {
            "source": SOURCE,
            "columns": {"file_id": "/file", "activity": "/what", "time": "/at"},
            "activities": {"opened": "received", "closed": "decided"},
            "standard": "caq-etudes",
            "unit": {"column": "/unit", "slugify": True},
            "outcome": "accepted",
        }
    )
)
OPENED = {"file": "F1", "what": "opened", "at": "2025-04-28T10:00:00Z", "unit": "Laval"}


def rules(**limits: Any) -> Rules:
    return Rules(catalogue=CATALOGUE, now=NOW, sources={SOURCE}, **limits)


def refused(value: Any, **limits: Any) -> InvalidValueError:
    with pytest.raises(InvalidValueError) as caught:
        foreign_events(READER, value, rules(**limits))
    return caught.value


def test_events_are_of_the_source_of_the_mapping_and_recorded_now() -> None:
    (event,) = foreign_events(READER, OPENED, rules()).events
    assert (event.source, event.file_id, event.recorded_at) == (SOURCE, "F1", NOW)


def test_a_time_ahead_a_word_that_is_none_and_a_unit_that_is_not_allowed_are_refused() -> None:
    late = {**OPENED, "at": "2030-01-01T00:00:00Z"}
    error = refused([OPENED, late, {**OPENED, "unit": "nowhere"}])
    assert [(one.index, one.code) for one in error.refused] == [
        (1, "time_ahead"),
        (2, "unknown_word"),
    ]
    assert refused(OPENED, units={"montreal"}).code == "unit_not_allowed"


def test_faults_of_the_value_and_of_what_it_says_are_told_together_and_bounded() -> None:
    error = refused([{**OPENED, "at": "?"}, {**OPENED, "unit": "nowhere"}])
    assert [one.item for one in error.unreadable] == [0]
    assert [one.index for one in error.refused] == [1]
    assert error.code == "time_unreadable"
    many = refused([{**OPENED, "unit": "nowhere"}] * (MAX_FAULTS + 9))
    assert len(many.refused) == MAX_FAULTS
