"""Where a decision now changes most: of standards that may say so, never more for a later deadline."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.forecast.backtest import BackTest
from services.compliance.forecast.effects import DecisionEffects, WhyNotRanked, why_not_ranked
from services.compliance.forecast.hazard import hazards
from services.compliance.forecast.lives import CountedDays, Life
from services.compliance.forecast.model import ForecastModel
from services.compliance.forecast.risk import RiskHistory
from shared.domain.instants import microseconds
from shared.domain.records import CycleState
from tests.builders import ZONE, at, received, requested, snapshot
from tests.unit.compliance.forecast.test_backtest import trial
from tests.unit.compliance.forecast.test_model import DAYS, MODEL, TODAY

WORSE = BackTest([trial(month, 0.82, 0.95) for month in range(6)])


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (None, "not_built"),
        (MODEL._replace(back_test=BackTest(())), "too_few_months"),
        (MODEL._replace(back_test=WORSE), "no_skill"),
        (MODEL._replace(risks=RiskHistory({}, 0.0)), "no_recent_skill"),
        (MODEL._replace(risks=RiskHistory({}, None)), "no_recent_skill"),
        (MODEL, None),
    ],
)
def test_a_standard_is_ranked_or_it_is_said_why_not(
    model: ForecastModel | None, why: WhyNotRanked | None
) -> None:
    assert why_not_ranked(model) == why
    effects = DecisionEffects({} if model is None else {"peq": model}, {"peq": 10})
    assert effects.ranked(5) == ([] if why else ["peq"])


def test_the_largest_are_ranked_where_there_are_too_many() -> None:
    effects = DecisionEffects(dict.fromkeys("abc", MODEL), {"a": 1, "b": 3, "c": 2})
    assert effects.ranked(2) == ["b", "c"]


def test_a_decision_brings_the_chance_to_be_late_shared_by_the_files_due() -> None:
    effects = DecisionEffects({"few": MODEL, "many": MODEL}, {"few": 4, "many": 40})
    rank = effects.part(["many", "few"], TODAY, ZONE).rank
    midnight = microseconds(at(f"{TODAY + timedelta(days=1)} 00:00"))
    assert rank("few", midnight) == pytest.approx(0.4 / 4)
    assert rank("many", midnight) == pytest.approx(0.4 / 40)
    assert rank("gone", midnight) == 0


@given(
    st.lists(
        st.builds(
            Life,
            st.integers(-80, -1).map(TODAY.toordinal().__add__),
            st.none() | st.integers(-40, -1).map(TODAY.toordinal().__add__),
            st.integers(-30, 30).map(TODAY.toordinal().__add__),
            on_time=st.booleans(),
            files=st.integers(1, 9),
        ),
        min_size=1,
        max_size=20,
    ),
    st.integers(0, 30),
)
def test_a_later_deadline_never_ranks_higher(lives: list[Life], withdrawn: int) -> None:
    """So that files soonest breach first are in the order of the rank."""
    known = hazards(lives, DAYS, TODAY.toordinal(), withdrawn)
    model = MODEL._replace(hazards=known)
    rank = DecisionEffects({"peq": model}, {"peq": 7}).part(["peq"], TODAY, ZONE).rank
    first = microseconds(at(f"{TODAY} 16:00"))
    ranks = [rank("peq", first + hour * 3_600_000_000) for hour in range(0, 24 * 60, 7)]
    assert all(one >= other - 1e-12 for one, other in pairwise(ranks))


def test_a_risk_is_of_a_file_in_hand_and_in_time_only() -> None:
    effects = DecisionEffects(
        {
            "caq-etudes": MODEL._replace(
                days=CountedDays(date(2024, 1, 1).toordinal(), range(2_000))
            )
        },
        {},
    )

    def risk(state: CycleState) -> str | None:
        return effects.risk("caq-etudes", state, TODAY)

    begun = received("A", f"{TODAY} 09:00", standard="caq-etudes")
    [open_now] = snapshot(begun, now=f"{TODAY} 12:00").cycles
    assert risk(open_now) == "low"
    [waits] = snapshot(begun, requested("A", f"{TODAY} 10:00"), now=f"{TODAY} 12:00").cycles
    assert risk(waits) is None
    [overdue] = snapshot(
        received("A", "2026-01-05", standard="caq-etudes"), now=f"{TODAY} 12:00"
    ).cycles
    assert (overdue.stage, risk(overdue)) == ("overdue", None)
    assert effects.risk("peq", open_now, TODAY) is None
