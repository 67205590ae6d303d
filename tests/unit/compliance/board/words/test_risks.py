"""Every risk, and every reason not to rank, has its words in both languages."""

from __future__ import annotations

from typing import get_args

from services.compliance.board.words.risks import RISK_WORDS
from services.compliance.forecast.effects import WhyNotRanked
from services.compliance.forecast.risk import RISKS


def test_every_risk_and_every_reason_has_words() -> None:
    named = {*(f"risk_{risk}" for risk in RISKS), *get_args(WhyNotRanked)}
    assert named <= RISK_WORDS.keys()
    assert all(one.fr != one.en for one in RISK_WORDS.values())
