"""The morning's digest of a unit: what is overdue, what becomes critical today and this week, and what the month will be.

Pure: from whole files counted by deadline. A file becomes critical on the first day on which no more than the threshold remains, so its
deadline tells when; the thresholds are those of the standard's present terms. If nothing is done, every open file that is due in
the month ends late: that is the month's attainment on the *due* basis (§5 of docs/counting-rules.md) at its worst.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.compliance.attainment import Attainment, attainment
from services.compliance.sums import OpenDay, Sums
from shared.calendar import BusinessCalendar
from shared.catalogue import Catalogue
from shared.standards import BusinessDays, Minutes, Months, Standard

_SUNDAY = 6


class Line(NamedTuple):
    """One standard in a unit's digest. ``month`` counts what is decided so far, ``worst`` what will be if nothing is done."""

    standard: str
    overdue: int
    critical_today: int
    critical_this_week: int
    month: Attainment
    worst: Attainment

    @property
    def says_something(self) -> bool:
        return any((self.overdue, self.critical_today, self.critical_this_week, *self.worst))


class Digest(NamedTuple):
    """A unit's digest of a day."""

    unit: str
    day: date
    lines: Sequence[Line]


def month_of(day: date) -> tuple[date, date]:
    """The first and last day of a day's month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def digests(
    catalogue: Catalogue, today: date, running: Sequence[OpenDay], due: Sums
) -> Sequence[Digest]:
    """The digest of every unit that has something in it, in the catalogue's order.

    ``running`` are the files open now, by stage and by deadline; ``due`` those due this month and decided, or overdue.
    """
    made = [
        Digest(unit, today, list(_lines(catalogue, unit, today, running, due)))
        for unit in catalogue.units
    ]
    return [one for one in made if one.lines]


def _lines(
    catalogue: Catalogue, unit: str, today: date, running: Sequence[OpenDay], due: Sums
) -> Iterator[Line]:
    for name, standard in catalogue.standards.items():
        mine = [one for one in running if (one.standard, one.unit) == (name, unit)]
        ended = due.get((name, unit), {}).get("due", {})
        line = _line(name, standard, catalogue.calendar_of(standard), today, mine, ended)
        if line.says_something:
            yield line


def _line(
    name: str,
    standard: Standard,
    calendar: BusinessCalendar,
    today: date,
    mine: Sequence[OpenDay],
    ended: Mapping[str, int],
) -> Line:
    last = month_of(today)[1]
    sunday = today + timedelta(days=_SUNDAY - today.weekday())
    days = [(date.fromordinal(one.day), one.files) for one in mine if one.basis == "open_due"]
    critical = [(critical_on(standard, calendar, due_on), files) for due_on, files in days]
    undone = ended.get("overdue", 0) + sum(files for due_on, files in days if due_on <= last)
    decided = {outcome: files for outcome, files in ended.items() if outcome != "overdue"}
    return Line(
        standard=name,
        overdue=sum(one.files for one in mine if one.outcome == "overdue"),
        critical_today=sum(files for day, files in critical if day == today),
        critical_this_week=sum(files for day, files in critical if day and today < day <= sunday),
        month=attainment(decided),
        worst=attainment({**decided, "overdue": undone}),
    )


def critical_on(standard: Standard, calendar: BusinessCalendar, due_on: date) -> date | None:
    """The day a file due then becomes critical, if nothing happens to it; None without thresholds."""
    terms = standard.current
    if terms.thresholds is None:
        return None
    match terms.limit:
        case BusinessDays():
            return calendar.retreat(due_on, terms.thresholds.critical)
        case Months() | Minutes():
            return due_on - timedelta(days=terms.thresholds.critical)
