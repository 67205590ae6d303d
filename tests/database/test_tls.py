"""The database by TLS, as ``ssl=verify-full`` in ECHEANCE_DATABASE has it: only whom the authority vouches for is spoken to.

The server of the tests is built without TLS; it is reached through a front that speaks it as PostgreSQL does (the protocol's SSLRequest).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from sqlalchemy import make_url, text

from shared.database import Database
from shared.errors import UnavailableError
from tests.servers.tls import Pair, certificate_of, issue

_SSL_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"


@asynccontextmanager
async def front(url: str, own: Pair) -> AsyncIterator[str]:
    """The database's URL by TLS, from a port that ends it before the server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    behind = make_url(url)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(len(_SSL_REQUEST)) == _SSL_REQUEST
        writer.write(b"S")
        try:
            await writer.start_tls(context)
        except (OSError, ssl.SSLError):
            return
        inward, outward = await asyncio.open_connection(behind.host, behind.port)
        async with asyncio.TaskGroup() as group:
            group.create_task(_copied(reader, outward))
            group.create_task(_copied(inward, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        over_tls = behind.set(port=port).update_query_dict({"ssl": "verify-full"})
        yield over_tls.render_as_string(hide_password=False)


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer):
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except OSError:
            return


@pytest.mark.parametrize("kind", ["trusted", "ended", "another authority", "another host"])
async def test_the_database_is_spoken_to_where_its_certificate_holds(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
):
    issuer = trustme.CA()
    ended = datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251 — of a certificate
    own = issue(
        issuer,
        tmp_path / "server",
        *(["db.example.org"] if kind == "another host" else []),
        not_after=ended if kind == "ended" else None,
    )
    trusted = trustme.CA() if kind == "another authority" else issuer
    monkeypatch.setenv("PGSSLROOTCERT", str(certificate_of(trusted, tmp_path / "ca.crt")))
    async with front(postgres_url, own) as url:
        database = Database(url)
        try:
            if kind == "trusted":
                async with database.reading() as connection:
                    assert await connection.scalar(text("SELECT 1")) == 1
            else:
                with pytest.raises(UnavailableError, match="certificate verify failed"):
                    async with database.reading() as connection:
                        pass
        finally:
            await database.close()
