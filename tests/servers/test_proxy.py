"""The proxy that fails as networks do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.servers.proxy import Proxy

SHORT_SECONDS = 0.3
PATIENCE_SECONDS = 20

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1_000):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """Before a server that repeats what it is told."""
    server = await asyncio.start_server(_repeat, "127.0.0.1", 0)
    async with server:
        with Proxy(server.sockets[0].getsockname()[1]) as made:
            yield made


async def opened(proxy: Proxy) -> Streams:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def said(streams: Streams, what: bytes) -> bytes:
    streams[1].write(what)
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await streams[0].readexactly(len(what))


async def heard_nothing(streams: Streams) -> bool:
    try:
        async with asyncio.timeout(SHORT_SECONDS):
            await streams[0].readexactly(1)
    except TimeoutError:
        return True
    return False


async def test_it_forwards_both_ways_and_counts(proxy: Proxy) -> None:
    for number in (1, 2):
        streams = await opened(proxy)
        assert await said(streams, b"x" * 300_000) == b"x" * 300_000
        assert proxy.accepted == number
        streams[1].write_eof()  # the end passes too, and comes back
        assert await streams[0].read() == b""
        streams[1].close()
        await streams[1].wait_closed()


async def test_a_reset_ends_open_connections_at_once_and_new_ones_pass(proxy: Proxy) -> None:
    streams = await opened(proxy)
    await said(streams, b"before")
    assert proxy.open_connections == 1
    await asyncio.to_thread(proxy.reset)
    with pytest.raises(ConnectionResetError):
        await streams[0].read()
    assert proxy.open_connections == 0
    again = await opened(proxy)
    assert await said(again, b"after") == b"after"
    again[1].close()


async def test_a_black_hole_accepts_and_is_silent_and_gives_all_back_when_it_ends(
    proxy: Proxy,
) -> None:
    old = await opened(proxy)
    await said(old, b"before")
    proxy.black_hole()
    new = await opened(proxy)
    for streams in (old, new):
        streams[1].write(b"held")
        assert await heard_nothing(streams)
    proxy.restore()
    for streams in (old, new):
        assert await streams[0].readexactly(4) == b"held"
        streams[1].close()


async def test_a_reset_in_a_black_hole_lets_nothing_through(proxy: Proxy) -> None:
    proxy.black_hole()
    waiting = await opened(proxy)
    waiting[1].write(b"lost")
    assert await heard_nothing(waiting)
    await asyncio.to_thread(proxy.reset)
    with pytest.raises(ConnectionResetError):
        await waiting[0].read()
    after = await opened(proxy)
    after[1].write(b"held")
    assert await heard_nothing(after)
    after[1].close()


async def test_it_refuses_and_then_listens_on_the_same_port(proxy: Proxy) -> None:
    streams = await opened(proxy)
    await said(streams, b"before")
    await asyncio.to_thread(proxy.refuse)
    with pytest.raises(ConnectionResetError):
        await streams[0].read()
    with pytest.raises(ConnectionRefusedError):
        await opened(proxy)
    proxy.restore()
    again = await opened(proxy)
    assert await said(again, b"after") == b"after"
    again[1].close()


async def test_a_target_that_does_not_listen_is_a_reset() -> None:
    with Proxy() as gone:
        gone.refuse()
        with Proxy(gone.port) as proxy, pytest.raises(ConnectionResetError):
            await said(await opened(proxy), b"anyone?")
