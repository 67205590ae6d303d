"""Parameters of requests, checked against the catalogue and the units of the reader."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Literal

from services.compliance.periods import Period, PeriodError, fiscal_year, is_over, parse_period
from services.compliance.projection import ComplianceStore, TallyScope
from shared.domain import Catalogue, microseconds
from shared.http import Principal, ProblemError
from shared.process import Now
from shared.text import Text, moments

_BAD_PERIOD = Text(
    "Écrire une période 2026-11, 2026-Q4, 2026-2027, rolling-30-to-2026-10-31, ou month, quarter, fiscal-year, rolling-30, rolling-90.",
    "Write a period as 2026-11, 2026-Q4, 2026-2027, rolling-30-to-2026-10-31, or month, quarter, fiscal-year, rolling-30, rolling-90.",
)
_UNKNOWN_STANDARD = Text(
    "Le catalogue n’a pas cet engagement : voir /v1/standards.",
    "The catalogue has no such standard: see /v1/standards.",
)
_UNKNOWN_UNIT = Text("Le catalogue n’a pas cette unité.", "The catalogue has no such unit.")
_NOT_A_YEAR = Text(
    "Ce qui se publie est un exercice : écrire 2025-2026.",
    "What is published is a fiscal year: write 2025-2026.",
)
_NOT_OVER = Text(
    "Un exercice se publie une fois terminé : d’ici là, la différence de deux publications dirait des nombres qu’il faut taire.",
    "A fiscal year is published once it is over: until then, two publications would differ by numbers that must not be told.",
)
_NOT_KNOWN = Text(
    "Ce qui était connu se lit à partir du {day}\u00a0: un programme antérieur a compté ce qui précède.",
    "What was known can be read from {day} on: an earlier program counted what came before.",
)
_OWN_UNITS = Text(
    "Ceci compte toutes les unités ; ce jeton n’en voit que certaines.",
    "This counts every unit; this token sees some of them only.",
)


def require_every_unit(reader: Principal) -> None:
    """Raise for a reader of some units only: what is published counts all of them."""
    if reader.units is not None:
        raise ProblemError(403, "own_units_only", _OWN_UNITS)


class RequestParameters:
    """Parameters of requests, made into what the measures are asked."""

    def __init__(self, catalogue: Catalogue, now: Now, known_on: date | None = None) -> None:
        self.catalogue = catalogue
        self.now = now
        self.known_on = known_on

    async def known_at(self, store: ComplianceStore, written: date | None) -> RequestParameters:
        """These as they were at the end of a day: today is that day, and figures are as known then.

        The same from today on; 422 for a day before what is known of began.
        """
        if written is None or written >= self.today():
            return self
        began_on = await store.known_since()
        if began_on is not None and written < began_on:
            raise ProblemError(
                422, "not_known_then", _NOT_KNOWN, values={"day": began_on.isoformat()}
            )
        end = self.catalogue.end_of_day(written)
        return RequestParameters(self.catalogue, lambda: end, written)

    def today(self) -> date:
        return self.catalogue.local_day(self.now())

    def period(self, written: str) -> Period:
        try:
            return parse_period(written, self.today(), self.catalogue.fiscal_year_start)
        except PeriodError:
            raise ProblemError(422, "bad_period", _BAD_PERIOD) from None

    def fiscal_year(self, beginning: int) -> Period:
        """The fiscal year of the catalogue that begins in a year."""
        return fiscal_year(beginning, self.catalogue.fiscal_year_start)

    def published_year(self, written: str, reader: Principal) -> Period:
        """A fiscal year that may be published: it is over, and the reader sees every unit.

        Two reports of a year that goes on would differ by the files of a day.
        """
        year = self.period(written)
        if year.name != self.fiscal_year(year.first.year).name:
            raise ProblemError(422, "not_a_fiscal_year", _NOT_A_YEAR)
        if not is_over(year, self.today()):
            raise ProblemError(422, "year_not_over", _NOT_OVER)
        require_every_unit(reader)
        return year

    def since(self, written: str | None) -> int:
        """A moment in microseconds; the first of all when none is given."""
        if written is None:
            return 0
        return microseconds(moments.parse_instant(written, self.catalogue.zone))

    def units(
        self, reader: Principal, standard: str | None, unit: str | None
    ) -> Collection[str] | None:
        """The requested units that the reader may see, None for all; 404 for unknown names."""
        if standard is not None and standard not in self.catalogue.standards:
            raise ProblemError(404, "unknown_standard", _UNKNOWN_STANDARD)
        if unit is None:
            return reader.units
        if unit not in self.catalogue.units:
            raise ProblemError(404, "unknown_unit", _UNKNOWN_UNIT)
        return {unit} if reader.units is None or unit in reader.units else set()

    def scope(
        self, reader: Principal, standard: str | None, unit: str | None, by: Literal["unit"] | None
    ) -> TallyScope:
        """The standards and units to measure; each unit apart for one standard, or by unit."""
        units = self.units(reader, standard, unit)
        standards = sorted(self.catalogue.standards) if standard is None else [standard]
        each = sorted(self.catalogue.units if units is None else units)
        if standard is None and unit is None and by is None:
            each = []
        every = None if units is None else sorted(units)
        return TallyScope(standards, every, each, self.known_on)
