"""What a page was asked for, as it is written in addresses."""

from __future__ import annotations

from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import Query

from services.compliance.projection import MeasuredBasis

Chosen = Annotated[str, Query(max_length=64)]
"""An identifier of the catalogue; empty for all."""
After = Annotated[str, Query(max_length=200)]
"""Where the page before ended; empty for the first."""


def query_string(**values: str) -> str:
    """The query of an address; what is empty is left out."""
    return urlencode({name: value for name, value in values.items() if value})


class AttainmentSelection(NamedTuple):
    """Which figures: of a standard and a unit (empty for all), in a period, on a basis."""

    standard: str = ""
    unit: str = ""
    period: str = "fiscal-year"
    basis: MeasuredBasis = "decided"

    def query(self, **changed: str) -> str:
        """As it is written in an address, with some of it changed, and more besides."""
        return query_string(**{**self._asdict(), **changed})
