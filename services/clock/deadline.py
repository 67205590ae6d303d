"""The what-if calculator: from a reception to every date that follows from it.

Pure. It asks the law itself: a made-up history is evaluated at the reception, then at each crossing in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from services.clock.views import DeadlineView, StageDate, cycle_view
from shared import cycles, delay
from shared.catalogue import Catalogue
from shared.cycles import History
from shared.events import (
    DocumentsReceived,
    DocumentsRequested,
    Event,
    Received,
    ReceivedData,
    RequestData,
    Stage,
)

_SOURCE = "urn:echeance:what-if"


class Wait(NamedTuple):
    """Documents requested at one instant and received at another."""

    requested_at: datetime
    received_at: datetime


def deadline(
    catalogue: Catalogue, standard: str, received_at: datetime, waits: Sequence[Wait] = ()
) -> DeadlineView:
    """Due date and stages of a file received at an instant; raises ``CoverageError``, or KeyError for an unknown standard."""
    promised = catalogue.standards[standard]
    calendar = catalogue.calendar_of(promised)
    history = cycles.history(_events(standard, received_at, waits))
    clock = delay.evaluate(history, promised, calendar, history[-1].time)
    view = cycle_view(clock.cycles[-1], promised)
    stages = {
        stage: StageDate(
            stage=stage,
            begins_at=since.astimezone(calendar.zone),
            begins_on=calendar.local_day(since),
        )
        for stage, since in _stages(catalogue, standard, history)
    }
    return DeadlineView(
        standard=standard,
        calendar=calendar.identifier,
        calendar_version=calendar.version,
        received_at=received_at.astimezone(calendar.zone),
        limit_unit=view.limit_unit,
        limit=view.limit,
        due_on=view.due_on,
        breaches_at=view.breaches_at and view.breaches_at.astimezone(calendar.zone),
        stages=list(stages.values()),
    )


def _stages(
    catalogue: Catalogue, standard: str, history: History
) -> Iterator[tuple[Stage, datetime]]:
    promised = catalogue.standards[standard]
    calendar = catalogue.calendar_of(promised)
    at: datetime | None = history[-1].time
    while at is not None:
        clock = delay.evaluate(history, promised, calendar, at)
        state = clock.cycles[-1].state
        if state.stage is not None and state.stage_since is not None:
            yield state.stage, state.stage_since
        at = clock.crosses_at


def _events(standard: str, received_at: datetime, waits: Sequence[Wait]) -> Iterator[Event]:
    def named(number: int, at: datetime) -> dict[str, object]:
        return {
            "id": f"{number:03}",
            "source": _SOURCE,
            "file_id": "what-if",
            "time": at,
            "recorded_at": at,
        }

    yield Received(**named(0, received_at), data=ReceivedData(standard=standard, unit="none"))  # type: ignore[arg-type]
    for index, wait in enumerate(waits):
        request = RequestData(request_id=f"{index}")
        yield DocumentsRequested(**named(2 * index + 1, wait.requested_at), data=request)  # type: ignore[arg-type]
        yield DocumentsReceived(**named(2 * index + 2, wait.received_at), data=request)  # type: ignore[arg-type]
