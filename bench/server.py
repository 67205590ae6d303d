"""``echeance up`` in a process of its own, and a minimal client, so that the server is measured."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from bench import core
from shared.http import Credentials
from shared.process import runner

ECHEANCE = [sys.executable, "-m", "echeance"]
_PORT = re.compile(r"(?:^|:)(\d+)(?:/|$)")
"""In an address, or alone on its line."""


class Server(NamedTuple):
    """Its port, and a token with the scopes publish and read."""

    port: int
    token: str

    def request(self, method: str, path: str, body: bytes = b"", media_type: str = "") -> bytes:
        """A whole HTTP/1.1 request."""
        lines = [
            f"{method} {path} HTTP/1.1",
            f"host: 127.0.0.1:{self.port}",
            f"authorization: Bearer {self.token}",
            f"content-length: {len(body)}",
        ]
        if media_type:
            lines.append(f"content-type: {media_type}")
        return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def run_server(
    data: Path, source: str, variables: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run the embedded system on a data directory; ``variables`` are set in its environment."""
    told = [*ECHEANCE, "token", "new", "bench", "--scopes", "publish,read", "--sources", source]
    made = subprocess.run([*told, "--data", str(data)], check=True, capture_output=True, text=True)
    up = [*ECHEANCE, "up", "--port", "0", "--data", str(data)]
    with _started(up, {**os.environ, **(variables or {})}) as (_, port):
        yield Server(port, made.stdout.strip())


@contextmanager
def measured_server(
    folder: Path, module: str, *arguments: str
) -> Iterator[tuple[Server, psutil.Process]]:
    """Run a server of the benchmarks, ``python -m MODULE FOLDER …``, with a token that publishes for it.

    With it its process, of which the processor time is measured. It first prints its port.
    """
    token = Credentials(folder / "credentials.json").create(
        "bench", ["publish"], created=runner.now(), sources=[core.SOURCE]
    )
    command = [sys.executable, "-m", module, str(folder), *arguments]
    with _started(command) as (process, port):
        yield Server(port, token), process


@contextmanager
def _started(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[tuple[psutil.Process, int]]:
    """A server until the block ends: its process, and the port that its first line tells."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        found = _PORT.search(process.stdout.readline())
        assert found is not None, "the server told no port"
        try:
            yield psutil.Process(process.pid), int(found[1])
        finally:
            process.terminate()  # and the end of Popen waits for it


def taken_seconds(process: psutil.Process) -> float:
    """What a process has taken of the processor since it began."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def answers(server: Server, requests: Sequence[bytes], expected: int) -> list[float]:
    """Send requests one after the other over one connection; the latency of each in seconds."""
    clock = asyncio.get_running_loop().time
    taken = []
    async with connection(server) as ask:
        for request in requests:
            began = clock()
            _require(await ask(request), expected)
            taken.append(clock() - began)
    return taken


async def answers_at(
    server: Server, requests: Sequence[tuple[float, bytes]], expected: int
) -> None:
    """Send each request at its instant, or at once if the previous one took longer."""
    clock = asyncio.get_running_loop().time
    async with connection(server) as ask:
        for instant, request in requests:
            await asyncio.sleep(max(0.0, instant - clock()))
            _require(await ask(request), expected)


@asynccontextmanager
async def connection(server: Server) -> AsyncIterator[Callable[[bytes], Awaitable[int]]]:
    """A connection: send a request, and read the response, of which the status is returned."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)

    async def ask(request: bytes) -> int:
        writer.write(request)
        return await _answer(reader)

    try:
        yield ask
    finally:
        writer.close()
        await writer.wait_closed()


def _require(status: int, expected: int) -> None:
    if status != expected:
        raise RuntimeError(f"the server answered {status}, not {expected}")


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one response; returns its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = re.search(rb"content-length: (\d+)", head)
    assert length is not None, "an answer without its length"
    await reader.readexactly(int(length[1]))
    return int(head[9:12])
