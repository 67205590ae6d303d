"""The pages of the board: a module and a template each."""

from __future__ import annotations

from services.compliance.board.pages import (
    alerts,
    annual_report,
    attainment,
    calculator,
    catalogue,
    file,
    sign_in,
    standards,
    worklist,
)
from services.compliance.board.pages.worklist import (
    WorklistListing,
    WorklistSelection,
    worklist_listing,
)

__all__ = [
    "WorklistListing",
    "WorklistSelection",
    "alerts",
    "annual_report",
    "attainment",
    "calculator",
    "catalogue",
    "file",
    "sign_in",
    "standards",
    "worklist",
    "worklist_listing",
]
