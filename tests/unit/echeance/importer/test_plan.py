"""A plan: what one file's rows add to its history, by the policy of corrections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from echeance.importer.plan import CorrectionPolicy, Planner, StagedRow
from shared.domain import CONFLICT, Event, Voided, encode, microseconds
from tests.builders import SOURCE, at, decided, received, requested

NOW = at("2025-06-01")
RECEIVED = received("A", "2025-04-28 10:00")
DECIDED = decided("A", "2025-05-12 10:00")
HISTORY = (RECEIVED, requested("A", "2025-04-30 10:00"), DECIDED)


def rows(*events: Event) -> Sequence[StagedRow]:
    """Rows that tell the times of these events to the minute."""
    return [
        StagedRow(
            number,
            event.file_id,
            event.id,
            number + 1,
            microseconds(event.time),
            microseconds(event.time + timedelta(minutes=1)),
            encode(event),
            None,
        )
        for number, event in enumerate(events, 1)
    ]


def planner(policy: CorrectionPolicy) -> Planner:
    return Planner(SOURCE, NOW, policy)


def test_what_is_new_is_published_and_what_is_known_is_not() -> None:
    plan = planner("first_stands").plan(rows(RECEIVED, DECIDED), (RECEIVED,))
    assert [event.id for event in plan.events] == [DECIDED.id]
    assert not plan.fates


def test_the_first_recorded_stands() -> None:
    later = decided("A", "2025-05-13 10:00", named=DECIDED.id)
    plan = planner("first_stands").plan(rows(RECEIVED, later), (RECEIVED, DECIDED))
    assert not plan.events
    assert [(fate.number, fate.fate) for fate in plan.fates] == [(2, CONFLICT)]


def test_an_export_that_corrects_voids_what_it_does_not_say() -> None:
    plan = planner("export_corrects").plan(rows(RECEIVED, DECIDED), HISTORY)
    [void] = plan.events
    assert isinstance(void, Voided) and void.data.event_id == HISTORY[1].id
    assert (plan.voided, plan.restored) == (1, 0)


def test_a_correction_made_twice_is_made_once() -> None:
    corrected = (
        *HISTORY,
        *planner("export_corrects").plan(rows(RECEIVED, DECIDED), HISTORY).events,
    )
    assert not planner("export_corrects").plan(rows(RECEIVED, DECIDED), corrected).events


def test_a_row_that_comes_back_is_restored() -> None:
    without = planner("export_corrects").plan(rows(RECEIVED, DECIDED), HISTORY).events
    plan = planner("export_corrects").plan(rows(*HISTORY), (*HISTORY, *without))
    assert (len(plan.events), plan.voided, plan.restored) == (1, 0, 1)
