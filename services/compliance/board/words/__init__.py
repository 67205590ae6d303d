"""What the pages of the board say, in French and English."""

from __future__ import annotations

from services.compliance.board.words import common
from services.compliance.board.words.alerts import ALERTS
from services.compliance.board.words.attainment import ATTAINMENT
from services.compliance.board.words.calculator import CALCULATOR
from services.compliance.board.words.catalogue import (
    CALENDAR,
    CATALOGUE,
    NO_SUCH_YEAR,
    UNKNOWN_CALENDAR,
)
from services.compliance.board.words.common import COMMON, SIGN_IN
from services.compliance.board.words.file import BAD_MONTH, FILE, UNKNOWN_FILE
from services.compliance.board.words.report import REPORT
from services.compliance.board.words.standards import STANDARDS
from services.compliance.board.words.worklist import WORKLIST

__all__ = [
    "ALERTS",
    "ATTAINMENT",
    "BAD_MONTH",
    "CALCULATOR",
    "CALENDAR",
    "CATALOGUE",
    "COMMON",
    "FILE",
    "NO_SUCH_YEAR",
    "REPORT",
    "SIGN_IN",
    "STANDARDS",
    "UNKNOWN_CALENDAR",
    "UNKNOWN_FILE",
    "WORKLIST",
    "common",
]
