"""How long files like theirs took, as clients are told: from the 20th to the 80th percentile.

Pure. Of the last quarter that is over, so that no two days differ by the files of one; and only where
at least 30 files were decided in it, so that six of them at least lie beyond each end. At least six files
in ten took so long. The delay is net, without what the client was waited for.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple

from services.compliance.delays.distribution import Delays
from services.compliance.periods import Period, parse_period
from shared.domain import LimitUnit

FEWEST_FILES: Final = 30
_LOW, _HIGH = 20, 80


class UsualDelay(NamedTuple):
    """Between which delays most files of a period were decided, in days or seconds."""

    period: Period
    low: int
    high: int
    unit: LimitUnit


def last_quarter(today: date) -> Period:
    """The last calendar quarter that is over."""
    return parse_period("quarter", parse_period("quarter", today).first - timedelta(days=1))


def usual_delay(delays: Delays, period: Period) -> UsualDelay | None:
    """None where too few files were decided to say so in public."""
    low, high = delays.net.percentile(_LOW), delays.net.percentile(_HIGH)
    if low is None or high is None or delays.net.files < FEWEST_FILES:
        return None
    return UsualDelay(period, low, high, delays.unit)
