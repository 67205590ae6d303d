"""YAML is read within bounds: nothing that a file of a few kilobytes can say takes seconds or gigabytes."""

from __future__ import annotations

from shared.domain.strict_yaml import reader
from tests.unit.domain.strict_yaml.refusals import Anything, refused


def test_aliases_that_stay_small_are_read() -> None:
    _, document = reader.read(Anything, "a: &a [1, 2]\nb: *a\nc: {d: *a}\n", "f.yaml")
    assert document.value["c"] == {"d": [1, 2]}


def test_a_thousand_faults_are_told_as_a_hundred_and_how_many_more() -> None:
    said = refused("".join("k: 1\n" for _ in range(1_000)))
    assert said.count("this key stands twice") <= 101
    assert "more" in said.splitlines()[-1]
