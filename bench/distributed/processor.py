"""CPU affinity and processor time: the servers on one core, the measured process on another.

Linux only (affinity, run-queue wait). On one core it measures too, with little meaning.
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
    """The servers' core and the measured one: chosen once, since a pinned process sees only one
    core.
    """
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1]


def model() -> str:
    """The processor's name, as the kernel gives it."""
    with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        return next(names, "a processor without a name")


@contextmanager
def pin(*chosen: int) -> Iterator[None]:
    """Pin this process, and all that it starts meanwhile, to some cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children, exited ones included."""
    used = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                used += sum(one.cpu_times()[:4])
    return used


def waited_seconds(pid: int) -> float:
    """Run-queue wait of a process's threads: time that other work on the machine took from it."""
    waited = 0.0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            waited += int(thread.read_text(encoding="ascii").split()[1]) / 1e9
    return waited


def has_exited(pid: int) -> bool:
    """Whether a process has exited; until it is reaped its processor time can still be read."""
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
