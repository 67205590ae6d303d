"""Clocks to measures, alerts and pages."""

from __future__ import annotations

from services.compliance.__main__ import serve
from services.compliance.alerts import SERVICE
from services.compliance.periods import PERIODS, PeriodError, parse_period
from services.compliance.service import service

__all__ = [
    "PERIODS",
    "SERVICE",
    "PeriodError",
    "parse_period",
    "serve",
    "service",
]
