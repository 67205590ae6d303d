"""The morning's digest of a unit: which files need an eye today, by name, and what the month will be.

Pure. A measured file that is open needs an eye once it is critical, and stands in one column: overdue, on its last day, or critical
with days left. Its last day has come when its deadline has and it is not late. If nothing is done, every open file that is due in the
month ends late: that is the month's attainment on the *due* basis (§5 of docs/counting-rules.md) at its worst.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from services.compliance.attainment.attainment import Attainment, attainment_of
from services.compliance.projection.tally_scope import OpenDay, TallySums
from shared.domain import Catalogue, CycleState

Column = Literal["overdue", "last_day", "critical"]

COLUMNS: Final[tuple[Column, ...]] = ("overdue", "last_day", "critical")
"""From the gravest to the mildest."""

MOST_FILES: Final = 20
"""How many files a digest names."""


class UrgentFile(NamedTuple):
    """A file that needs an eye."""

    file_id: str
    standard: str
    column: Column
    state: CycleState


class Urgent(NamedTuple):
    """How many files of a unit need an eye, by standard and column, and the first of them, gravest first."""

    counts: Counter[tuple[str, Column]]
    first: Sequence[UrgentFile]


class DigestLine(NamedTuple):
    """One standard in a unit's digest. ``month`` counts what is decided so far, ``worst`` what will be if nothing is done."""

    standard: str
    overdue: int
    last_day: int
    critical: int
    month: Attainment
    worst: Attainment

    @property
    def says_something(self) -> bool:
        return any((self.overdue, self.last_day, self.critical, *self.worst))


class Digest(NamedTuple):
    """A unit's digest of a day; ``files`` are the first that need an eye."""

    unit: str
    day: date
    lines: Sequence[DigestLine]
    files: Sequence[UrgentFile]

    def total(self, column: Column) -> int:
        """How many files of the unit stand in a column."""
        return sum(getattr(line, column) for line in self.lines)

    @property
    def unnamed(self) -> int:
        """How many files need an eye beside those that are named."""
        return sum(map(self.total, COLUMNS)) - len(self.files)


def column(state: CycleState, today: date) -> Column | None:
    """Where a cycle stands in a digest; None where it needs no eye, or is not measured."""
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
    """A unit's digest, if there is something in it.

    ``running`` are the files in hand by their deadline; ``due`` those due this month and decided, or overdue.
    """
    lines = list(_lines(catalogue, unit, today, urgent, running, due))
    return Digest(unit, today, lines, urgent.first) if lines else None


def _lines(
    catalogue: Catalogue,
    unit: str,
    today: date,
    urgent: Urgent,
    running: Sequence[OpenDay],
    due: TallySums,
) -> Iterator[DigestLine]:
    last = month_of(today)[1].toordinal()
    for name in catalogue.standards:
        mine = [one for one in running if (one.standard, one.unit) == (name, unit)]
        undone = sum(one.files for one in mine if one.day <= last)
        ended = due.get((name, unit), {}).get("due", {})
        line = _line(name, urgent, ended, undone)
        if line.says_something:
            yield line


def _line(name: str, urgent: Urgent, ended: Mapping[str, int], undone: int) -> DigestLine:
    decided = {outcome: files for outcome, files in ended.items() if outcome != "overdue"}
    return DigestLine(
        standard=name,
        overdue=urgent.counts[name, "overdue"],
        last_day=urgent.counts[name, "last_day"],
        critical=urgent.counts[name, "critical"],
        month=attainment_of(decided),
        worst=attainment_of({**decided, "overdue": ended.get("overdue", 0) + undone}),
    )
