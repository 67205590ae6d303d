"""Commands of ``echeance`` run to their end, and what they used."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.server import ECHEANCE


class ResourceUsage(NamedTuple):
    """Resources used by a command."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


def run_command(arguments: Sequence[str]) -> ResourceUsage:
    """Run the command to its end; its output is not shown."""
    began = time.perf_counter()
    process = subprocess.Popen([*ECHEANCE, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"echeance {arguments[0]} ended with {process.returncode}")
    wall = time.perf_counter() - began
    return ResourceUsage(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def size_mib(data: Path) -> float:
    return sum(file.stat().st_size for file in data.iterdir()) / (1 << 20)
