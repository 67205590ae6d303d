"""Where a decision now changes most: what it brings, on average, to the attainment of its standard. Pure.

A file in time is decided in time anyway, or becomes late: deciding it now makes sure of the first.
Of a standard with so many files due in the month that is worth the chance to become late, divided
by their number. Within a standard it never rises from one deadline to the next.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta, tzinfo
from functools import cache
from typing import Final, Literal, NamedTuple

from services.compliance.forecast.model import ForecastModel
from services.compliance.forecast.risk import Risk, RiskHistory, risk_of
from services.compliance.projection.worklist_order import RANKED_STAGES, RankedPart
from shared.domain import CycleState, from_microseconds

WhyNotRanked = Literal["not_built", "too_few_months", "no_skill", "no_recent_skill"]
"""``no_skill``: no better than simple rules on months past; ``no_recent_skill``: nor on the last 60 days."""
_MOMENT: Final = timedelta(microseconds=1)


def why_not_ranked(model: ForecastModel | None) -> WhyNotRanked | None:
    """What keeps a standard's files out of the order; None where its model may say it."""
    if model is None:
        return "not_built"
    if not model.back_test.is_enough:
        return "too_few_months"
    if not model.back_test.has_skill:
        return "no_skill"
    return None if model.risks.has_skill and model.hazards is not None else "no_recent_skill"


class DecisionEffects(NamedTuple):
    """The models by standard, and how many files of each are due in the month, as of a day."""

    models: Mapping[str, ForecastModel]
    due: Mapping[str, int]

    def ranked(self, most: int) -> Sequence[str]:
        """The standards whose files may be ranked; the largest, where there are more than so many."""
        able = [name for name, model in self.models.items() if why_not_ranked(model) is None]
        return sorted(sorted(able, key=lambda name: -self.due.get(name, 0))[:most])

    def effect(self, standard: str, due_on: date, today: date) -> float:
        """What a decision now adds to the attainment of the month; 0 where no model can tell."""
        model = self.models.get(standard)
        late = None if model is None else model.late_share(due_on, today)
        return 0.0 if late is None else late / max(1, self.due.get(standard, 0))

    def part(self, standards: Collection[str], today: date, zone: tzinfo) -> RankedPart:
        """Files of some standards in the order of what a decision now changes."""

        @cache
        def rank(standard: str, breaches_at: int) -> float:
            last = (from_microseconds(breaches_at) - _MOMENT).astimezone(zone).date()
            return self.effect(standard, last, today)

        return RankedPart(sorted(standards), rank)

    def risk(self, standard: str, state: CycleState, today: date) -> Risk | None:
        """The risk of a cycle that is measured, in hand and in time; None where it may not be said."""
        if state.due_on is None or not can_become_late(state):
            return None
        return self.risk_of_day(standard, state.due_on, today)

    def risk_of_day(self, standard: str, due_on: date, today: date) -> Risk | None:
        """The risk of such a file by its last day on time."""
        model = self.models.get(standard)
        late = None if model is None else model.late_chance(due_on, today)
        return None if late is None else risk_of(late)

    def histories(self, standards: Collection[str]) -> Mapping[str, RiskHistory]:
        """The record of the risks of some standards, of those that may say any."""
        found = {name: self.models[name].risks for name in standards if name in self.models}
        return {name: risks for name, risks in found.items() if risks.has_skill}


NO_EFFECTS: Final = DecisionEffects({}, {})


def can_become_late(state: CycleState) -> bool:
    """Whether a cycle is measured, in hand and in time."""
    return state.measured and state.status == "open" and state.stage in _IN_TIME


_IN_TIME: Final = {one.stage for one in RANKED_STAGES}
