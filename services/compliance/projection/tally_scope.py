"""Parameters and results of the tally queries. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.compliance.projection.rollups import EVERY_UNIT
from services.compliance.projection.snapshot_tallies import COUNTED_AGAIN, Basis
from shared.domain import Catalogue


class TallyScope(NamedTuple):
    """Standards and units: ``units`` None for all; ``each_unit`` are also reported one by one.

    ``known_on`` is the day at the end of which figures are as they were known; None for now.
    """

    standards: Sequence[str]
    units: Sequence[str] | None
    each_unit: Sequence[str] = ()
    known_on: date | None = None

    def repeated(self, catalogue: Catalogue) -> TallyScope:
        """What a sum over these standards counts more than once, of services' files."""
        of_services = {name for one in catalogue.services.values() for name in one.standards}
        return self._replace(
            standards=[COUNTED_AGAIN + name for name in self.standards if name in of_services]
        )

    def whole(self) -> Sequence[str]:
        """The units whose tallies make the total."""
        return self.units if self.units is not None else (EVERY_UNIT,)

    def read(self) -> Sequence[str]:
        """The units whose tallies have to be read."""
        return self.units if self.units is not None else (*self.whole(), *self.each_unit)

    def places(self, unit: str) -> Sequence[str | None]:
        """Where a unit's tallies count: in the total (None), under its own name, or both."""
        if self.units is None:
            return (None,) if unit == EVERY_UNIT else (unit,)
        return self.places_of_single(unit)

    def places_of_single(self, unit: str) -> Sequence[str | None]:
        """Where what a unit has counts, read where all units together have no rows of their own."""
        return (None, unit) if unit in self.each_unit else (None,)


Outcomes = Mapping[str, int]

TallySums = dict[tuple[str, str | None], Mapping[Basis, Outcomes]]
"""Files by outcome, by basis, for each standard and unit (None for all of the scope)."""


class Days(NamedTuple):
    """Days from ``first`` to ``last``, both included, on a basis.

    ``today`` is the last on which anything can have happened, where that bounds a basis.
    """

    basis: Basis
    first: date
    last: date
    today: date = date.max


class OpenDay(NamedTuple):
    """Files counted on one day of a basis of what is open; ``day`` is an ordinal."""

    standard: str
    unit: str | None
    basis: Basis
    day: int
    outcome: str
    files: int
