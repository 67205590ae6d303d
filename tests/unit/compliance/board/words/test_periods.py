"""Every period that can be asked for by its kind has a name that people read."""

from __future__ import annotations

from services.compliance.board.words import PERIOD_CHOICE
from services.compliance.periods import PERIODS
from tests.unit.compliance.board.words.test_common import fields


def test_every_kind_of_period_can_be_chosen_by_its_name() -> None:
    assert PERIOD_CHOICE.keys() >= set(PERIODS)


def test_both_languages_speak_of_the_same_values() -> None:
    for name, text in PERIOD_CHOICE.items():
        assert text.fr and text.en and fields(text.fr) == fields(text.en), name
        assert "'" not in text.fr, name
