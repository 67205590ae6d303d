"""Which core a process runs on, and how much of it it has used: the servers on one core, what is measured on another.

Read from /proc, so this works on Linux only. A machine with one core measures too, and says little.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Fields of proc_pid_stat(5) after the name.
_STATE, _PARENT, _OWN, _WAITED_FOR = 0, 1, slice(11, 13), slice(13, 15)


def cores() -> tuple[int, int]:
    """The core of the servers, and that of what is measured."""
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
    children = [found for found, fields in _processes() if int(fields[_PARENT]) == pid]
    fields = _stat(pid)
    ticks = sum(map(int, [*fields[_OWN], *fields[_WAITED_FOR]]))
    return ticks / _TICKS_A_SECOND + sum(map(cpu_seconds, children))


def waited_seconds(pid: int) -> float:
    """How long the threads of a process were ready to run and had no core: what other work on the machine took from it."""
    waited = 0.0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            waited += int(thread.read_text(encoding="ascii").split()[1]) / 1e9
    return waited


def ended(pid: int) -> bool:
    """Whether a process is over; while nobody has waited for it, its processor time can still be read."""
    fields = _stat(pid)
    return not fields or fields[_STATE] == "Z"


def _processes() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            yield int(entry.name), fields


def _stat(pid: int) -> list[str]:
    """The fields after the name of the program; empty once the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()
