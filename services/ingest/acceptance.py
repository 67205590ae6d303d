"""Events that were parsed, into the log: counted once durable, or the problem that says to try again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.ingest.cloudevents import PROBLEMS
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import BusyError, Publisher
from shared.domain import Event
from shared.errors import UnavailableError
from shared.http import ProblemError
from shared.log import Position

EVENTS_AT_ONCE: Final = 500
"""A larger batch is appended in parts, between which other posts have their turn."""
_RETRY_AFTER = {"retry-after": "2"}


async def accept(
    publisher: Publisher, metrics: IntakeMetrics, events: Sequence[Event]
) -> Sequence[Position]:
    """The position of each event; :class:`ProblemError` 429 or 503 where they are not known to be durable.

    Of a large batch a part may be durable then, as an append that was not acknowledged may be.
    """
    positions: list[Position] = []
    try:
        for begin in range(0, len(events), EVENTS_AT_ONCE):
            part = events[begin : begin + EVENTS_AT_ONCE]
            positions += await publisher.publish(part)
            metrics.count_accepted(part)
    except BusyError:
        raise again_later(429, "too_busy") from None
    except UnavailableError:
        raise again_later(503, "log_unavailable") from None
    return positions


def again_later(status: int, code: str) -> ProblemError:
    """A problem of the moment, with ``Retry-After``."""
    return ProblemError(status, code, PROBLEMS[code], headers=_RETRY_AFTER)
