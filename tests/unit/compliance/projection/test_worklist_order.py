"""The orders of the worklist: each lists every open file in one part, and in one part only."""

from __future__ import annotations

import pytest

from services.compliance.projection.listing_key import ListingStage
from services.compliance.projection.worklist_order import (
    LISTING_STAGES,
    WORKLIST_ORDERS,
    RankedPart,
    WorklistOrder,
    WorklistPart,
    in_time,
    order_parts,
)

NEXT_DAY = 1_000
STANDARDS, UNITS = ("a", "b"), ("north", "south")


def _lists(
    part: WorklistPart, standard: str, unit: str, stage: ListingStage, breaches_at: int
) -> bool:
    after = part.since is None or breaches_at > part.since
    before = part.until is None or breaches_at <= part.until
    return part.has(standard, unit) and stage in part.stages and after and before


@pytest.mark.parametrize("order", WORKLIST_ORDERS)
@pytest.mark.parametrize("breaches_at", [NEXT_DAY - 1, NEXT_DAY, NEXT_DAY + 1])
def test_every_file_is_in_one_part(order: WorklistOrder, breaches_at: int):
    ranked = RankedPart(["a"], lambda standard, at: -at)
    parts = order_parts(order, NEXT_DAY, STANDARDS, UNITS, ranked)
    for standard in STANDARDS:
        for unit in (*UNITS, "closed since"):
            for stage in LISTING_STAGES:
                holding = [
                    one
                    for part in parts
                    for one in (part.parts if isinstance(part, RankedPart) else [part])
                    if _lists(one, standard, unit, stage, breaches_at)
                ]
                assert len(holding) == 1, (standard, unit, stage)


def test_urgent_is_what_can_be_done_today_then_soon_then_what_is_late():
    parts = [
        part for part in order_parts("urgency", NEXT_DAY, (), ()) if isinstance(part, WorklistPart)
    ]
    first = [(part.since, part.until, {one.stage for one in part.stages}) for part in parts]
    assert first[0] == (None, NEXT_DAY, {"critical", "at_risk", "on_track"})
    assert first[1] == (NEXT_DAY, None, {"critical"})
    assert [one.waiting for part in parts[2:4] for one in part.stages] == [False, False, True, True]


def test_a_part_begins_before_its_first_file():
    assert WorklistPart(LISTING_STAGES, since=5).beginning == (6, "", "")
    assert WorklistPart(LISTING_STAGES, until=5, descending=True).beginning == (6, "", "")
    assert WorklistPart(LISTING_STAGES).beginning < (-(2**60), "", "")


def test_files_in_time_are_in_hand_and_not_overdue():
    assert {(one.stage, one.waiting) for one in in_time(LISTING_STAGES)} == {
        (stage, False) for stage in ("on_track", "at_risk", "critical")
    }
