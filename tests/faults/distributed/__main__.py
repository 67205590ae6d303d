"""Every scenario, module by module, three at a time: most of a scenario is waiting. ``make test-faults`` runs this.

Each module is a session of pytest with servers of its own; what it says is shown when it ends, and one table of all in the end.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.faults.distributed import table

HERE: Final = Path(__file__).parent
AT_ONCE: Final = 3
LONGEST: Final = ("test_network", "test_brokers", "test_kills", "test_time", "test_losses")
"""Those that are begun first, so that none is left alone in the end."""


def modules() -> list[Path]:
    """The longest first."""
    found = sorted(HERE.glob("test_*.py"))
    order = {name: place for place, name in enumerate(LONGEST)}
    return sorted(found, key=lambda path: order.get(path.stem, len(order)))


async def run(options: Sequence[str], folder: Path) -> bool:
    """Whether every module passed; their tables are left in a folder."""
    free, passed = asyncio.Semaphore(AT_ONCE), []

    async def session(module: Path) -> None:
        lines = folder / f"{module.stem}.jsonl"
        command = ["-m", "pytest", "-m", "", f"--table={lines}", *options, str(module)]
        async with free:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            said, _ = await child.communicate()
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
        passed.append(child.returncode == 0)

    async with asyncio.TaskGroup() as group:
        for module in modules():
            group.create_task(session(module))
    return all(passed)


def main(*options: str) -> None:
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        passed = asyncio.run(run(options, Path(folder)))
        for module in modules():
            table.read(Path(folder) / f"{module.stem}.jsonl")
    print(*table.rows(), sep="\n")
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"{len(table.lines)} scenarios in {minutes} min {seconds} s")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
