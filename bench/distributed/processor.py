"""Which core a process runs on, and how much of it it has used: the servers on one core, what is measured on another.

On Linux only, for the cores and for the waiting. A machine with one core measures too, and says little.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil


@functools.cache
def cores() -> tuple[int, int]:
    """The core of the servers, and that of what is measured: chosen once, for whoever is pinned has one core to choose from."""
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1]


@contextmanager
def pinned(*chosen: int) -> Iterator[None]:
    """Run on some cores only, and so everything that is started meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and of all its children, those that have ended included."""
    used = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                used += sum(one.cpu_times()[:4])
    return used


def waited_seconds(pid: int) -> float:
    """How long the threads of a process were ready to run and had no core: what other work on the machine took from it."""
    waited = 0.0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            waited += int(thread.read_text(encoding="ascii").split()[1]) / 1e9
    return waited


def ended(pid: int) -> bool:
    """Whether a process is over; while nobody has waited for it, its processor time can still be read."""
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
