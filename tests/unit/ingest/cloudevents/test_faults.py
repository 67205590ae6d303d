"""Faults: the status of many, and what of a value is repeated."""

from __future__ import annotations

from string import Formatter
from typing import get_args

import pytest

from services.ingest.cloudevents.faults import InvalidEventsError, excerpt, fault, known_words
from services.ingest.cloudevents.texts import FAULT_TEXTS, Code


def test_the_gravest_fault_decides_the_status() -> None:
    faults = [fault("/id", "missing"), fault("/source", "source_not_allowed", given="x")]
    assert InvalidEventsError(faults).status == 403
    assert InvalidEventsError([*faults, fault("", "not_json", line=1, column=1)]).status == 400


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("é", '"\\u00e9"'),
        ("x" * 81, '"' + "x" * 80 + '..."'),
        (True, "boolean"),
        (None, "null"),
        ({}, "object"),
        (1.5, "number"),
    ],
)
def test_a_value_is_repeated_short_and_in_ascii(value: object, text: str) -> None:
    assert excerpt(value) == text


def test_twenty_words_are_listed() -> None:
    assert known_words(["b", "a"]) == "a, b"
    assert known_words([str(number) for number in range(21)]).endswith(", …")


def test_every_code_has_a_text_that_asks_for_the_same_values_in_both_languages() -> None:
    assert set(FAULT_TEXTS) == set(get_args(Code))
    for code, text in FAULT_TEXTS.items():
        french, english = (
            {name for _, name, _, _ in Formatter().parse(part) if name} for part in text
        )
        assert french == english, code
        assert text.fr and text.en and text.fr != text.en, code
