"""Every outcome that a measured file may have is said in both languages."""

from __future__ import annotations

from services.compliance.board.words import OUTCOME_WORDS
from services.compliance.projection.snapshot_tallies import MEASURED_LATE, MEASURED_ON_TIME


def test_every_outcome_is_said() -> None:
    for outcome in (*MEASURED_ON_TIME, *MEASURED_LATE):
        text = OUTCOME_WORDS[f"is_{outcome}"]
        assert text.fr and text.en and "'" not in text.fr
