"""``echeance up``: the system at work on a real port, in this process and in one of its own."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.clock.store import CatalogueRefusedError
from shared.http.credentials import Credentials
from shared.log.sqlite import has_wal_reset_bug
from tests.builders import SOURCE, cloudevent, received, revised
from tests.echeance.command import done, english, process, told
from tests.echeance.system.web import NOW, up
from tests.services.world import world


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = told("up", "--port", port, "--data", tmp_path)
    assert f"127.0.0.1:{port}" in said


async def test_a_catalogue_that_is_refused_ends_the_system_at_work(tmp_path: Path) -> None:
    async with world(tmp_path, "2025-05-01", catalogue=revised(2)) as known:
        await known.live(received("A", "2025-04-28"))
    with pytest.raises(CatalogueRefusedError):
        async with up(tmp_path):
            pass


@pytest.mark.parametrize("path", ["/v1/alerts/stream", "/worklist/stream"])
async def test_an_open_stream_says_nothing_more_once_its_token_is_revoked(
    tmp_path: Path, path: str
) -> None:
    async with up(tmp_path) as web:
        credentials = Credentials(tmp_path / "credentials.json")
        token = credentials.create("leaving", ["read"], created=NOW)
        headers = {"authorization": f"Bearer {token}"}
        async with web.client.stream("GET", path, headers=headers) as stream:
            lines = stream.aiter_lines()
            while not await anext(lines):
                pass
            credentials.revoke("leaving")
            assert await web.publish(received("LATE", "2025-01-06")) == 202
            async with asyncio.timeout(20):
                rest = [line async for line in lines]
        assert not any("LATE" in line for line in rest)


@contextmanager
def up_process(folder: Path, *arguments: str) -> Iterator[tuple[Any, str]]:
    """A process of its own that listens, and its address."""
    serving = process("up", "--port", "0", "--data", folder, *arguments)
    with serving:
        try:
            assert serving.stdout is not None
            line = serving.stdout.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert address is not None, line
            yield serving, address[0]
        finally:
            serving.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_process_cleanly_and_what_it_took_is_kept(
    tmp_path: Path, number: signal.Signals
) -> None:
    token = done(
        "token", "new", "x", "--scopes", "publish,read", "--sources", SOURCE, "--data", tmp_path
    ).strip()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/cloudevents+json"}
    with up_process(tmp_path) as (serving, address):
        posted = httpx.post(
            f"{address}v1/events", content=cloudevent(received("A", "2025-04-28")), headers=headers
        )
        assert posted.status_code == 202
        serving.send_signal(number)
        _, errors = serving.communicate(timeout=30)
    assert serving.returncode == 0
    assert "Traceback" not in errors
    assert errors.count("WAL-reset bug") == int(has_wal_reset_bug())
    done("rebuild", "--data", tmp_path)
    told_report = done("report", "--data", tmp_path, "--period", "2025-04", "--format", "json")
    rows = {row["standard"]: row["received"] for row in json.loads(told_report)["rows"]}
    assert rows["caq-etudes"] == 1


def test_a_second_process_on_the_same_directory_is_refused_and_told_what_to_do(
    tmp_path: Path,
) -> None:
    with up_process(tmp_path) as (serving, _):
        give = ["files", "give", "A", "--to", SOURCE]
        for command in (["up", "--port", "0"], ["rebuild"], ["migrate"], give):
            said = told(*command, "--data", tmp_path)
            assert str(tmp_path) in said and "autre processus echeance" in said
            assert "Traceback" not in said
            said = told(*command, "--data", tmp_path, variables=english())
            assert "in use by another echeance process" in said
        assert "mesurés" in done("report", "--data", tmp_path)
        serving.send_signal(signal.SIGTERM)
        _, errors = serving.communicate(timeout=30)
    assert "echeance token new" in errors
