"""What it takes to reach a target: how many files to decide on time, exactly. Pure."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from services.compliance.attainment.attainment import Attainment


def to_decide(decided: Attainment, target: Fraction, *, late: int = 0) -> int | None:
    """The fewest further files on time that reach the target, if ``late`` more are late; None for never.

    16 of 21 on time at 80 %: 4 more, for 20 of 25.
    """
    measured = decided.measured + late
    short = target * measured - decided.on_time
    if short <= 0:
        return 0
    if target == 1:
        return None
    return ceil(short / (1 - target))
