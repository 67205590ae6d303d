"""The calculator: the dates that follow from a form, or its mistakes by field. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from services.compliance.board import months as month_grid
from services.compliance.board.months import Around, MonthGrid
from shared.domain import (
    NOT_SHARED,
    Catalogue,
    CycleClock,
    Deadline,
    LedgerDay,
    LimitUnit,
    Stage,
    Standard,
    Target,
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
    unit: str = ""
    attributes: Mapping[str, str] = MappingProxyType({})


class CalculatorResult(NamedTuple):
    """The dates of a reception by one standard, and its deadlines by ``further`` targets;
    ``shortened`` where only the last ``months`` are kept.
    """

    name: str
    standard: Standard
    terms: Terms
    calendar: BusinessCalendar
    cycle: CycleClock
    stages: Mapping[Stage, datetime]
    unit: LimitUnit
    days: Sequence[LedgerDay]
    months: Sequence[MonthGrid]
    shortened: bool
    further: Sequence[tuple[Target, Deadline]]


class CalculatorInputError(Exception):
    """What cannot be read: a word for each field (``standard``, ``received``, ``wait-1``…)."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        super().__init__(", ".join(mistakes))
        self.mistakes = mistakes


def depends_on_time(catalogue: Catalogue, word: str, today: date) -> bool:
    """Whether the time of day of a reception matters to a standard or service, as of a day."""
    return any(
        _depends_on_time(terms)
        for name in catalogue.standards_of(word)
        for terms in (
            catalogue.standards[name].followed_by(today),
            *_by_attributes(catalogue, name),
        )
    )


def _depends_on_time(terms: Terms) -> bool:
    return not terms.limit.counts_days or terms.received_outside is not None


def _by_attributes(catalogue: Catalogue, name: str) -> Sequence[Terms]:
    return [terms for terms in catalogue.standards[name].terms if terms.when]


def calculate(
    form: CalculatorForm, catalogue: Catalogue, first_weekday: int
) -> Sequence[CalculatorResult]:
    """What follows from a form, by each standard; raises :class:`CalculatorInputError`."""
    names = catalogue.standards_of(form.standard)
    mistakes = {} if names else {"standard": "unknown_standard"}
    if form.unit and form.unit not in catalogue.units:
        mistakes["unit"] = "unknown_unit"
    commitments = [
        (name, standard, catalogue.calendar_of(standard, form.unit or None))
        for name, standard in ((name, catalogue.standards[name]) for name in names)
    ]
    calendar = commitments[0][2] if commitments else catalogue.calendar()
    received_at, waits = _read(form, calendar, mistakes)
    if received_at is None or mistakes:
        raise CalculatorInputError(mistakes)
    try:
        day = calendar.local_day(received_at)
        if "T" not in form.received and depends_on_time(catalogue, form.standard, day):
            raise CalculatorInputError({"received": "needs_time"})
        return [
            _layout(
                name,
                evaluate_what_if(name, standard, own, received_at, waits, form.attributes),
                standard,
                own,
                first_weekday,
            )
            for name, standard, own in commitments
        ]
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
    name: str, what_if: WhatIf, standard: Standard, calendar: BusinessCalendar, first_weekday: int
) -> CalculatorResult:
    """Every day from the reception to the deadline."""
    state = what_if.cycle.state
    assert state.due_on is not None and state.breaches_at is not None  # every wait was answered
    terms = standard.terms_of(state)
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
        name=name,
        standard=standard,
        terms=terms,
        calendar=calendar,
        cycle=what_if.cycle,
        stages=what_if.stages,
        unit=days.unit,
        days=window.days,
        months=months,
        shortened=window.earlier is not None,
        further=what_if.further,
    )
