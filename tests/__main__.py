"""All tests, folder by folder, two at a time, or one after the other on servers that run already. ``make test`` runs this."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from tests import sessions

HERE: Final = Path(__file__).parent
AT_ONCE: Final = 2
GIVEN: Final = ("ECHEANCE_TEST_KAFKA", "ECHEANCE_TEST_POSTGRES")
LONGEST: Final = ("services", "board", "faults", "echeance", "rebuild", "end_to_end")


def folders() -> list[Path]:
    """Those that hold tests, the longest first."""
    found = {HERE / path.relative_to(HERE).parts[0] for path in HERE.rglob("test_*.py")}
    return sessions.longest_first(found, LONGEST)


def main(*options: str) -> None:
    shared = any(os.environ.get(name) for name in GIVEN)  # noqa: TID251 — the servers to use
    told = [["--hypothesis-profile=echeance", *options, str(one)] for one in folders()]
    passed = asyncio.run(sessions.run(told, 1 if shared else AT_ONCE))
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
