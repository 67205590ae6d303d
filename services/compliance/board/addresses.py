"""What a page was asked for, as it is written in addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from fastapi import Query

from services.compliance.projection import MeasuredBasis
from shared.http import write_cursor

T = TypeVar("T")

Chosen = Annotated[str, Query(max_length=64)]
"""An identifier of the catalogue; empty for all."""
PageCursor = Annotated[str, Query(max_length=200)]
"""Where the page before ended; empty for the first."""


def query_string(**values: str) -> str:
    """The query of an address; what is empty is left out."""
    return urlencode({name: value for name, value in values.items() if value})


def next_page(rows: Sequence[T], length: int, cursor: Callable[[T], tuple[Any, ...]]) -> str:
    """The cursor after ``length`` rows as it is written; empty where there are no more."""
    return write_cursor(cursor(rows[length - 1])) if len(rows) > length else ""


class AttainmentSelection(NamedTuple):
    """Which figures: of a standard and a unit (empty for all), in a period, on a basis.

    ``known_at`` is a day as it is written, at the end of which they were known so; empty for now.
    """

    standard: str = ""
    unit: str = ""
    period: str = "fiscal-year"
    basis: MeasuredBasis = "decided"
    known_at: str = ""

    def query(self, **changed: str) -> str:
        """As it is written in an address, with some of it changed, and more besides."""
        return query_string(**{**self._asdict(), **changed})
