"""From the event that makes a file late to its alert in Alertmanager: the embedded system over HTTP, and the real Alertmanager.

Each event is a reception long past, so that its file is late at once. Alertmanager is asked again and again whether it has the
alert. Meanwhile some two thousand other files a second are posted.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from bench.figures import Figure, percentile
from services.compliance import supervisors
from services.compliance.alertmanager_config import configuration
from services.standalone.embedded import CREDENTIALS, opened
from services.standalone.serving import running
from shared import service
from shared.catalogue import Catalogue
from shared.credentials import Credentials
from shared.settings import settings
from shared.shipped import load_catalogue
from tests.servers.prometheus import MissingProgramError, alertmanager

SOURCE = "urn:bench:alerts"
_EXAMPLE = Path(__file__).parents[1] / "deploy" / "alertmanager"
_TARGET_SECONDS = 2.0


def figures(files: int) -> Iterator[Figure]:
    """So many files made late, one after the other."""
    with tempfile.TemporaryDirectory(prefix="echeance-bench-") as directory:
        promised = load_catalogue(None)
        folder = Path(directory) / "alertmanager"
        try:
            with alertmanager(folder, _configured(folder, promised)) as url:
                taken = asyncio.run(_measured(Path(directory) / "data", promised, url, files))
        except MissingProgramError as error:
            yield Figure(f"not measured: {error}", 0, "")
            return
    for percent in (50, 99):
        name = f"event to Alertmanager, p{percent}"
        value = percentile(taken, percent)
        yield Figure(name, value, "s", _TARGET_SECONDS, at_most=True, note=f"{files} files")


def _configured(folder: Path, promised: Catalogue) -> str:
    folder.mkdir()
    shutil.copy(_EXAMPLE / "echeance.tmpl", folder)
    text = (_EXAMPLE / "supervisors.yaml").read_text(encoding="utf-8")
    return configuration(supervisors.load(text, promised), promised)


async def _measured(
    folder: Path, promised: Catalogue, alertmanagers: str, files: int
) -> Sequence[float]:
    chosen = settings({})._replace(data=folder, port=0, alertmanagers=(alertmanagers,))
    async with opened(chosen, promised) as embedded:
        credentials = Credentials(folder / CREDENTIALS)
        token = credentials.create("bench", ["publish"], sources=[SOURCE], created=service.now())
        async with (
            running(embedded, credentials, chosen, service.now) as server,
            _clients(f"http://127.0.0.1:{server.port}", token) as (system, watcher),
        ):
            url = f"{alertmanagers}/api/v2/alerts"
            posting = asyncio.create_task(_busy(system))
            taken = [await _one(system, watcher, url, number) for number in range(files)]
            posting.cancel()
            await asyncio.gather(posting, return_exceptions=True)
            return taken


@asynccontextmanager
async def _clients(
    base: str, token: str
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/cloudevents-batch+json",
    }
    async with (
        httpx.AsyncClient(base_url=base, headers=headers, timeout=30, trust_env=False) as system,
        httpx.AsyncClient(timeout=30, trust_env=False) as watcher,
    ):
        yield system, watcher


async def _one(
    system: httpx.AsyncClient, watcher: httpx.AsyncClient, url: str, number: int
) -> float:
    """Seconds from posting a file that is late already to its alert in Alertmanager."""
    name = f"LATE-{number}"
    began = time.perf_counter()
    await _post(system, [_received(name, days_ago=40)])
    query = {"filter": f'file="{name}"'}
    while not (await watcher.get(url, params=query)).json():
        pass
    return time.perf_counter() - began


async def _busy(system: httpx.AsyncClient) -> None:
    """A hundred other files, twenty times a second."""
    number = 0
    while True:
        batch = [_received(f"OTHER-{number + one}", days_ago=1) for one in range(100)]
        number += len(batch)
        await _post(system, batch)
        await asyncio.sleep(0.05)


async def _post(system: httpx.AsyncClient, events: Sequence[dict[str, object]]) -> None:
    answer = await system.post("/v1/events", content=json.dumps(events))
    answer.raise_for_status()


def _received(name: str, *, days_ago: int) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "type": "org.echeance.file.received.v1",
        "source": SOURCE,
        "id": f"{name}-received",
        "subject": name,
        "time": (service.now() - timedelta(days=days_ago)).isoformat(),
        "data": {"standard": "caq-etudes", "unit": "montreal", "attributes": {}},
    }
