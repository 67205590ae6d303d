"""What is published next, given everything that was published before.

Pure. A *release* is what was given to the public of one commitment in one fiscal year: of a year
that is over, or of a current one up to the end of a month. Any two releases of the same year can be
subtracted, so a new one is compared with each of those before, and the last one stands where the
comparison would give a small number. Months that are over are released once at least
:data:`~services.compliance.publication.disclosure.ENOUGH` more files were measured since: what is
left of the year then never is a small number of files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from services.compliance.attainment.attainment import Attainment
from services.compliance.publication.disclosure import (
    ENOUGH,
    NOTHING_DISCLOSED,
    DisclosedAttainment,
    UnitCell,
    may_replace,
    publishable_units,
    regroup,
    total_disclosed,
)

ReleaseKind = Literal["year", "current"]


class Release(NamedTuple):
    """The figures of one commitment: of a whole ``year``, or of the ``current`` one ``through`` a day.

    ``concealed`` is whether the files decided are withheld because of what was said of the current
    year. A current release has no units, and nothing of the files due.
    """

    kind: ReleaseKind
    through: date
    total: UnitCell
    units: tuple[UnitCell, ...] = ()
    concealed: bool = False

    @property
    def decided(self) -> DisclosedAttainment:
        return NOTHING_DISCLOSED if self.concealed else total_disclosed(self.total.decided)

    @property
    def due(self) -> DisclosedAttainment:
        return total_disclosed(self.total.due)


class CumulativeMonth(NamedTuple):
    """The files decided in a fiscal year up to the last day of a month that is over."""

    last: date
    decided: Attainment


def year_release(
    through: date, total: UnitCell, units: Sequence[UnitCell], before: Sequence[Release]
) -> Release:
    """A fiscal year that is over: its figures as they are now, or the last release of it.

    The units stay in the groups in which they were first published.
    """
    current = [one for one in before if one.kind == "current"]
    years = [one for one in before if one.kind == "year"]
    first_groups = next((one.units for one in years if one.units), None)
    if first_groups is None:
        cells: Sequence[UnitCell] | None = publishable_units(total, units)
    else:
        cells = regroup(total, units, first_groups)
    if cells is None:
        return years[-1]
    concealed = not all(may_replace(one.total.decided, total.decided) for one in current)
    candidate = Release("year", through, total, () if concealed else tuple(cells), concealed)
    if all(_may_follow(candidate, one) for one in years):
        return candidate
    return years[-1]


def _may_follow(later: Release, published: Release) -> bool:
    before = {one.units: one for one in (published.total, *published.units)}
    return all(
        may_replace(before[one.units].decided, one.decided)
        and may_replace(before[one.units].due, one.due)
        for one in (later.total, *later.units)
        if one.units in before
    )


def current_release(
    months: Sequence[CumulativeMonth], until_now: Attainment, before: Sequence[Release]
) -> Release | None:
    """The current fiscal year to the end of a month; the last release where none may follow it yet.

    ``months`` are those of the year that are over, in order.
    """
    current = [one for one in before if one.kind == "current"]
    for month in reversed(months):
        measured = month.decided.measured
        enough_left = until_now.measured - measured >= ENOUGH
        enough_more = all(
            month.last > one.through and measured - one.total.decided.measured >= ENOUGH
            for one in current
        )
        if measured >= ENOUGH and enough_left and enough_more:
            nothing_due = Attainment(0, 0, 0)
            return Release("current", month.last, UnitCell((), month.decided, nothing_due))
    return current[-1] if current else None
