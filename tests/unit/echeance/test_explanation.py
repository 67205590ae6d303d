"""A file of a service explained: each standard's clock, its calendar, extensions, restarts and lapses in words."""

from __future__ import annotations

import pytest

from echeance import explanation
from shared.domain import FileCalculator, cycles
from shared.domain.events import Event
from shared.text import Language
from tests.builders import (
    ACCESS,
    answered,
    at,
    decided,
    extended,
    reached,
    received,
    requested,
    transferred,
    withdrawn,
)
from tests.paths import ROOT

GOLDEN = ROOT / "tests" / "golden" / "explain"
SERVICE = [
    received("T-1", "2025-04-28 10:00", standard="access", unit="hall"),
    reached("T-1", "2025-05-01 10:00", "acknowledged"),
    requested("T-1", "2025-05-02 09:00", "L1", kind="third-party", answer_by="2025-05-09"),
    transferred("T-1", "2025-05-05 09:00", "archives"),
    answered("T-1", "2025-05-08 09:00", "L1"),
    extended("T-1", "2025-05-09 10:00", "agreed", "2025-06-11"),
    requested("T-1", "2025-05-12 09:00", "L2", kind="supplement"),
    extended("T-1", "2025-05-28 10:00", "volume"),
    decided("T-1", "2025-06-11 16:00", "disclosed"),
]
RESTARTS = [
    received("T-2", "2025-04-28 10:00", standard="access", unit="islands"),
    requested("T-2", "2025-04-30 09:00", kind="clarification"),
    answered("T-2", "2025-05-02 09:00"),
    requested("T-2", "2025-05-05 09:00", "L3", kind="third-party"),
]


def explained(language: Language, now: str, *story: Event) -> str:
    history = cycles.history(story)
    reading = FileCalculator(ACCESS).read(history, at(now))
    said = explanation.lines(story[0].file_id, history, ACCESS, reading, language)
    return "".join(f"{line}\n" for line in said)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("name", "now", "story"),
    [("service", "2025-07-02", SERVICE), ("restarts", "2025-05-08 12:00", RESTARTS)],
)
def test_a_file_of_a_service_is_explained_as_the_golden_file_says(
    name: str, now: str, story: list[Event], language: Language
) -> None:
    golden = (GOLDEN / f"{name}.{language}.txt").read_text("utf-8")
    assert explained(language, now, *story) == golden


def test_a_wait_that_will_lapse_and_a_reason_are_said() -> None:
    story = [
        received("T-3", "2025-04-28", standard="access-answer", unit="hall"),
        requested("T-3", "2025-04-30", kind="supplement", answer_by="2025-05-10"),
    ]
    said = explained("en", "2025-05-02", *story)
    assert "Without an answer, the wait ends by itself with May 14, 2025." in said
    assert "documents requested (supplement; answer by May 10, 2025)" in said
    assert "Calendar:" not in said and "==" not in said
    ended = explained("en", "2025-05-02", *story, withdrawn("T-3", "2025-05-01", "duplicate"))
    assert "withdrawn (duplicate)" in ended


def test_a_file_without_a_reception_says_so() -> None:
    said = explained("fr", "2025-05-02", decided("T-4", "2025-05-01", "refused"))
    assert said == "T-4 : aucune réception connue à ce moment.\n"
