"""What is legal in a catalogue and rarely meant, as a person is told of it."""

from __future__ import annotations

import pytest

from echeance.doubts import doubts
from shared.domain.catalogue import load_catalogue_text
from shared.text import Language
from tests.builders import CATALOGUE
from tests.paths import ROOT
from tests.unit.domain.test_catalogue import DATED, LIMIT, SMALL, TARGET, changed, wide

GOLDEN = ROOT / "tests" / "golden" / "doubts"
LATER = """
      - effective_from: 2025-08-01
        limit: {months: 1}
        target_percent: 80
        summary: {fr: En un mois., en: In a month.}
"""
DAY_AND_NIGHT = "limit: {seconds: 100, opening_hours: always}"
TIER = "{percent: 95, limit: {months: 2}}"
DOUBTS: dict[str, str] = {
    "every-file": changed(TARGET, "target_percent: 100"),
    "every-file-of-a-tier": wide((TIER, "{percent: 100, limit: {months: 2}}")),
    "nights-and-days-off": wide(),
    "longer-than-a-day": wide(
        (DAY_AND_NIGHT, "limit: {seconds: 100, opening_hours: counter}"),
        ("limit: {hours: 4, opening_hours", "limit: {hours: 24, opening_hours"),
    ),
    "at-risk-from-reception": changed("at_risk: 5", "at_risk: 10"),
    "at-risk-for-a-month": changed(LIMIT, "limit: {months: 1}").replace(
        "at_risk: 5", "at_risk: 28"
    ),
    "gap-between-terms": changed(LIMIT, DATED) + LATER.lstrip("\n"),
    "value-without-terms": wide(("{kind: [minor, major]}", "{kind: [minor, other, major]}")),
    "tier-that-follows": wide((TIER, "{percent: 70, limit: {months: 2}}")),
    "tier-that-says-more": wide((TIER, "{percent: 95, limit: {weeks: 2}}")),
    "nothing-outside": wide(
        ("outside: {opening_hours: counter", "outside: {opening_hours: always")
    ),
    "no-file-measured": changed(TARGET, f"{TARGET}\n        measured_when: {{kind: []}}"),
    "no-holiday": SMALL.replace(
        SMALL[SMALL.index("    holidays:\n") : SMALL.index("    opening_hours:\n")], ""
    ),
    "milestone-of-no-standard": wide(
        ("milestones: [acknowledged]", "milestones: [acknowledged, registered]")
    ),
    "in-an-anchor-once": changed(LIMIT, DATED).replace(
        "target_percent: 80", "target_percent: &all 100"
    )
    + LATER.lstrip("\n").replace("target_percent: 80", "target_percent: *all"),
}


def within(text: str, language: Language) -> list[str]:
    return [one.within(language) for one in doubts(load_catalogue_text(text, "c.yaml"))]


def in_both_languages(text: str) -> str:
    return "\n".join([*within(text, "fr"), *within(text, "en"), ""])


@pytest.mark.parametrize("name", DOUBTS)
def test_a_doubt_is_told_by_line_and_column(name: str) -> None:
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert in_both_languages(DOUBTS[name]) == golden


def test_every_golden_doubt_belongs_to_a_catalogue() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(DOUBTS)


@pytest.mark.parametrize(
    "text",
    [
        SMALL,
        changed(LIMIT, DATED) + LATER.lstrip("\n").replace("2025-08-01", "2025-07-01"),
        changed("working_weekdays: [monday, ", "working_weekdays: [saturday, sunday, monday, "),
        changed(LIMIT, "limit: {months: 1}"),
    ],
)
def test_a_plain_catalogue_raises_none(text: str) -> None:
    assert within(text, "en") == []


def test_the_shipped_catalogue_raises_none() -> None:
    assert not doubts(CATALOGUE)
