"""A connection is held to bounds before anybody is asked who they are: its headers, its silence, its number; and an offer to upgrade is passed over.

The limits of time are tested with the instants of the event loop, of which the server is told one that has not come.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from shared.process import runner
from shared.process.http_server.connections import HEAD_BYTES, HEAD_SECONDS
from shared.process.http_server.server import Server
from shared.process.log_rate import HTTP_LOGGER

ASK = b"GET /here HTTP/1.1\r\nhost: x\r\n"
OFFER = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
LAST = b"connection: close\r\n\r\n"


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/here")
    def here() -> str:
        return "here"

    @app.post("/echo")
    async def echo(request: Request) -> str:
        return (await request.body()).decode()

    @app.get("/endless")
    async def endless() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65_536
                await asyncio.sleep(0)

        return StreamingResponse(parts())

    return app


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    async with runner.serving(application(), "127.0.0.1", 0) as server:
        yield server


async def opened(
    server: Server, sent: bytes = b""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    return reader, writer


async def answered(server: Server, sent: bytes) -> bytes:
    """All that is answered until the server ends the connection."""
    reader, writer = await opened(server, sent)
    whole = await reader.read()
    writer.close()
    return whole


def status(answer: bytes) -> int:
    return int(answer[9:12]) if answer else 0


async def in_hand(server: Server, connections: int) -> None:
    """Wait until so many connections have begun and what they sent has been read."""
    async with asyncio.timeout(30):
        while len(server.server_state.connections) != connections:  # noqa: ASYNC110 — they call nobody back
            await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "head",
    [
        ASK + b"x: " + b"a" * HEAD_BYTES + b"\r\n\r\n",
        ASK + b"x: " + b"a" * 16 * 1024 * 1024,
        ASK + b"a: b\r\n" * 12_000 + b"\r\n",
        ASK + b"a: b\r\n" * 12_000,
        ASK + b"x" * 70_000 + b": a\r\n\r\n",
        b"GET /" + b"a" * HEAD_BYTES + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /" + b"a" * 70_000,
        b"GET /here HTTP/1.1\r\nhost: x\r\n\r\n" + ASK + b"x: " + b"a" * 200_000,
    ],
    ids=["one", "unfinished", "many", "many unfinished", "name", "address", "address unfinished", "second request"],
)  # fmt: skip
async def test_headers_of_more_than_64_kib_are_refused_and_the_connection_ended(
    head: bytes,
) -> None:
    async with serving() as server:
        answer = await answered(server, head)
    assert b"HTTP/1.1 431 " in answer
    problem = json.loads(answer.rpartition(b"\r\n\r\n")[2])
    assert problem["type"] == "urn:echeance:problem:headers-too-large"
    assert problem["limit"] == HEAD_BYTES


async def test_headers_of_almost_64_kib_are_read_however_they_arrive() -> None:
    head = ASK + b"x: " + b"a" * (HEAD_BYTES - 200) + b"\r\n" + LAST
    async with serving() as server:
        assert status(await answered(server, head)) == 200
        reader, writer = await opened(server)
        for start in range(0, len(head), 1_000):
            writer.write(head[start : start + 1_000])
            await writer.drain()
        assert status(await reader.read()) == 200
        writer.close()


async def test_trailers_count_as_headers_do() -> None:
    sent = b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    async with serving() as server:
        assert status(await answered(server, sent + b"a: b\r\n" * 20_000)) == 431


async def test_a_body_may_be_longer_than_headers() -> None:
    body = b"a" * 1_000_000
    head = b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n" + LAST
    async with serving() as server:
        assert (await answered(server, head + body)).endswith(b'"' + body + b'"')


@pytest.mark.parametrize(
    ("sent", "expected"), [(b"", 0), (b"\r\n", 0), (b"GET", 408), (ASK, 408), (ASK + b"x: a", 408)]
)
async def test_headers_that_do_not_come_within_ten_seconds_end_the_connection(
    sent: bytes, expected: int
) -> None:
    async with serving() as server:
        reader, writer = await opened(server, sent)
        await in_hand(server, 1)
        loop = asyncio.get_running_loop()
        server.server_state.sweep(loop.time() + HEAD_SECONDS - 2)
        assert not reader.at_eof()
        server.server_state.sweep(loop.time() + HEAD_SECONDS + 1)
        assert status(await reader.read()) == expected
        writer.close()


async def test_a_drop_now_and_then_wins_no_time() -> None:
    async with serving() as server:
        reader, writer = await opened(server, ASK + LAST.replace(b"close", b"keep-alive"))
        assert (await reader.readuntil(b'"here"')).startswith(b"HTTP/1.1 200")
        since = asyncio.get_running_loop().time()
        for drop in (b"\r\n", b"G", b"E", b"T"):
            writer.write(drop)
            await in_hand(server, 1)
        server.server_state.sweep(since + HEAD_SECONDS + 1)
        assert status(await reader.read()) == 408
        writer.close()


async def test_a_body_that_nobody_reads_is_not_waited_for() -> None:
    """It was answered; what remains of it keeps the connection for no longer than headers may."""
    async with serving() as server:
        sent = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nabc"
        reader, writer = await opened(server, sent)
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 404")
        for _ in range(3):
            writer.write(b"x")
            await in_hand(server, 1)
        server.server_state.sweep(asyncio.get_running_loop().time() + HEAD_SECONDS + 1)
        assert await reader.read() == b""
        writer.close()


async def test_a_client_that_does_not_read_is_left() -> None:
    async with serving() as server:
        reader, writer = await opened(server, b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
        async with asyncio.timeout(30):
            while not server.server_state.stalled:  # noqa: ASYNC110 — the kernel's buffers fill first
                await asyncio.sleep(0)
        server.server_state.sweep(asyncio.get_running_loop().time() + 31)
        await in_hand(server, 0)
        assert not server.server_state.tasks, "and nothing is written for it any more"
        writer.close()
        del reader


async def test_where_there_are_too_many_the_one_that_asks_nothing_gives_way() -> None:
    async with serving() as server:
        server.server_state.most = 3
        silent = [await opened(server, ASK) for _ in range(3)]
        await in_hand(server, 3)
        state, loop = server.server_state, asyncio.get_running_loop()
        for connection in list(state.heads):
            state.heads[connection] = loop.time() - 5
        assert status(await answered(server, ASK + LAST)) == 200
        assert await silent[0][0].read() == b""
        for _, writer in silent:
            writer.close()


async def test_where_all_are_at_work_the_newest_is_told_to_come_back() -> None:
    async with serving() as server:
        server.server_state.most = 1
        _, writer = await opened(server, b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
        await in_hand(server, 1)
        answer = await answered(server, ASK + LAST)
        assert status(answer) == 503
        assert b"retry-after: 5" in answer
        writer.transport.abort()


async def test_without_a_file_descriptor_the_server_waits_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with serving() as server:
        with socket.create_connection(("127.0.0.1", server.port)) as early:
            early.setblocking(False)
            await in_hand(server, 1)
            with socket.socket() as late, socket.socket() as spare:
                late.setblocking(False)
                lowest = spare.fileno() + 1
                resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
                try:
                    loop = asyncio.get_running_loop()
                    await loop.sock_connect(late, ("127.0.0.1", server.port))
                    async with asyncio.timeout(30):
                        while not caplog.records:  # noqa: ASYNC110 — a log notifies nobody
                            await asyncio.sleep(0.01)
                finally:
                    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
                await loop.sock_sendall(late, ASK + LAST)
                assert status(await loop.sock_recv(late, 65_536)) == 200
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.name for record in told] == [HTTP_LOGGER]


@pytest.mark.parametrize(
    "offer", [OFFER, OFFER.replace(b"h2c", b"websocket"), OFFER.replace(b"h2c", b"TLS/1.0")]
)
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("at_once", [False, True])
async def test_an_offer_to_upgrade_is_passed_over_and_the_body_read(
    offer: bytes, chunked: bool, at_once: bool
) -> None:
    framing = b"transfer-encoding: chunked\r\n\r\n" if chunked else b"content-length: 5\r\n\r\n"
    body = b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n" if chunked else b"abcde"
    head = b"POST /echo HTTP/1.1\r\nhost: x\r\n" + offer + framing
    then = (
        b"GET /here HTTP/1.1\r\nhost: x\r\n"
        + offer.replace(b"Upgrade,", b"Upgrade, close,")
        + b"\r\n"
    )
    async with serving() as server:
        reader, writer = await opened(server)
        parts = [head + body + then] if at_once else [head, *([bytes([c]) for c in body]), then]
        for part in parts:
            writer.write(part)
            await in_hand(server, 1)
        answer = await reader.read()
        writer.close()
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b'"abcde"' in answer
    assert answer.endswith(b'"here"')


async def test_hundreds_of_offers_received_at_once_are_read_one_after_the_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    offering = ASK + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n"
    many = HEAD_BYTES // len(offering)
    async with serving() as server:
        reader, writer = await opened(server)
        writer.write(offering * many + ASK + LAST)
        answer = await reader.read()
        writer.close()
    assert answer.count(b"HTTP/1.1 200 OK") == many + 1
    assert not caplog.records


_JAVA = """
import java.net.URI;
import java.net.http.*;
public class Post {
    public static void main(String[] given) throws Exception {
        HttpRequest asked = HttpRequest.newBuilder(URI.create(given[0]))
            .POST(HttpRequest.BodyPublishers.ofString("abcde")).build();
        for (int i = 0; i < 2; i++)
            System.out.println(HttpClient.newHttpClient().send(asked, HttpResponse.BodyHandlers.ofString()).body());
    }
}
"""


@pytest.mark.skipif(
    shutil.which("javac") is None, reason="no Java compiler here: a client of its own, not a server"
)
async def test_javas_client_as_it_comes_is_understood(tmp_path: Path) -> None:
    """It offers h2c with its first request to a server, since Java 11."""
    (tmp_path / "Post.java").write_text(_JAVA)
    async with serving() as server:
        process = await asyncio.create_subprocess_exec(
            "java",
            str(tmp_path / "Post.java"),
            f"http://127.0.0.1:{server.port}/echo",
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await process.communicate()
    assert told.decode().split() == ['"abcde"', '"abcde"']


@pytest.mark.parametrize(
    "sent",
    [
        b"rubbish\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_told_so(sent: bytes) -> None:
    async with serving() as server:
        answer = await answered(server, sent)
        assert status(answer) == 400
        assert b"application/problem+json" in answer
        assert status(await answered(server, ASK + LAST)) == 200


SECOND = b"GET /here HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nhost: x\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST + b"content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"transfer-encoding: chunked\r\ncontent-length: 6\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"content-length: 0\r\ncontent-length: 6\r\n\r\n" + SECOND,
        POST + b"content-length: +5\r\n\r\n" + SECOND,
        POST + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" + SECOND,
        POST + b"x: a\nb: c\r\n\r\n" + SECOND,
        POST + b"x: a\rb\r\n\r\n" + SECOND,
    ],
    ids=["both", "both, turned", "two lengths", "sign", "unknown", "not last", "space", "hexadecimal", "line feed", "return"],
)  # fmt: skip
async def test_where_a_body_ends_is_never_doubtful(request_bytes: bytes) -> None:
    """What a proxy before us might read otherwise ends the connection: nothing after it is a request."""
    async with serving() as server:
        answer = await answered(server, request_bytes)
    assert status(answer) == 400
    assert b'"here"' not in answer
