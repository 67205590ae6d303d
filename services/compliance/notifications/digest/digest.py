"""The daily digest of a unit: its urgent files by name, and the attainment of the month.

Pure. An open measured file is urgent once it is critical, and is counted once: overdue, on its last
day (its deadline has come, it is not late), or critical with days left; and so is one that has
waited for an answer for long. ``worst`` is the attainment
on the *due* basis if every open file due in the month ends late (§5 of docs/counting-rules.md).
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from services.compliance.attainment.attainment import Attainment, attainment_of
from services.compliance.projection.tally_scope import OpenDay, TallySums
from shared.domain import Catalogue, CycleState

Urgency = Literal["overdue", "last_day", "critical", "waiting_long"]

URGENCIES: Final[tuple[Urgency, ...]] = ("overdue", "last_day", "critical", "waiting_long")
"""From the gravest to the mildest; the last waits for an answer, for longer than is let pass."""

MOST_FILES: Final = 20
"""How many files a digest names."""


class UrgentFile(NamedTuple):
    """An urgent file."""

    file_id: str
    standard: str
    urgency: Urgency
    state: CycleState


class Urgent(NamedTuple):
    """A unit's urgent files: counts by standard and urgency, and the gravest of them."""

    counts: Counter[tuple[str, Urgency]]
    first: Sequence[UrgentFile]


class DigestLine(NamedTuple):
    """A standard's line: ``month`` counts decided files, ``worst`` also open ones as late."""

    standard: str
    overdue: int
    last_day: int
    critical: int
    month: Attainment
    worst: Attainment
    waiting_long: int = 0

    @property
    def is_worth_a_line(self) -> bool:
        return any((self.overdue, self.last_day, self.critical, self.waiting_long, *self.worst))


class Digest(NamedTuple):
    """A unit's digest of a day; ``files`` are the first urgent ones."""

    unit: str
    day: date
    lines: Sequence[DigestLine]
    files: Sequence[UrgentFile]

    def total(self, urgency: Urgency) -> int:
        """The files of the unit that are so urgent."""
        return sum(getattr(line, urgency) for line in self.lines)

    @property
    def unnamed(self) -> int:
        """The urgent files that are not listed."""
        return sum(map(self.total, URGENCIES)) - len(self.files)


def urgency_of(state: CycleState, today: date) -> Urgency | None:
    """The urgency of a cycle; None where it is not urgent, or not measured."""
    if state.measured and state.stage == "waiting_long":
        return "waiting_long"
    if not state.measured or state.stage is None or state.due_on is None:
        return None
    if state.stage == "overdue":
        return "overdue"
    if state.due_on <= today:
        return "last_day"
    return "critical" if state.stage == "critical" else None


def month_of(day: date) -> tuple[date, date]:
    """The first and last day of a day's month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def digest(
    catalogue: Catalogue,
    unit: str,
    today: date,
    urgent: Urgent,
    running: Sequence[OpenDay],
    due: TallySums,
) -> Digest | None:
    """A unit's digest, or None where it would be empty.

    ``running`` are the open files by deadline; ``due`` those due this month, decided or overdue.
    """
    last = month_of(today)[1].toordinal()
    lines = []
    for name in catalogue.standards:
        of_line = [one for one in running if (one.standard, one.unit) == (name, unit)]
        open_due = sum(one.files for one in of_line if one.day <= last)
        ended = due.get((name, unit), {}).get("due", {})
        decided = {outcome: files for outcome, files in ended.items() if outcome != "overdue"}
        line = DigestLine(
            standard=name,
            overdue=urgent.counts[name, "overdue"],
            last_day=urgent.counts[name, "last_day"],
            critical=urgent.counts[name, "critical"],
            month=attainment_of(decided),
            worst=attainment_of({**decided, "overdue": ended.get("overdue", 0) + open_due}),
            waiting_long=urgent.counts[name, "waiting_long"],
        )
        if line.is_worth_a_line:
            lines.append(line)
    return Digest(unit, today, lines, urgent.first) if lines else None
