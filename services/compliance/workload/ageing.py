"""How old the files in hand are, in the days of their limit, and at which stage.

Pure. An age is the days from the reception to today: business days of the calendar for a limit in
business days or opening time, civil days for any other. Days that the client was waited for count in
it; files that wait now are not in hand, and have no place here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.compliance.attainment.measures import AGES, OPEN_STAGES, AgeAndStage


class AgeBand(NamedTuple):
    """Files in hand that are from ``first`` to ``last`` days old (None for no end), by stage."""

    name: str
    first: int
    last: int | None
    stages: Mapping[str, int]

    @property
    def files(self) -> int:
        return sum(self.stages.values())


def age_bands(ages: Mapping[AgeAndStage, int]) -> Sequence[AgeBand]:
    """The youngest first; each stage in each."""
    firsts = [0, *(end + 1 for end in AGES.values() if end is not None)]
    return [
        AgeBand(name, first, end, {stage: ages.get((name, stage), 0) for stage in OPEN_STAGES})
        for first, (name, end) in zip(firsts, AGES.items(), strict=True)
    ]
