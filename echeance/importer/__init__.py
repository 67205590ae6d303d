"""An export of a case-management system becomes CloudEvents, and every row is accounted for."""

from __future__ import annotations

from echeance.importer import importing
from echeance.importer.fates import UnaccountedRowsError

__all__ = [
    "UnaccountedRowsError",
    "importing",
]
