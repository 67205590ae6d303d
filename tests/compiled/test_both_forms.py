"""What is compiled does what its sources say, to the byte, and what is interpreted passes the tests of the law as well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Final

import pytest

from deploy.compiled import names
from shared.compiled import CORE_FORM
from tests.compiled.forms import OF_THE_LAW, surroundings
from tests.paths import ROOT
from tests.servers.absence import cannot

FILES: Final = 900
"""Some 8,000 evaluations, under 40 catalogues."""
A_YEAR_OF_CRASHES: Final = (
    "tests/simulation/test_simulation.py",
    "-k=year_of_crashes",
    "--simulation-seed=1",
)


@pytest.fixture(autouse=True)
def _compiled() -> None:
    if CORE_FORM != "compiled":
        cannot("the compiled core", f"{CORE_FORM}; `make compile`")


def _process(*arguments: str, interpreted: bool) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=surroundings(interpreted=interpreted),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _different(one: bytes, other: bytes) -> Iterator[tuple[bytes, bytes]]:
    lines, others = one.splitlines(), other.splitlines()
    assert len(lines) == len(others)
    return ((line, its) for line, its in zip(lines, others, strict=True) if line != its)


def test_every_module_of_the_list_is_compiled() -> None:
    origins = [str(import_module(name).__file__) for name in names()]
    assert [one for one in origins if not one.endswith(EXTENSION_SUFFIXES[0])] == []


def test_outputs_are_the_same_to_the_byte_compiled_and_interpreted() -> None:
    module = ("tests.compiled.outputs", str(FILES))
    processes = [_process(*module, interpreted=one) for one in (False, True)]
    (compiled, its_form), (interpreted, other_form) = [one.communicate() for one in processes]
    assert (its_form.strip(), other_form.strip()) == (b"compiled", b"switched_off")
    assert compiled.count(b"\n") > 5 * FILES
    assert next(_different(compiled, interpreted), None) is None


def test_the_tests_of_the_law_and_a_year_of_crashes_pass_interpreted() -> None:
    """Everything else ``make test`` runs compiled; ``make test-both-ways`` runs all that counts in both forms."""
    quietly = ("pytest", "-q", "-p", "no:cacheprovider")
    processes = [
        _process(*quietly, *chosen, interpreted=True) for chosen in (OF_THE_LAW, A_YEAR_OF_CRASHES)
    ]
    for process in processes:
        said, _ = process.communicate()
        assert process.returncode == 0, said.decode()[-3_000:]
