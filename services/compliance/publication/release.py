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
from services.compliance.projection.corrections import MeasuredBasis
from services.compliance.publication.disclosure import (
    ENOUGH,
    DisclosedAttainment,
    UnitCell,
    disclosed,
    may_replace,
    percentage_disclosed,
    publishable_units,
    regroup,
)

ReleaseKind = Literal["year", "current"]
_BASES: Sequence[MeasuredBasis] = ("decided", "due")


class Release(NamedTuple):
    """The figures of one commitment: of a whole ``year``, or of the ``current`` one ``through`` a day.

    ``concealed`` are the bases whose numbers are withheld, because another figure that is published
    would differ from them by a small number. A current release has no units, and nothing of the files due.
    """

    kind: ReleaseKind
    through: date
    total: UnitCell
    units: tuple[UnitCell, ...] = ()
    concealed: tuple[MeasuredBasis, ...] = ()

    @property
    def decided(self) -> DisclosedAttainment:
        """What is published of the total."""
        return self.of(self.total, "decided")

    @property
    def due(self) -> DisclosedAttainment:
        return self.of(self.total, "due")

    def of(self, cell: UnitCell, basis: MeasuredBasis) -> DisclosedAttainment:
        """What is published of the total, or of some units, on a basis."""
        if basis in self.concealed:
            return percentage_disclosed(cell.on(basis))
        return disclosed(cell.on(basis))


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
    candidate = Release("year", through, total, tuple(cells))
    if not all(_may_stand_beside(candidate, "decided", one) for one in current):
        candidate = candidate._replace(units=(), concealed=("decided",))
    rows = (total, *candidate.units)
    if not all(may_replace(one.decided, one.due) for one in rows) or not all(
        _may_stand_beside(candidate, "due", one) for one in current
    ):
        candidate = candidate._replace(concealed=(*candidate.concealed, "due"))
    published = [basis for basis in _BASES if basis not in candidate.concealed]
    if all(_may_stand_beside(candidate, basis, one) for one in years for basis in published):
        return candidate
    return years[-1]


def _may_stand_beside(later: Release, basis: MeasuredBasis, earlier: Release) -> bool:
    """Whether a basis of a release may be published after another release, on either basis."""
    before = {one.units: one for one in (earlier.total, *earlier.units)}
    return all(
        may_replace(before[one.units].on(known), one.on(basis))
        for one in (later.total, *later.units)
        if one.units in before
        for known in _BASES
        if known not in earlier.concealed
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
            total = UnitCell((), month.decided, nothing_due)
            return Release("current", month.last, total, concealed=("due",))
    return current[-1] if current else None
