"""The demo's ministry depends on its seed, and needs the words of its profiles; its two years: tests/demo."""

from __future__ import annotations

from itertools import islice

import pytest

from echeance.demo.ministry import Ministry
from tests.builders import CATALOGUE
from tests.demo.test_ministry import CALENDAR, NOW, ministry


def test_a_seed_gives_the_same_bytes_and_another_seed_gives_others() -> None:
    first, second, other = (ministry(seed, files=1_000) for seed in (3, 3, 4))
    history = list(first.past())
    assert history == list(second.past())
    assert list(islice(first.live(), 500)) == list(islice(second.live(), 500))
    assert history != list(other.past())


def test_a_catalogue_without_the_words_of_the_profiles_is_refused() -> None:
    standards = {name: each for name, each in CATALOGUE.standards.items() if name != "peq"}
    lacking = CATALOGUE.model_copy(update={"standards": standards, "reasons": ["error"]})
    with pytest.raises(ValueError, match="client-unavailable, peq, sent-back"):
        Ministry(1, lacking, CALENDAR, NOW)
