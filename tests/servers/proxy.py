"""A TCP proxy on the loopback that can fail as networks do: connections reset, swallowed without a word, or refused.

It runs on a thread of its own, so that tests of any kind may use it, and keeps its port from the start to the end, also while it
refuses. In a black hole nothing is lost, as in a real one: what the peers sent before it arrives once it is over.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Iterable
from typing import Any, Self

_CHUNK_BYTES = 65_536
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)
_PATIENCE_SECONDS = 10


class Proxy:
    """Forwards a port of its own to ``target``, a port of the loopback that may be set later. Use it in a ``with``."""

    def __init__(self, target: int = 0) -> None:
        self.target = target
        self.accepted = 0
        """How many connections it ever accepted."""
        self._reserved = _bound(0)
        self.port = int(self._reserved.getsockname()[1])
        self._connections: dict[asyncio.Task[Any], set[asyncio.StreamWriter]] = {}
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._flowing = asyncio.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self.restore()
        return self

    def __exit__(self, *error: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_SECONDS)
        self._loop.close()
        self._reserved.close()

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return len(self._connections)

    def reset(self) -> None:
        """Reset every connection; new ones are forwarded as before."""
        self._do(self._reset())

    def black_hole(self) -> None:
        """From now on accept connections and swallow: no data passes either way, and no end of a connection."""
        self._do(self._hold())

    def refuse(self) -> None:
        """As if nothing listened: reset every connection and refuse new ones."""
        self._do(self._refuse())

    def restore(self) -> None:
        """Forward again, what was held back first."""
        self._do(self._restore())

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(_PATIENCE_SECONDS)

    async def _reset(self) -> None:
        for task, writers in self._connections.items():
            _cut(writers)
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _hold(self) -> None:
        self._flowing.clear()

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._reset()

    async def _end(self) -> None:
        """Refuse, and cut what was accepted at the last moment too: a transport left to the collector is told of in another test."""
        await self._refuse()
        while asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.sleep(0)
            await self._reset()
        await asyncio.sleep(0)  # what was cut is told so in the next turn

    async def _restore(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, sock=_bound(self.port))
        self._flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task, writers = asyncio.current_task(), {writer}
        assert task is not None
        self._connections[task] = writers
        try:
            await self._flowing.wait()
            there, onward = await asyncio.open_connection("127.0.0.1", self.target)
            writers.add(onward)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, onward))
                group.create_task(self._pump(there, writer))
        except* OSError:
            _cut(writers)
        finally:
            del self._connections[task]
            for one in writers:
                one.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One way, until the peer has nothing more to say."""
        while data := await reader.read(_CHUNK_BYTES):
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        await self._flowing.wait()
        writer.write_eof()


def _bound(port: int) -> socket.socket:
    """A socket on a port that several may hold, of which only those that listen get connections."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made


def _cut(writers: Iterable[asyncio.StreamWriter]) -> None:
    """End connections by a reset, and not by saying that nothing more follows."""
    for writer in writers:
        if not writer.is_closing():
            opened: socket.socket = writer.get_extra_info("socket")
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
            writer.transport.abort()
