"""Words of several pages: both languages say the same of the same values."""

from __future__ import annotations

from string import Formatter

import pytest

from services.compliance.board.words import COMMON, DAYS, SIGN_IN
from shared.text import Text

EVERY = [*COMMON.items(), *DAYS.items(), *SIGN_IN.items()]


def fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in Formatter().parse(text)} - {None}


@pytest.mark.parametrize(("name", "text"), EVERY)
def test_both_languages_speak_of_the_same_values(name: str, text: Text) -> None:
    assert text.fr and text.en, name
    assert fields(text.fr) == fields(text.en)


@pytest.mark.parametrize(("name", "text"), EVERY)
def test_french_has_its_own_apostrophe(name: str, text: Text) -> None:
    assert "'" not in text.fr, name
