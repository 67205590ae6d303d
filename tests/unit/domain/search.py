"""A long search for a file on which product and oracle disagree: ``python -m tests.unit.domain.search [files] [first]``."""

from __future__ import annotations

import sys
import time

from tests.unit.domain import wide

_LONGEST = 9


def main(files: int = 100_000, first: int = 0) -> int:
    """Try so many files; those on which the two disagree are named by number."""
    began, disagreements = time.perf_counter(), 0
    for number in range(first, first + files):
        try:
            wide.assert_agreement(file(number))
        except AssertionError as error:
            disagreements += 1
            print(f"file {number}: {str(error).splitlines()[:1]}", flush=True)
    seconds = time.perf_counter() - began
    print(
        f"{files} files, {wide.CATALOGUES} catalogues, {disagreements} disagreements, {seconds:.0f} s"
    )
    return 1 if disagreements else 0


def file(number: int) -> wide.File:
    """The file of a number, to look at one again."""
    return wide.file(number % wide.CATALOGUES, number % _LONGEST, number)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
