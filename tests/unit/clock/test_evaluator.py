"""The row and snapshot of a file: what lists and timers read of it, and when a new generation publishes it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from services.clock.evaluator import STORED_COLUMNS, EvaluatedRow, Evaluator
from services.clock.histories import of_events
from services.clock.tables import clock_files
from shared.domain import UnknownStandardError
from shared.domain.events import Event, decode_history
from shared.domain.instants import microseconds
from shared.domain.records import decode_snapshot
from tests.builders import (
    ACCESS,
    CATALOGUE,
    at,
    decided,
    reached,
    received,
    requested,
    revised,
    transferred,
    withdrawn,
)

RECEIVED = received("A", "2025-04-28")


def evaluate(
    *story: Event, now: str, generation: int = 1, position: int = 0, catalogue: Any = CATALOGUE
) -> EvaluatedRow:
    return Evaluator(catalogue).evaluate(
        "A", of_events(story), partition=3, generation=generation, position=position, now=at(now)
    )


def test_a_row_has_the_history_and_the_next_crossing() -> None:
    """It is at risk from 20 May."""
    row = evaluate(RECEIVED, now="2025-05-06", position=7)
    assert list(decode_history(row.history)) == [RECEIVED]
    assert (row.partition, row.position, row.standard, row.unit) == (3, 7, "caq-etudes", "montreal")
    assert row.crosses_at == microseconds(at("2025-05-20"))


def test_columns_are_those_of_the_table() -> None:
    row = evaluate(RECEIVED, now="2025-05-20")
    columns = dict(zip(clock_files.columns.keys(), row.columns(), strict=True))
    assert columns == {name: getattr(row, name) for name in columns}
    stored = row.stored()
    assert [getattr(stored, name) for name in STORED_COLUMNS] == [
        columns[name] for name in STORED_COLUMNS
    ]


@pytest.mark.parametrize(
    ("more", "stage"),
    [
        ([], "at_risk"),
        ([requested("A", "2025-05-01")], "waiting"),
        ([decided("A", "2025-05-01")], None),
        ([withdrawn("A", "2025-05-01")], None),
    ],
)
def test_an_open_file_is_listed_by_stage_and_an_ended_one_is_not(
    more: list[Event], stage: str | None
) -> None:
    row = evaluate(RECEIVED, *more, now="2025-05-20")
    assert row.stage == stage
    assert (row.breaches_at is None) is (stage is None)


def test_a_file_without_a_reception_has_a_row_and_is_not_listed() -> None:
    row = evaluate(requested("A", "2025-05-01"), now="2025-05-20")
    assert (row.standard, row.unit, row.stage, row.breaches_at) == (None,) * 4


@pytest.mark.parametrize(
    ("now", "more", "stage"),
    [
        ("2025-04-30 12:00", [], "on_track"),
        ("2025-05-02", [], "at_risk"),
        ("2025-05-02", [reached("B", "2025-04-30", "acknowledged")], "on_track"),
        ("2025-05-02", [requested("B", "2025-04-30")], "waiting"),
        ("2025-05-22", [requested("B", "2025-04-30", kind="third-party")], "waiting_long"),
        ("2025-05-02", [decided("B", "2025-04-30", "refused")], None),
    ],
)
def test_a_file_of_a_service_is_listed_by_its_most_urgent_open_cycle(
    now: str, more: list[Event], stage: str | None
) -> None:
    file = received("B", "2025-04-28", standard="access", unit="hall")
    row = evaluate(
        file, *more, transferred("B", "2025-04-30", "archives"), now=now, catalogue=ACCESS
    )
    assert (row.standard, row.stage, row.unit) == ("access", stage, "archives")


def test_a_standard_that_the_catalogue_lacks_is_an_error() -> None:
    with pytest.raises(UnknownStandardError, match="no-such"):
        evaluate(received("A", "2025-04-28", standard="no-such"), now="2025-05-06")


def test_the_snapshot_names_the_event_recorded_last() -> None:
    late = decided("A", "2025-05-01", recorded="2025-05-05", named="late")
    early = requested("A", "2025-05-02", named="early")
    changed_by = decode_snapshot(
        evaluate(RECEIVED, late, early, now="2025-05-06").snapshot
    ).changed_by
    assert changed_by is not None
    assert (changed_by.id, changed_by.type) == ("late", "decided")


def test_an_event_of_another_source_never_is_the_one_that_changed_a_file() -> None:
    stranger = decided("A", "2025-05-02", source="https://example.org/stranger")
    snapshot = decode_snapshot(evaluate(RECEIVED, stranger, now="2025-05-06").snapshot)
    assert snapshot.changed_by is not None and snapshot.changed_by.id == RECEIVED.id


def test_the_digest_depends_on_the_state_and_the_crossing_alone() -> None:
    first = evaluate(RECEIVED, now="2025-05-06")
    assert evaluate(RECEIVED, now="2025-05-07", generation=2, position=9).digest == first.digest
    again = replace(RECEIVED, recorded_at=at("2025-05-01"))
    assert evaluate(again, now="2025-05-06").digest == first.digest
    assert evaluate(RECEIVED, now="2025-05-20").digest != first.digest
    wider = revised(2, ("at_risk: 5, critical: 2}", "at_risk: 8, critical: 2}"))
    assert evaluate(RECEIVED, now="2025-05-06", catalogue=wider).digest != first.digest


def test_a_digest_is_a_number_that_a_database_holds_whatever_its_sign() -> None:
    days = range(1, 21)
    digests = [evaluate(requested("A", f"2025-05-{d:02}"), now="2025-06-01").digest for d in days]
    assert -(1 << 63) <= min(digests) < 0 < max(digests) < 1 << 63
