"""What may be published of a commitment: statistical disclosure control of small numbers.

Pure. The rule is that of docs/counting-rules.md, "What is published". Whether a figure is shown
depends on how many files were measured and on nothing else, unless those are fewer than
:data:`ENOUGH` in all. So to know the rule tells nothing of the files on time:

1. Files on time, late and measured are published where at least :data:`ENOUGH` were measured. Of
   fewer, files on time and late are withheld together where either number is small.
2. Units with fewer files are published together, with enough of their neighbours; what is left of
   them joins the last such group or, where there is none, the smallest unit shown by itself. Both
   bases are grouped alike, or the smaller group could be taken from the larger.
3. A figure that was published is replaced by one that differs by 0 or by at least 5 in every
   number, or by at least :data:`ENOUGH` files, and by no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from services.compliance.attainment.attainment import Attainment
from services.compliance.explanations.explanation import NO_EXPLANATIONS, Explanation
from services.compliance.periods import Period
from services.compliance.projection.corrections import MeasuredBasis

SMALL = range(1, 5)
"""Numbers of files that are withheld where fewer than :data:`ENOUGH` were measured."""

ENOUGH = 30
"""From so many measured files on, every number of them is published."""

UNLISTED_UNITS = "-"
"""The units that have files and that the catalogue no longer has; no unit can have this name."""


class DisclosedAttainment(NamedTuple):
    """An attainment as it is published; None for what is withheld.

    ``percent`` is the whole percentage that is published in place of the numbers, if one is.
    """

    measured: int | None
    on_time: int | None
    late: int | None
    percent: int | None = None

    @classmethod
    def of(cls, whole: Attainment) -> DisclosedAttainment:
        """With nothing withheld."""
        return cls(*whole)

    @property
    def withheld(self) -> bool:
        """Whether any of the numbers is."""
        return self.on_time is None

    @property
    def ratio(self) -> Fraction | None:
        """None where it is withheld, and where nothing was measured."""
        if self.percent is not None:
            return Fraction(self.percent, 100)
        if self.on_time is None or not self.measured:
            return None
        return Fraction(self.on_time, self.measured)


class UnitCell(NamedTuple):
    """What was measured of some units on both bases, none of it withheld; no units are all of them."""

    units: tuple[str, ...]
    decided: Attainment
    due: Attainment

    @property
    def publishable(self) -> bool:
        """Whether each basis has enough files, or none."""
        return all(not one.measured or one.measured >= ENOUGH for one in (self.decided, self.due))

    def on(self, basis: MeasuredBasis) -> Attainment:
        return self.due if basis == "due" else self.decided

    @property
    def size(self) -> int:
        return self.decided.measured + self.due.measured


class PublicRow(NamedTuple):
    """A commitment, or one or several units of it together, on both bases."""

    standard: str
    units: tuple[str, ...]
    target: Fraction
    decided: DisclosedAttainment
    due: DisclosedAttainment

    @property
    def unit(self) -> str | None:
        """The unit, those shown together joined by ``+``; None for all."""
        return "+".join(self.units) or None


class Publication(NamedTuple):
    """A fiscal year that is over; of each commitment the total, then its units.

    In the order of the catalogue: a rank would disclose something of a withheld percentage.
    """

    period: Period
    today: date
    rows: Sequence[PublicRow]
    by_unit: bool = True
    explanations: Mapping[str, Explanation] = NO_EXPLANATIONS

    def of_totals(self) -> Publication:
        """Without the units."""
        totals = [row for row in self.rows if not row.units]
        return self._replace(rows=totals, by_unit=False)


def disclosed(whole: Attainment) -> DisclosedAttainment:
    """What may be published of a commitment, or of units that are shown, on one basis."""
    if whole.measured >= ENOUGH or not (whole.on_time in SMALL or whole.late in SMALL):
        return DisclosedAttainment.of(whole)
    return DisclosedAttainment(None if whole.measured in SMALL else whole.measured, None, None)


def percentage_disclosed(whole: Attainment) -> DisclosedAttainment:
    """Where its numbers may not be published beside others: the percentage, if it is of enough files.

    It is rounded to a whole one, half up, and does not say of how many.
    """
    percent = None
    if whole.measured >= ENOUGH:
        percent = (200 * whole.on_time + whole.measured) // (2 * whole.measured)
    return DisclosedAttainment(None, None, None, percent)


def publishable_units(total: UnitCell, units: Sequence[UnitCell]) -> Sequence[UnitCell]:
    """Units by themselves, and groups of those too small; none where that would tell the total only.

    A total that counts more than the units does so of units that the catalogue no longer has.
    """
    every = _with_unlisted(total, units)
    shown = [one for one in every if one.publishable]
    groups: list[list[UnitCell]] = []
    group: list[UnitCell] = []
    for one in every:
        if not one.publishable:
            group.append(one)
            if _together(group).publishable:
                groups.append(group)
                group = []
    if group and groups:
        groups[-1] += group
    elif group:
        smallest_first = sorted((one for one in shown if one.size), key=lambda one: one.size)
        while smallest_first and not _together(group).publishable:
            group.append(smallest_first.pop(0))
        if not _together(group).publishable:
            return ()
        shown = [one for one in shown if one not in group]
        groups.append(group)
    places = {one.units: place for place, one in enumerate(every)}
    cells = [
        *shown,
        *(_together(sorted(one, key=lambda cell: places[cell.units])) for one in groups),
    ]
    cells.sort(key=lambda cell: places[cell.units[:1]])
    return cells if sum(1 for one in cells if one.size) > 1 else ()


def regroup(
    total: UnitCell, units: Sequence[UnitCell], groups: Sequence[UnitCell]
) -> Sequence[UnitCell] | None:
    """Units in the groups of an earlier publication.

    None where these no longer make the total, or one of them no longer has enough files.
    """
    by_name = {one.units: one for one in _with_unlisted(total, units)}
    cells = [
        _sum(group.units, [by_name[unit,] for unit in group.units if (unit,) in by_name])
        for group in groups
    ]
    whole = _sum((), cells)
    makes_total = (whole.decided, whole.due) == (total.decided, total.due)
    return cells if makes_total and all(one.publishable for one in cells) else None


def may_replace(published: Attainment, later: Attainment) -> bool:
    """Whether both may be published, one after the other: nobody can subtract a small number."""
    changes = [abs(new - old) for old, new in zip(published, later, strict=True)]
    return changes[0] >= ENOUGH or not any(change in SMALL for change in changes)


def _with_unlisted(total: UnitCell, units: Sequence[UnitCell]) -> Sequence[UnitCell]:
    """The units, and what the total counts beside them."""
    listed = _sum((), units)
    decided, due = (
        Attainment(*(one - other for one, other in zip(whole, part, strict=True)))
        for whole, part in ((total.decided, listed.decided), (total.due, listed.due))
    )
    unlisted = UnitCell((UNLISTED_UNITS,), decided, due)
    return [*units, unlisted] if unlisted.size else units


def _together(cells: Sequence[UnitCell]) -> UnitCell:
    return _sum(tuple(unit for one in cells for unit in one.units), cells)


def _sum(units: tuple[str, ...], cells: Sequence[UnitCell]) -> UnitCell:
    decided = Attainment.total([one.decided for one in cells])
    return UnitCell(units, decided, Attainment.total([one.due for one in cells]))
