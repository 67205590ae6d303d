"""Words of several pages: both languages say the same of the same values."""

from __future__ import annotations

from string import Formatter

from services.compliance.board.words import COMMON, DAYS, SIGN_IN

EVERY = [*COMMON.items(), *DAYS.items(), *SIGN_IN.items()]


def fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in Formatter().parse(text)} - {None}


def test_both_languages_speak_of_the_same_values() -> None:
    for name, text in EVERY:
        assert text.fr and text.en, name
        assert fields(text.fr) == fields(text.en), name


def test_french_has_its_own_apostrophe() -> None:
    assert not [name for name, text in EVERY if "'" in text.fr]
