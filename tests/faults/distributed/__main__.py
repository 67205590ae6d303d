"""Every scenario, module by module, three at a time: most of a scenario is waiting. ``make test-faults`` runs this.

Each module is a session of pytest; one table of all in the end. Who asks for all of them by name is not told that they passed when
their servers could not be had: here that fails, as it does under ``CI=true``.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests import sessions
from tests.faults.distributed.table import Table

HERE: Final = Path(__file__).parent
AT_ONCE: Final = 3
LONGEST: Final = ("test_network", "test_brokers", "test_kills", "test_time", "test_losses")


def modules() -> list[Path]:
    """The longest first."""
    return sessions.longest_first(HERE.glob("test_*.py"), LONGEST)


def main(*options: str) -> None:
    began, table = time.monotonic(), Table()
    os.environ["CI"] = "true"  # noqa: TID251 — for the sessions
    with TemporaryDirectory() as folder:
        lines = {module: Path(folder) / f"{module.stem}.jsonl" for module in modules()}
        told = [
            ["-m", "", f"--table={left}", *options, str(module)] for module, left in lines.items()
        ]
        passed = asyncio.run(sessions.run(told, AT_ONCE))
        for left in lines.values():
            table.read(left)
    print(table)
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"{len(table.lines)} scenarios in {minutes} min {seconds} s")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
