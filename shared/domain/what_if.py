"""What if: the deadline and stages of a hypothetical file with given reception and waits.

Pure. A made-up history is evaluated by the law at its last event, then at each crossing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from shared.domain import cycles, delay
from shared.domain.calendars import BusinessCalendar
from shared.domain.commitments import Standard, Target
from shared.domain.cycles import History
from shared.domain.delay import CycleClock, Deadline
from shared.domain.events import (
    AnswerData,
    DocumentsReceived,
    DocumentsRequested,
    Event,
    Reached,
    ReachedData,
    Received,
    ReceivedData,
    RequestData,
)
from shared.domain.ownership import NOT_SHARED
from shared.domain.records import Stage

_SOURCE = "urn:echeance:what-if"


class Wait(NamedTuple):
    """Documents requested at one instant and received at another."""

    requested_at: datetime
    received_at: datetime


class WhatIf(NamedTuple):
    """A made-up history, its cycle as of the last event, and the beginning of each stage.

    ``further`` has the deadline by each target after the first.
    """

    history: History
    cycle: CycleClock
    stages: Mapping[Stage, datetime]
    further: Sequence[tuple[Target, Deadline]] = ()


def evaluate_what_if(
    name: str,
    standard: Standard,
    calendar: BusinessCalendar,
    received_at: datetime,
    waits: Sequence[Wait] = (),
    attributes: Mapping[str, str] | None = None,
) -> WhatIf:
    """The dates of a file of a standard received at an instant; raises ``CoverageError``.

    Where a milestone begins the standard's count, it is reached at that instant.
    """
    reception = ReceivedData(standard=name, unit="none", attributes=dict(attributes or {}))
    events = _events(reception, standard.begins_with, received_at, waits)
    history = cycles.history(events)
    calculator, at = delay.DelayCalculator(standard, calendar), history[-1].time
    file = cycles.read_cycles(history, at, NOT_SHARED, lambda _: calculator.passage)
    cycle, stages = calculator.clock(file).cycles[-1], dict(_stages(standard, calendar, history))
    targets = standard.terms_of(cycle.state).tiers
    further = zip(targets, calculator.further_deadlines(file), strict=True)
    return WhatIf(history, cycle, stages, list(further))


def _stages(
    standard: Standard, calendar: BusinessCalendar, history: History
) -> Iterator[tuple[Stage, datetime]]:
    at: datetime | None = history[-1].time
    while at is not None:
        clock = delay.evaluate(history, standard, calendar, at)
        state = clock.cycles[-1].state
        if state.stage is not None and state.stage_since is not None:
            yield state.stage, state.stage_since
        at = clock.crosses_at


def _events(
    reception: ReceivedData, milestone: str | None, received_at: datetime, waits: Sequence[Wait]
) -> Iterator[Event]:
    yield _event(Received, 0, received_at, reception)
    if milestone is not None:
        yield _event(Reached, 1, received_at, ReachedData(milestone=milestone))
    for index, wait in enumerate(waits):
        name = f"{index + 1}"
        requested, received = RequestData(request_id=name), AnswerData(request_id=name)
        yield _event(DocumentsRequested, 2 * index + 2, wait.requested_at, requested)
        yield _event(DocumentsReceived, 2 * index + 3, wait.received_at, received)


def _event(
    event_type: Callable[..., Event],
    number: int,
    at: datetime,
    data: ReceivedData | ReachedData | RequestData | AnswerData,
) -> Event:
    return event_type(
        id=f"{number:03}", source=_SOURCE, file_id="what-if", time=at, recorded_at=at, data=data
    )
