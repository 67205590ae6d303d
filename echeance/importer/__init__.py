"""Import of a CSV or XES export as CloudEvents; every row is accounted for."""

from __future__ import annotations

from echeance.importer import importing
from echeance.importer.fates import UnaccountedRowsError

__all__ = [
    "UnaccountedRowsError",
    "importing",
]
