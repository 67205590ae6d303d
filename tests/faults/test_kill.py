"""``echeance up`` killed again and again under a load of posts: nothing acknowledged is lost, nothing is counted twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import httpx

from echeance.system.embedded import CREDENTIALS, DATABASE, open_embedded
from shared.database.engine import Database
from shared.http.credentials import Credentials
from shared.settings import read_settings
from tests.faults.publishers import Publishers
from tests.faults.server import Directory, Server
from tests.simulation import catalogues, judge
from tests.simulation.lives import SOURCES, Post, World

KILLS = 10
PUBLISHERS = 8
BEGINS = datetime(2017, 3, 1, 12, tzinfo=UTC)
"""Long ago: whatever is still open is late or waits, so that no midnight changes anything while the test looks."""
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


async def test_kills_lose_no_acknowledged_event_and_double_none(directory: Directory) -> None:
    random = Random(20260115)
    publishers = Publishers(_posts(random, files=600), _token(directory.path), random)
    async with asyncio.TaskGroup() as group:
        group.create_task(publishers.publish(PUBLISHERS))
        for number in range(KILLS):
            if number % 5 == 4:
                await _killed_while_it_begins(directory)
            server = await directory.start()
            await publishers.serve_at(server.address)
            await publishers.acknowledgements(random.choice([0, 1, 10, 50, 90]))
            await server.kill()
            await publishers.serve_at(None)
        server = await directory.start()
        await publishers.serve_at(server.address)
    await _caught_up(server)
    assert await server.terminate(within_seconds=10) == 0
    assert publishers.unknown, "no kill met a request on its way"
    await _verify(directory.path, publishers)


async def test_a_clean_end_finishes_what_was_acknowledged(directory: Directory) -> None:
    random = Random(20260116)
    publishers = Publishers(_posts(random, files=200), _token(directory.path), random)
    async with asyncio.TaskGroup() as group:
        group.create_task(publishers.publish(PUBLISHERS))
        server = await directory.start()
        await publishers.serve_at(server.address)
        await publishers.acknowledgements(150)
        assert await server.terminate(within_seconds=10) == 0
        await publishers.serve_at(None)
        acknowledged = set(publishers.ok)
        base = Database(f"sqlite+aiosqlite:///{directory.path / DATABASE}")
        assert acknowledged <= await judge.accepted_names(base)
        await base.close()
        server = await directory.start()
        await publishers.serve_at(server.address)
    await _caught_up(server)
    assert await server.terminate(within_seconds=10) == 0
    await _verify(directory.path, publishers)


async def _killed_while_it_begins(directory: Directory) -> None:
    process = await directory.spawn()
    process.kill()
    await process.wait()


def _token(data: Path) -> str:
    credentials = Credentials(data / CREDENTIALS)
    return credentials.create("test", ["publish", "read"], created=NOW, sources=SOURCES)


def _posts(random: Random, files: int) -> list[Post]:
    """What ingest accepts: events outside the calendars' years are refused."""
    lived = World(random, BEGINS, 300).posts(files)
    posts = [post for post in lived if b'"1999-' not in post.raw]
    random.shuffle(posts)
    return posts


async def _caught_up(server: Server) -> None:
    """Return when both loops have consumed everything."""
    async with httpx.AsyncClient(base_url=server.address) as client, asyncio.timeout(20):
        for _ in range(5_000):
            answer = await client.get("/readyz")
            if not any(answer.raise_for_status().json().values()):
                return
    raise AssertionError("the loops do not catch up")


async def _verify(data: Path, publishers: Publishers) -> None:
    """From the database file alone: what was counted, and that it says what is computed from the log; then again, rebuilt."""
    revision = catalogues.first()
    base = Database(f"sqlite+aiosqlite:///{data / DATABASE}")
    counted = await judge.accepted_names(base)
    assert publishers.ok <= counted
    assert counted <= publishers.ok | publishers.unknown
    await judge.compare(base, revision, NOW)
    await base.close()
    async with open_embedded(read_settings({})._replace(data=data), revision.catalogue) as embedded:
        before = await embedded.compliance.digest()
        await embedded.reset_computed()
        await embedded.catch_up(lambda: NOW)
        assert await embedded.compliance.digest() == before
