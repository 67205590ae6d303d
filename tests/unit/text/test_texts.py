"""French typography, and texts on one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import Text, apostrophes, french, single_line


@pytest.mark.parametrize(
    ("words", "set_in_french"),
    [
        ("Pourquoi ? Voici : ceci !", "Pourquoi\u00a0? Voici\u00a0: ceci\u00a0!"),
        ("« dossier »", "«\u00a0dossier\u00a0»"),
        ("80 % ou {n} %", "80\u00a0% ou {n}\u00a0%"),
        ("iso:8601 et ?q=1", "iso:8601 et ?q=1"),
    ],
)
def test_french_has_no_break_spaces_before_its_signs(words: str, set_in_french: str) -> None:
    assert french(words) == set_in_french
    assert Text(words, words) == (set_in_french, words)


@given(st.text())
def test_french_set_twice_is_set_once(words: str) -> None:
    once = french(words)
    assert french(once) == once
    assert once.replace("\u00a0", " ") == words.replace("\u00a0", " ")


def test_an_apostrophe_between_letters_is_typographic() -> None:
    assert apostrophes("l'unité d'accueil, 'ainsi'") == "l’unité d’accueil, 'ainsi'"


def test_line_breaks_and_control_characters_become_spaces() -> None:
    assert single_line("un\r\ndeux\x00trois\u2028") == "un deux trois"
