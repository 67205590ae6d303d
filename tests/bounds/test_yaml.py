"""What hostile YAML costs: it is refused in the time of a plain file of the largest size."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from shared.domain.strict_yaml import reader
from tests.unit.domain.strict_yaml.refusals import Anything, refused

NAMES = "abcdefghijk"
ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise(NAMES)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 9)}]}}\n"
    for before, name in pairwise(NAMES)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ALIASES, "unfolds into more than 50000 values"),
        (MERGES, "unfolds into more than 50000 values"),
        ("a: " + "[" * 100_000, "nested too deeply"),
        ("a: " + "{b: " * 100_000, "nested too deeply"),
        ("".join(f"{' ' * depth}a:\n" for depth in range(900)), "nested too deeply"),
        ("- " * 200_000, "nested too deeply"),
        ("a: [" + "x," * 240_000 + "]", "more than 50000 values and keys"),
        ("a: " + "9" * 400_000, "a number or date of more than 100 characters"),
        ("a: 0x" + "f" * 400_000, "a number or date of more than 100 characters"),
        ("a: 1" + ":1" * 200_000, "a number or date of more than 100 characters"),
        ("a: x\n" * 200_000, "more than 500000 characters"),
        ("a: &a [*a]", "this part contains itself"),
    ],
    ids=lambda text: text[:12].strip() or "blocks",
)
def test_what_would_take_no_end_is_refused_soon(
    text: str, said: str, seconds_of_a_plain_file: float
) -> None:
    began = time.process_time()
    assert said in refused(text)
    assert time.process_time() - began < 10 * seconds_of_a_plain_file


@pytest.fixture(scope="module")
def seconds_of_a_plain_file() -> float:
    """Of the processor, for a file with about as many keys as one may have."""
    began = time.process_time()
    reader.read(Anything, "".join(f"k{n}: v\n" for n in range(20_000)), "f.yaml")
    return time.process_time() - began
