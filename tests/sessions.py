"""Sessions of pytest side by side, each with servers of its own: most of what they do is waiting.

What a session says is shown whole when it ends.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

_GOOD = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def longest_first(found: Iterable[Path], longest: Sequence[str]) -> list[Path]:
    """Modules or folders in the order in which to begin them: those named by the end of their paths, so that none of them is left alone in the end; then the others."""

    def place(path: Path) -> int:
        named = path.with_suffix("")
        return next((at for at, name in enumerate(longest) if named.match(name)), len(longest))

    return sorted(sorted(found), key=place)


async def run(sessions: Sequence[Sequence[str]], at_once: int) -> bool:
    """Whether all of them passed, given what each is told; they are begun in this order."""
    free, passed = asyncio.Semaphore(at_once), []

    async def one(session: Sequence[str]) -> None:
        async with free:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "pytest",
                *session,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            said, _ = await child.communicate()
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
        passed.append(child.returncode in _GOOD)

    async with asyncio.TaskGroup() as group:
        for session in sessions:
            group.create_task(one(session))
    return all(passed)
