"""Where an open file is in the worklist: its stage as the column has it, and the instant it is sorted by."""

from __future__ import annotations

import pytest

from services.compliance.projection.listing_key import (
    WORKLIST_STAGES,
    ListingStage,
    of_snapshot,
    parts,
    without_cycles,
)
from shared.domain.events import Event
from tests.builders import answered, decided, received, reopened, requested, snapshot, withdrawn
from tests.wider_catalogue import WIDER, acknowledged, opened

RECEIVED = received("A", "2025-04-28")
FOLLOWED = received("A", "2025-04-28", standard="evaluation-comparative")
WAITS = requested("A", "2025-04-29")


@pytest.mark.parametrize(
    ("story", "now", "column", "outcome"),
    [
        ([RECEIVED], "2025-04-29", "on_track", "on_track"),
        ([RECEIVED], "2025-05-20", "at_risk", "at_risk"),
        ([RECEIVED], "2025-05-23", "critical", "critical"),
        ([RECEIVED], "2025-05-28", "overdue", "overdue"),
        ([RECEIVED, WAITS], "2025-05-28", "waiting", "waiting"),
        ([RECEIVED, requested("A", "2025-06-02")], "2025-06-03", "overdue_waiting", "overdue"),
        ([FOLLOWED], "2025-04-29", "followed_on_track", "followed"),
        ([FOLLOWED, WAITS], "2025-05-28", "followed_waiting", "followed"),
        ([RECEIVED, decided("A", "2025-05-01"), reopened("A", "2025-05-02")], "2025-05-05", "on_track", "on_track"),
    ],
)  # fmt: skip
def test_an_open_file_is_listed_under_its_stage(
    story: list[Event], now: str, column: str, outcome: str
) -> None:
    key = of_snapshot(snapshot(*story, now=now))
    assert key.stage is not None and key.breaches_at is not None
    assert (key.column, key.stage.outcome) == (column, outcome)


@pytest.mark.parametrize(
    "story",
    [
        [requested("A", "2025-04-29")],
        [RECEIVED, decided("A", "2025-05-01")],
        [RECEIVED, withdrawn("A", "2025-05-01")],
    ],
)
def test_a_file_without_an_open_cycle_is_not_listed(story: list[Event]) -> None:
    key = of_snapshot(snapshot(*story, now="2025-05-06"))
    assert (key.stage, key.column, key.breaches_at) == (None, None, None)


def test_what_waits_is_listed_after_every_file_that_can_breach() -> None:
    waits = of_snapshot(snapshot(RECEIVED, WAITS, now="2025-05-06"))
    late = of_snapshot(snapshot(received("B", "2025-05-05"), now="2025-05-06"))
    back = of_snapshot(snapshot(RECEIVED, WAITS, answered("A", "2025-05-05"), now="2025-05-06"))
    keys = [key.breaches_at for key in (back, late, waits)]
    assert None not in keys and keys == sorted(keys, key=lambda key: key or 0)


def test_no_two_listing_stages_share_a_column() -> None:
    every = [
        ListingStage(stage, waiting, measured)
        for stage in WORKLIST_STAGES
        for waiting in {"overdue": (False, True), "waiting": (True,), "waiting_long": (True,)}.get(
            stage, (False,)
        )
        for measured in (True, False)
    ]
    assert len({stage.column for stage in every}) == len(every)


def test_a_file_of_one_standard_has_no_parts() -> None:
    assert parts(snapshot(RECEIVED, now="2025-05-06")) == {}
    assert parts(snapshot(requested("A", "2025-04-29"), now="2025-05-06")) == {}


def test_a_file_of_several_standards_has_a_part_for_each() -> None:
    whole = snapshot(
        opened("A", "2026-03-02", "request"), acknowledged("A", "2026-03-04"),
        now="2026-03-06", catalogue=WIDER,
    )  # fmt: skip
    found = parts(whole)
    assert [*found] == ["request-ack", "request-answer"]
    assert [one.standard for one in found.values()] == [*found]
    assert sum([one.cycles for one in found.values()], ()) == whole.cycles
    assert of_snapshot(found["request-ack"]).column is None
    assert of_snapshot(found["request-answer"]).column == "on_track"
    assert of_snapshot(without_cycles(whole)).column is None


def test_a_file_that_waits_for_long_has_a_stage_of_its_own() -> None:
    story = [opened("A", "2026-03-02", "request-answer"), requested("A", "2026-03-03")]
    key = of_snapshot(snapshot(*story, now="2026-04-03", catalogue=WIDER))
    assert key.stage == ListingStage("waiting_long", True, True)
    assert (key.column, key.stage.outcome) == ("waiting_long", "waiting_long")
