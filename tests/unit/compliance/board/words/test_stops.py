"""Every rule has a name, what it singles out and what it found, in both languages."""

from __future__ import annotations

from services.compliance.board.words import STOP_WORDS
from services.compliance.projection.stop_rules import STOP_RULES
from tests.unit.compliance.board.words.test_common import fields


def test_every_rule_is_said() -> None:
    said = {f"{part}_{rule}" for rule in STOP_RULES for part in ("rule", "hint", "found")}
    assert STOP_WORDS.keys() == said


def test_both_languages_speak_of_the_same_values() -> None:
    for name, text in STOP_WORDS.items():
        assert text.fr and text.en and fields(text.fr) == fields(text.en), name
        assert "'" not in text.fr, name


def test_no_rule_says_that_anybody_did_wrong() -> None:
    said = " ".join(f"{text.fr} {text.en}" for text in STOP_WORDS.values()).lower()
    assert not [word for word in ("fraud", "trich", "cheat", "abus", "suspect") if word in said]
