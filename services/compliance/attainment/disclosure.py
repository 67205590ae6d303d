"""What of a fiscal year may be published: no number from 1 to 4, and nothing from which one could
be worked out.

Pure. The rule (docs/counting-rules.md, "What is published"), for each commitment and each basis
apart:

1. where a commitment's files on time, or its late ones, number from 1 to 4, both are withheld and
   the percentage with them; the number measured too, where it is from 1 to 4 itself;
2. where any unit's do, every unit of that commitment is withheld, zeros included: one that is shown
   could be taken from the total.

Nothing is published that adds up over commitments, or over parts of a year. So all that is
published leaves at least two values for each number from 1 to 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from services.compliance.attainment.attainment import Attainment
from services.compliance.attainment.measures import Measure
from services.compliance.explanations.explanation import NO_EXPLANATIONS, Explanation
from services.compliance.periods import Period

SMALL = range(1, 5)
"""Numbers of files that are withheld."""


class DisclosedAttainment(NamedTuple):
    """An attainment as it is published; None for what is withheld."""

    measured: int | None
    on_time: int | None
    late: int | None

    @classmethod
    def of(cls, whole: Attainment) -> DisclosedAttainment:
        """With nothing withheld."""
        return cls(*whole)

    @property
    def withheld(self) -> bool:
        """Whether anything is."""
        return self.on_time is None

    @property
    def ratio(self) -> Fraction | None:
        """None where it is withheld, and where nothing was measured."""
        if self.on_time is None or not self.measured:
            return None
        return Fraction(self.on_time, self.measured)


_WITHHELD = DisclosedAttainment(None, None, None)
_NONE = Attainment(0, 0, 0)


class PublicRow(NamedTuple):
    """A commitment, or a unit of one, on both bases."""

    standard: str
    unit: str | None
    target: Fraction
    decided: DisclosedAttainment
    due: DisclosedAttainment


class Publication(NamedTuple):
    """A fiscal year that is over; of each commitment the total, then its units.

    In the order of the catalogue: a rank would disclose something of a withheld percentage.
    """

    period: Period
    today: date
    rows: Sequence[PublicRow]
    explanations: Mapping[str, Explanation] = NO_EXPLANATIONS


def disclose(
    period: Period,
    today: date,
    rows: Sequence[Measure],
    standards: Sequence[str],
    units: Sequence[str],
) -> Publication:
    """Publish measures of each of ``standards`` and ``units``, in that order.

    A single unit equals the commitment, and has no row.
    """
    measured = {(row.standard, row.unit): row for row in rows}
    published: list[PublicRow] = []
    for standard in standards:
        total = measured[standard, None]
        assert total.target is not None
        each = [measured.get((standard, unit)) for unit in units if len(units) > 1]
        decided = disclose_commitment(
            total.decided, [one.decided if one else _NONE for one in each]
        )
        due = disclose_commitment(total.due, [one.due if one else _NONE for one in each])
        published.append(PublicRow(standard, None, total.target, decided[0], due[0]))
        for unit, on_decided, on_due in zip(units, decided[1], due[1], strict=False):
            published.append(PublicRow(standard, unit, total.target, on_decided, on_due))
    return Publication(period, today, published)


def disclose_commitment(
    total: Attainment, units: Sequence[Attainment]
) -> tuple[DisclosedAttainment, Sequence[DisclosedAttainment]]:
    """What may be published of a commitment on one basis, and of its units."""
    if any(_small(unit) for unit in units):
        of_units = [_WITHHELD] * len(units)
    else:
        of_units = [DisclosedAttainment.of(unit) for unit in units]
    if not _small(total):
        return DisclosedAttainment.of(total), of_units
    measured = None if total.measured in SMALL else total.measured
    return DisclosedAttainment(measured, None, None), of_units


def _small(attainment: Attainment) -> bool:
    return attainment.on_time in SMALL or attainment.late in SMALL
