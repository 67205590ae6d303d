"""``echeance up`` as a real process, started, read, and ended by its own identifier."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Server:
    """A running process and where it listens."""

    def __init__(self, process: asyncio.subprocess.Process, address: str) -> None:
        self.process = process
        self.address = address

    async def kill(self) -> None:
        """SIGKILL: no chance to finish anything."""
        self.process.kill()
        await self.process.wait()

    async def terminate(self, within_seconds: float) -> int:
        """SIGTERM; its exit status, once it has ended."""
        self.process.terminate()
        async with asyncio.timeout(within_seconds):
            return await self.process.wait()


class Directory:
    """A data directory and the processes started on it, one after the other; the last is ended with it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._errors = path.parent / "server.log"
        self._process: asyncio.subprocess.Process | None = None

    async def spawn(self) -> asyncio.subprocess.Process:
        """A process that may not have begun to work."""
        command = ("-m", "echeance", "up", "--data", str(self.path), "--port", "0")
        with self._errors.open("a") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=errors
            )
        return self._process

    async def start(self) -> Server:
        """A process that has announced where it listens."""
        process = await self.spawn()
        assert process.stdout is not None
        async with asyncio.timeout(30):
            async for line in process.stdout:
                if found := _ADDRESS.search(line.decode()):
                    return Server(process, found[0])
        raise AssertionError(f"ended before it listened: {self._errors.read_text()[-2_000:]}")

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
