"""Query parameters of the routes of compliance."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Query

from services.compliance.projection import FigurePart, MeasuredBasis
from shared.http import PageLength

OneStandard = Annotated[str, Query(description="A standard of the catalogue.")]
AnyStandard = Annotated[
    str | None, Query(description="A standard of the catalogue; all when absent.")
]
AnyUnit = Annotated[str | None, Query(description="A unit of the catalogue; all when absent.")]
PeriodName = Annotated[
    str,
    Query(
        alias="period",
        description="`2026-11`, `2026-Q4`, `2026-2027`, `rolling-30-to-2026-10-31` (or 90), or the current "
        "`month`, `quarter`, `fiscal-year`, `rolling-30`, `rolling-90`.",
    ),
]
OnBasis = Annotated[
    MeasuredBasis,
    Query(description="Files decided in the period, or files whose last day on time lies in it."),
]
By = Annotated[
    Literal["unit"] | None,
    Query(description="`unit`: each unit of each standard, and not only of the one asked about."),
]
FiscalYear = Annotated[
    str,
    Query(
        description="From the day on which the catalogue begins it, as `2026-2027`; `2026` where that is 1 January. The current one when absent."
    ),
]
Audience = Annotated[
    Literal["staff", "public"],
    Query(
        description="`staff`: every figure. `public`: what may be published of a fiscal year that is over; "
        "of fewer than 30 files no number from 1 to 4, nor anything from which one could be worked out."
    ),
]
OfPart = Annotated[
    FigurePart,
    Query(description="The files on time, all that were measured, or those that were late."),
]
Since = Annotated[
    str | None,
    Query(
        description="Noted from a date (`2026-11-23`) or an instant with its offset on; all when absent."
    ),
]
KnownOn = Annotated[
    date | None,
    Query(
        description="As it was known at the end of a day (`2026-11-23`), from what had been recorded by then; as known now when absent."
    ),
]
OfSource = Annotated[str | None, Query(description="A publishing system; all when absent.")]
RowsPerPage = Annotated[PageLength, Query(description="How many a page.")]
