"""Ages: every file in hand is in one band, at its stage."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.compliance.attainment.measures import AGES, OPEN_STAGES, AgeAndStage
from services.compliance.workload.ageing import age_bands


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(list(AGES)), st.sampled_from(OPEN_STAGES)), st.integers(0, 9)
    )
)
def test_nothing_is_lost_between_bands(ages: dict[AgeAndStage, int]) -> None:
    bands = age_bands(ages)
    assert sum(band.files for band in bands) == sum(ages.values())
    for stage in OPEN_STAGES:
        of_stage = sum(files for (_, name), files in ages.items() if name == stage)
        assert sum(band.stages[stage] for band in bands) == of_stage
    assert bands[0].first == 0 and bands[-1].last is None
    assert all(
        one.last is not None and one.last + 1 == other.first for one, other in pairwise(bands)
    )
