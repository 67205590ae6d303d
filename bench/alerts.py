"""Latency from the event that makes a file late to its alert in a real Alertmanager.

The embedded system runs in its own process. Each event is a reception long past, so that its file
is late at once. Events are posted at fixed instants (open loop): a slow response delays no later
post. Alertmanager is polled every 20 ms. Meanwhile two thousand other files a second are posted.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import httpx

from bench import core
from bench.figures import Figure, percentile
from bench.posts import batch
from bench.server import Server, answers_at, run_server
from services.compliance.notifications import supervisors
from services.compliance.notifications.alertmanager import configuration
from shared.domain import Catalogue
from shared.process import load_catalogue, runner
from tests.servers.prometheus import MissingProgramError, alertmanager

_EXAMPLE = Path(__file__).parents[1] / "deploy" / "alertmanager"
_TARGET_SECONDS = 2.0
_EVERY_SECONDS = 0.25
_LOOK_SECONDS = 0.02
_PATIENCE_SECONDS = 60.0
_WARM_SECONDS = 5.0
_OTHERS, _OTHERS_EVERY_SECONDS = 100, 0.05


def figures(files: int) -> Iterator[Figure]:
    """Files made late, four a second."""
    with tempfile.TemporaryDirectory(prefix="echeance-bench-") as directory:
        folder = Path(directory) / "alertmanager"
        try:
            with alertmanager(folder, _configuration(folder, load_catalogue(None))) as url:
                told = {"ECHEANCE_ALERTMANAGERS": url}
                with run_server(Path(directory) / "data", core.SOURCE, told) as server:
                    taken = asyncio.run(_measure(server, url, files))
        except MissingProgramError as error:
            yield Figure(f"not measured: {error}", 0, "")
            return
    for percent in (50, 90, 99):
        name = f"event to Alertmanager, p{percent}"
        value = percentile(taken, percent)
        yield Figure(name, value, "s", _TARGET_SECONDS, at_most=True, note=f"{files} files")


def _configuration(folder: Path, catalogue: Catalogue) -> str:
    folder.mkdir()
    shutil.copy(_EXAMPLE / "echeance.tmpl", folder)
    text = (_EXAMPLE / "supervisors.yaml").read_text(encoding="utf-8")
    return configuration(supervisors.load(text, catalogue), catalogue)


async def _measure(server: Server, alertmanagers: str, files: int) -> Sequence[float]:
    begins = asyncio.get_running_loop().time()
    at = [begins + _WARM_SECONDS + number * _EVERY_SECONDS for number in range(files)]
    late = [
        (instant, _post(server, [_late_file_id(number)], 40)) for number, instant in enumerate(at)
    ]
    posts = int((at[-1] - begins + 1) / _OTHERS_EVERY_SECONDS)
    others = [
        (
            begins + number * _OTHERS_EVERY_SECONDS,
            _post(server, [f"OTHER-{number}-{one}" for one in range(_OTHERS)], 1),
        )
        for number in range(posts)
    ]
    posting = asyncio.create_task(answers_at(server, others, 202))
    try:
        async with httpx.AsyncClient(base_url=alertmanagers, timeout=30, trust_env=False) as asked:
            seen = [_alert_latency(asked, number, instant) for number, instant in enumerate(at)]
            _, taken = await asyncio.gather(answers_at(server, late, 202), asyncio.gather(*seen))
    finally:
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
    return taken


async def _alert_latency(asked: httpx.AsyncClient, number: int, posted_at: float) -> float:
    """Seconds from an instant until Alertmanager has the alert of a file."""
    clock = asyncio.get_running_loop().time
    await asyncio.sleep(posted_at - clock())
    query = {"filter": f'file="{_late_file_id(number)}"'}
    async with asyncio.timeout_at(posted_at + _PATIENCE_SECONDS):
        while not (await asked.get("/api/v2/alerts", params=query)).json():  # noqa: ASYNC110 — Alertmanager can only be polled
            await asyncio.sleep(_LOOK_SECONDS)
    return clock() - posted_at


def _late_file_id(number: int) -> str:
    return f"LATE-{number}"


def _post(server: Server, names: Sequence[str], days_ago: int) -> bytes:
    received = runner.now() - timedelta(days=days_ago)
    return batch(server, (core.reception_json(name, received) for name in names))
