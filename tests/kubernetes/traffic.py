"""Traffic from within the cluster, as a program of its own: it runs in a pod of Échéance's image.

    traffic.py run NAME RATE   post an event of a new file so often a second, and ask for figures beside, until told to stop
    traffic.py begun NAME      end well once an event was acknowledged
    traffic.py stop NAME       tell it to stop, and write what came of it as JSON
    traffic.py files           write the identifier of every open file, one a line
    traffic.py get URL         write what is answered

Nothing is tried again: a request without an answer, or with another answer than it should have, is told.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

_ASKS_A_SECOND = 10
_FIGURES = ("http://clock:8080/v1/files?limit=1", "http://compliance:8080/v1/open")
_INGEST = "http://ingest:8080/v1/events"


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 — a program of its own


def _written(name: str, what: str) -> Path:
    return Path("/tmp") / f"{name}.{what}"


class Traffic:
    """Requests at a steady rate, whatever becomes of those before; connections are kept, as publishers keep them."""

    def __init__(self, client: httpx.AsyncClient, name: str) -> None:
        self._client = client
        self._name = name
        self.posted = 0
        self.acknowledged = 0
        self.asked = 0
        self.faults: list[str] = []
        self.slowest_seconds = 0.0

    async def post(self) -> None:
        self.posted += 1
        content = event(f"{self._name}-{self.posted}")
        if await self._answered("POST", _INGEST, 202, content=content):
            self.acknowledged += 1
            _written(self._name, "pid").write_text(str(os.getpid()))

    async def ask(self) -> None:
        self.asked += 1
        await self._answered("GET", _FIGURES[self.asked % 2], 200)

    async def _answered(self, method: str, url: str, status: int, **sent: Any) -> bool:
        began = asyncio.get_running_loop().time()
        try:
            answer = await self._client.request(method, url, **sent)
        except httpx.TransportError as error:
            self.faults.append(f"{now()} {method} {url}: {error!r}")
            return False
        self.slowest_seconds = max(self.slowest_seconds, asyncio.get_running_loop().time() - began)
        if answer.status_code != status:
            self.faults.append(f"{now()} {method} {url}: {answer.status_code} {answer.text[:200]}")
        return answer.status_code == status


def event(file: str) -> bytes:
    """The reception of a file, now."""
    return json.dumps(
        {
            "specversion": "1.0",
            "type": "org.echeance.file.received.v1",
            "source": "urn:mifi:caq",
            "id": f"{file}-received",
            "subject": file,
            "time": now().isoformat(),
            "data": {"standard": "caq-etudes", "unit": "montreal"},
        }
    ).encode()


def _client() -> httpx.AsyncClient:
    token = Path("/publisher/token").read_text()
    return httpx.AsyncClient(
        headers={
            "authorization": f"Bearer {token}",
            "content-type": "application/cloudevents+json",
        },
        timeout=30,
        # An idle connection is let go before a service does that, after five seconds.
        limits=httpx.Limits(max_connections=200, keepalive_expiry=2),
    )


async def run(name: str, rate: int) -> None:
    stopped, began = asyncio.Event(), asyncio.get_running_loop().time()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with _client() as client, asyncio.TaskGroup() as group:
        traffic = Traffic(client, name)
        group.create_task(_steadily(group, traffic.post, rate, stopped))
        group.create_task(_steadily(group, traffic.ask, _ASKS_A_SECOND, stopped))
    told = {
        "posted": traffic.posted,
        "acknowledged": traffic.acknowledged,
        "asked": traffic.asked,
        "faults": traffic.faults,
        "slowest_seconds": round(traffic.slowest_seconds, 2),
        "seconds": round(asyncio.get_running_loop().time() - began),
    }
    unfinished = _written(name, "unfinished")
    unfinished.write_text(json.dumps(told))
    unfinished.rename(_written(name, "json"))


def stop(name: str) -> None:
    os.kill(int(_written(name, "pid").read_text()), signal.SIGTERM)
    while not (told := _written(name, "json")).exists():
        time.sleep(0.1)
    print(told.read_text())


async def _steadily(
    group: asyncio.TaskGroup, request: Any, rate: int, stopped: asyncio.Event
) -> None:
    """Begin a request so often a second, those that are late at once."""
    clock = asyncio.get_running_loop().time
    began, count = clock(), 0
    while not stopped.is_set():
        while count < (clock() - began) * rate:
            count += 1
            started: Coroutine[Any, Any, None] = request()
            group.create_task(started)
        await asyncio.sleep(1 / rate)


async def files() -> None:
    after: str | None = None
    async with _client() as client:
        while True:
            given = {"limit": "500"} | ({"after": after} if after else {})
            answer = await client.get("http://clock:8080/v1/files", params=given)
            page = answer.raise_for_status().json()
            print("\n".join(one["file_id"] for one in page["files"]))
            if (after := page["next"]) is None:
                return


async def get(url: str) -> None:
    async with _client() as client:
        answer = await client.get(url)
        print(answer.text)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", name, rate]:
            asyncio.run(run(name, int(rate)))
        case ["begun", name]:
            sys.exit(not _written(name, "pid").exists())
        case ["stop", name]:
            stop(name)
        case ["files"]:
            asyncio.run(files())
        case ["get", url]:
            asyncio.run(get(url))
        case _:
            sys.exit(__doc__)
