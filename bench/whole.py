"""End to end as a user runs it: ``echeance import`` of a generated export, then ``echeance
rebuild``.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import exports
from bench.figures import Figure
from bench.server import ECHEANCE


class ResourceUsage(NamedTuple):
    """Resources used by a command."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


def figures(events: int) -> Iterator[Figure]:
    """Import events into an empty directory, then rebuild it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        export, mapping = exports.write(folder, events // exports.EVENTS_PER_FILE)
        data = str(folder / "data")
        spent = _run(["import", str(export), "--mapping", str(mapping), "--data", data])
        yield Figure(
            f"import of {events:,} events", events / spent.wall_seconds, "events/s", 20_000.0
        )
        yield Figure("  peak memory", spent.peak_mib, "MiB", 500.0, at_most=True)
        yield Figure("  processor", spent.cpu_seconds / events * 1e6, "µs/event")
        yield Figure("  data directory", _size_mib(Path(data)), "MiB")
        spent = _run(["rebuild", "--data", data])
        yield Figure("rebuild from the log", events / spent.wall_seconds, "events/s")
        yield Figure("  peak memory", spent.peak_mib, "MiB")


def _run(arguments: Sequence[str]) -> ResourceUsage:
    """Run the command to its end; its output is not shown."""
    began = time.perf_counter()
    process = subprocess.Popen([*ECHEANCE, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"echeance {arguments[0]} ended with {process.returncode}")
    wall = time.perf_counter() - began
    return ResourceUsage(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _size_mib(data: Path) -> float:
    return sum(file.stat().st_size for file in data.iterdir()) / (1 << 20)
