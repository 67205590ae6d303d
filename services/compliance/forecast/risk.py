"""How likely one file is to be late, in three words, with what became of the files called so. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from services.compliance.forecast.backtest import HazardsOn, PastMonth, recent_lives
from services.compliance.forecast.hazard import WINDOW_DAYS, Hazards
from services.compliance.forecast.lives import CountedDays, Life

Risk = Literal["high", "medium", "low"]
RISKS: Final[Sequence[Risk]] = ("high", "medium", "low")
_HIGH, _MEDIUM = 0.5, 0.2
_RECORD_PLACE: Final = 1
"""The trial of a month on which its files are called: the 10th business day, so that few are called twice."""
SKILL_DAYS: Final = 60


def risk_of(late: float) -> Risk:
    """The word for a chance to become late: high from one in two on, medium from one in five."""
    return "high" if late >= _HIGH else "medium" if late >= _MEDIUM else "low"


class RiskRecord(NamedTuple):
    """Of so many files called by a word, how many became late."""

    files: int
    late: int


class RiskHistory(NamedTuple):
    """What became of the files called by each word; and the Brier skill of the last 60 days.

    ``skill`` is 1 less the score of the forecast over that of the share of late files before; None
    where no file was called and settled in these days.
    """

    records: Mapping[Risk, RiskRecord]
    skill: float | None

    @property
    def has_skill(self) -> bool:
        return self.skill is not None and self.skill > 0


def risk_history(
    lives: Sequence[Life],
    days: CountedDays,
    months: Sequence[PastMonth],
    today: int,
    known_on: HazardsOn,
) -> RiskHistory:
    """Over months up to the present one; of the files whose deadline, as known then, is past."""
    called: dict[Risk, list[int]] = {risk: [0, 0] for risk in RISKS}
    own = base = 0.0
    for month in months:
        lives = recent_lives(lives, month)
        for place, morning in enumerate(month.mornings):
            recent = morning >= today - SKILL_DAYS
            if morning >= today or not (recent or place == _RECORD_PLACE):
                continue
            known = known_on[morning]
            if known is None:
                continue
            usual = _late_share(lives, morning)
            for life, late in _in_hand(lives, days, morning, today, known):
                if place == _RECORD_PLACE:
                    record = called[risk_of(late)]
                    record[0] += life.files
                    record[1] += life.files * (not life.on_time)
                if recent:
                    own += life.files * (late - (not life.on_time)) ** 2
                    base += life.files * (usual - (not life.on_time)) ** 2
    records = {risk: RiskRecord(*counts) for risk, counts in called.items()}
    return RiskHistory(records, 1 - own / base if base else None)


def _in_hand(
    lives: Sequence[Life], days: CountedDays, morning: int, today: int, known: Hazards
) -> list[tuple[Life, float]]:
    """The files in hand and in time on a morning and settled since, with their chance to become late."""
    yesterday, past = days.number(morning - 1), days.number(today - 1)
    found = []
    for life in lives:
        if life.is_running or not life.is_open(morning):
            continue
        left = life.left(morning, days)
        if left > 0 and yesterday + left <= past and not life.waits(morning):
            on_time, late = known.of(left)
            found.append((life, late / (on_time + late) if on_time + late else 1.0))
    return found


def _late_share(lives: Sequence[Life], morning: int) -> float:
    """Of the files settled in the window before a morning, as many as were late."""
    on_time = late = 0
    for life in lives:
        settled = life.ended if life.on_time else life.due + 1
        if life.is_running or settled is None:
            continue
        if morning - WINDOW_DAYS <= settled < morning:
            on_time += life.files * life.on_time
            late += life.files * (not life.on_time)
    return (late + 1) / (on_time + late + 2)
