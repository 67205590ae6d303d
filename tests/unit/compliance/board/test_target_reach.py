"""What it takes to reach a target: the fewest files, exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest

from services.compliance.attainment.attainment import Attainment
from services.compliance.board.target_reach import to_decide


@pytest.mark.parametrize(
    ("on_time", "measured", "late", "target", "needed"),
    [
        (16, 21, 0, "4/5", 4),
        (16, 20, 0, "4/5", 0),
        (0, 0, 0, "4/5", 0),
        (0, 0, 1, "4/5", 4),
        (9, 10, 0, "1", None),
        (10, 10, 0, "1", 0),
        (10, 10, 1, "1", None),
        (8, 9, 1, "9/10", 10),
    ],
)
def test_what_it_takes_is_the_fewest_files(
    on_time: int, measured: int, late: int, target: str, needed: int | None
) -> None:
    decided = Attainment(measured, on_time, measured - on_time)
    assert to_decide(decided, Fraction(target), late=late) == needed
    if needed:
        whole = measured + late
        assert Fraction(on_time + needed, whole + needed) >= Fraction(target)
        assert Fraction(on_time + needed - 1, whole + needed - 1) < Fraction(target)
