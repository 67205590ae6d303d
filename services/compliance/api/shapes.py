"""The shapes of what compliance answers in JSON, as its OpenAPI tells them. Days are ISO dates, ratios decimals from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from shared.http import Responses, schema_of


class ReportRow(TypedDict):
    """A commitment beside its target, on both bases, with the files behind each figure."""

    standard: str
    unit: str | None
    target: float
    attainment: float | None
    attainment_due: float | None
    measured: int
    on_time: int
    late: int
    measured_due: int
    on_time_due: int
    late_due: int
    late_allowed: int
    late_used: int
    late_committed: int
    late_left: int
    received: int
    withdrawn: int
    open: int
    waiting: int
    overdue: int


class ReportAnswer(TypedDict):
    """Every commitment over a fiscal year, worst first, as it is known ``today``."""

    period: str
    first: date
    last: date
    today: date
    rows: Sequence[ReportRow]


def report_responses() -> Responses:
    """The report in its four forms."""
    written = {name: {"schema": {"type": "string"}} for name in _WRITTEN}
    return {200: {"content": {**schema_of(ReportAnswer), **written}}}


_WRITTEN = ("text/csv", "text/markdown", "text/html")
