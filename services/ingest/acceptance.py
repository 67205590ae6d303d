"""Events that were parsed, into the log: counted once durable, or the problem that says to try again."""

from __future__ import annotations

from collections.abc import Sequence

from services.ingest.cloudevents import PROBLEMS
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import BusyError, Publisher
from shared.domain import Event
from shared.errors import UnavailableError
from shared.http import ProblemError
from shared.log import Position

_RETRY_AFTER = {"retry-after": "2"}


async def accept(
    publisher: Publisher, metrics: IntakeMetrics, events: Sequence[Event]
) -> Sequence[Position]:
    """The position of each event; :class:`ProblemError` 429 or 503 where they are not known to be durable."""
    try:
        positions = await publisher.publish(events) if events else ()
    except BusyError:
        raise again_later(429, "too_busy") from None
    except UnavailableError:
        raise again_later(503, "log_unavailable") from None
    metrics.count_accepted(events)
    return positions


def again_later(status: int, code: str) -> ProblemError:
    """A problem of the moment, with ``Retry-After``."""
    return ProblemError(status, code, PROBLEMS[code], headers=_RETRY_AFTER)
