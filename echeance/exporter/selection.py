"""Which files are exported: those of a standard, of a unit, with a cycle in a period.

Pure. A word that the catalogue lacks is refused: it would select nothing, in silence.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

from echeance.exporter.exported import ExportedCycle, ExportedFile
from shared.domain import Catalogue

PeriodBasis = Literal["received", "ended"]
"""Which day of a cycle lies in the period."""


class SelectionError(ValueError):
    """A word that the catalogue does not have; ``known`` are those that it has."""

    def __init__(self, option: str, word: str, known: list[str]) -> None:
        super().__init__(f"{word!r}: {', '.join(known)}")
        self.option = option


class Selection(NamedTuple):
    """A file is selected where one of its cycles is; it is exported whole.

    Of its cycle, the day on which it was received (or ended) is one from the first of ``days`` to the last.
    """

    standard: str | None = None
    unit: str | None = None
    days: tuple[date, date] | None = None
    basis: PeriodBasis = "received"

    def require_known(self, catalogue: Catalogue) -> None:
        """Raise :class:`SelectionError` for a standard, service or unit that is not the catalogue's."""
        for option, word, known in (
            ("--standard", self.standard, [*catalogue.standards, *catalogue.services]),
            ("--unit", self.unit, list(catalogue.units)),
        ):
            if word is not None and word not in known:
                raise SelectionError(option, word, known)

    def selects(self, file: ExportedFile) -> bool:
        if self.standard is None and self.unit is None and self.days is None:
            return True
        return any(self._has(file, cycle) for cycle in file.cycles)

    def _has(self, file: ExportedFile, cycle: ExportedCycle) -> bool:
        if self.standard not in (None, file.standard, cycle.of_standard.name):
            return False
        if self.unit not in (None, cycle.unit):
            return False
        if self.days is None:
            return True
        state = cycle.clock.state
        day = state.received_on if self.basis == "received" else state.ended_on
        first, last = self.days
        return day is not None and first <= day <= last
