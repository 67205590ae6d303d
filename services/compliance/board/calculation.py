"""The calculator: the dates that follow from a form, or its mistakes by field. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from services.compliance.board import months as month_grid
from services.compliance.board.months import Around, MonthGrid
from shared.domain import (
    NOT_SHARED,
    Catalogue,
    CycleClock,
    LedgerDay,
    LimitUnit,
    Stage,
    Standard,
    Terms,
    Wait,
    WhatIf,
    evaluate_what_if,
    file_ledger,
)
from shared.domain.calendars import BusinessCalendar, CoverageError

MOST_WAITS: Final = 10
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")


class CalculatorForm(NamedTuple):
    """What was written; a wait is when documents were requested, and when they came."""

    standard: str
    received: str
    waits: Sequence[tuple[str, str]] = ()


class CalculatorResult(NamedTuple):
    """The dates of a reception; ``shortened`` where only the last ``months`` are kept."""

    standard: Standard
    terms: Terms
    calendar: BusinessCalendar
    cycle: CycleClock
    stages: Mapping[Stage, datetime]
    unit: LimitUnit
    days: Sequence[LedgerDay]
    months: Sequence[MonthGrid]
    shortened: bool


class CalculatorInputError(Exception):
    """What cannot be read: a word for each field (``standard``, ``received``, ``wait-1``…)."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        super().__init__(", ".join(mistakes))
        self.mistakes = mistakes


def in_minutes(standard: Standard, today: date) -> bool:
    """Whether a standard's limit is in minutes now, so that a moment is asked for and not a day."""
    return not standard.followed_by(today).limit.counts_days


def calculate(form: CalculatorForm, catalogue: Catalogue, first_weekday: int) -> CalculatorResult:
    """What follows from a form; raises :class:`CalculatorInputError`."""
    standard = catalogue.standards.get(form.standard)
    mistakes = {} if standard else {"standard": "unknown_standard"}
    calendar = catalogue.calendar_of(standard) if standard else catalogue.calendar()
    received_at, waits = _read(form, calendar, mistakes)
    if standard is None or received_at is None or mistakes:
        raise CalculatorInputError(mistakes)
    try:
        if in_minutes(standard, calendar.local_day(received_at)) and "T" not in form.received:
            raise CalculatorInputError({"received": "needs_time"})
        what_if = evaluate_what_if(form.standard, standard, calendar, received_at, waits)
        return _layout(what_if, standard, calendar, first_weekday)
    except CoverageError:
        raise CalculatorInputError({"received": "outside"}) from None


def _read(
    form: CalculatorForm, calendar: BusinessCalendar, mistakes: dict[str, str]
) -> tuple[datetime | None, Sequence[Wait]]:
    """The instants that were written; what cannot be read is added to the mistakes."""
    received_at = _instant(form.received, calendar)
    if received_at is None:
        mistakes["received"] = "unreadable" if form.received else "missing"
    waits = []
    for number, (requested, answered) in enumerate(form.waits, 1):
        began, ended = _instant(requested, calendar), _instant(answered, calendar)
        if began is None or ended is None:
            mistakes[f"wait-{number}"] = "both_dates"
        elif began > ended:
            mistakes[f"wait-{number}"] = "backwards"
        elif received_at is not None and began < received_at:
            mistakes[f"wait-{number}"] = "before_reception"
        else:
            waits.append(Wait(began, ended))
    return received_at, waits


def _instant(written: str, calendar: BusinessCalendar) -> datetime | None:
    """The first instant of a day, or a local moment; None for anything else."""
    if not (_DAY.fullmatch(written) or _MOMENT.fullmatch(written)):
        return None
    try:
        return datetime.fromisoformat(written).replace(tzinfo=calendar.zone)
    except ValueError:
        return None


def _layout(
    what_if: WhatIf, standard: Standard, calendar: BusinessCalendar, first_weekday: int
) -> CalculatorResult:
    """Every day from the reception to the deadline."""
    state = what_if.cycle.state
    assert state.due_on is not None and state.breaches_at is not None  # every wait was answered
    terms = standard.followed_by(state.received_on)
    # The last instant on time: at the next one the day counts beyond its limit.
    until = state.breaches_at - timedelta.resolution
    if terms.limit.counts_days:
        until = calendar.midnight(state.due_on) + timedelta(hours=1)
    until = max(until, what_if.history[-1].time)
    [days] = file_ledger(what_if.history, standard, calendar, until, NOT_SHARED)
    around = Around(date.max, state.due_on, what_if.cycle.limit, first_weekday)
    window = month_grid.window(days.days)
    months = month_grid.of_ledger(window.days, around)
    return CalculatorResult(
        standard=standard,
        terms=terms,
        calendar=calendar,
        cycle=what_if.cycle,
        stages=what_if.stages,
        unit=days.unit,
        days=window.days,
        months=months,
        shortened=window.earlier is not None,
    )
