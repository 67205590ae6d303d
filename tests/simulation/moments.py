"""How time goes by in the simulation: in irregular steps, with a liking for the instants at which something changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random

from tests.unit.domain.oracle_calendar import MONTREAL

MICROSECOND = timedelta(microseconds=1)


def following(random: Random, now: datetime, soonest: datetime | None) -> datetime:
    """Some minutes, hours or days later; or just before, at or after a midnight; or the moment an early event comes."""
    chance = random.random()
    if chance < 0.5:
        return now + timedelta(minutes=random.random() * 900)
    if chance < 0.7:
        return now + timedelta(hours=random.random() * 90)
    if chance < 0.85:
        return now + timedelta(days=random.random() * 9)
    if chance < 0.92 and soonest is not None:
        return max(now, soonest)
    tomorrow = now.astimezone(MONTREAL).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), MONTREAL).astimezone(UTC)
    return midnight + random.choice([-1, 0, 1]) * MICROSECOND
