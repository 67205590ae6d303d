"""All tests, folder by folder, three at a time, or one after the other on servers that run already. ``make test`` runs this."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from tests import sessions

HERE: Final = Path(__file__).parent
AT_ONCE: Final = 3
"""On two processors: while a session waits for its servers, another computes."""
GIVEN: Final = ("ECHEANCE_TEST_KAFKA", "ECHEANCE_TEST_POSTGRES")
APART: Final = (HERE / "services" / "compliance" / "board", HERE / "services" / "compliance")
"""Folders that are a session of their own, not part of that of the folder they lie in: it would be under way when all others are done."""
LONGEST: Final = (
    "tests/board",
    "compliance/board",
    "tests/faults",
    "services/compliance",
    "tests/rebuild",
    "tests/services",
    "tests/echeance",
    "tests/end_to_end",
    "tests/simulation",
    "tests/keycloak",
    "tests/compiled",
    "tests/servers",
    "tests/unit",
)


def folders() -> list[Path]:
    """Those that hold tests, the longest first."""
    found = {HERE / path.relative_to(HERE).parts[0] for path in HERE.rglob("test_*.py")}
    return sessions.longest_first(found.union(APART), LONGEST)


def within(folder: Path) -> list[str]:
    """What tells pytest to run the tests of a folder but for those that have a session of their own."""
    return [str(folder), *(f"--ignore={one}" for one in APART if folder in one.parents)]


def main(*options: str) -> None:
    shared = any(os.environ.get(name) for name in GIVEN)  # noqa: TID251 — the servers to use
    told = [["--hypothesis-profile=echeance", *options, *within(one)] for one in folders()]
    passed = asyncio.run(sessions.run(told, 1 if shared else AT_ONCE))
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
