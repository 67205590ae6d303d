"""Clocks to measures, alerts and pages."""

from services.compliance.__main__ import serve
from services.compliance.alerts import SERVICE
from services.compliance.periods import PERIODS, PeriodError, parse_period
from services.compliance.service import service
