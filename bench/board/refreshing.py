"""What a compliance process computes in the background and sends by the million: how long, in how
much memory, and what readers of the same process wait for meanwhile.

It runs in a process of its own, so that its memory is none of the bench's.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from bench.attainment import client_of, forty_units
from bench.board.addresses import addresses
from bench.board.site import Site
from bench.figures import Figure, p50_and_p99
from services.compliance.projection import ComplianceStore
from shared.database import Database
from shared.process import runner

_READ = ("standards", "worklist, any filters", "attainment, any standard", "catalogue")
_IDLE_SECONDS, _PAUSE_SECONDS = 15.0, 0.05
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


class Run(NamedTuple):
    """Something done, and the milliseconds that readers waited for their pages meanwhile."""

    name: str
    wall_seconds: float
    processor_seconds: float
    peak_mib: float
    waits: list[float]


def background_figures(name: str, url: str, files: int) -> Iterator[Figure]:
    """Nothing, the age order, the forecast, the whole worklist as a spreadsheet: one after the other.

    The processor includes that of the pages.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        runs = pool.apply(_runs, (url, files))
    for run in runs:
        yield Figure(f"{name}: {run.name}", run.wall_seconds, "s")
        yield Figure("  processor", run.processor_seconds, "s")
        yield Figure("  peak memory of the process", run.peak_mib, "MiB")
        yield from p50_and_p99("  a page meanwhile", run.waits)


def _runs(url: str, files: int) -> list[Run]:
    return asyncio.run(_run_all(url, files))


async def _run_all(url: str, files: int) -> list[Run]:
    runner.tune_garbage_collector()  # as a server
    runner.shorten_switch_interval()
    catalogue, database = forty_units(), Database(url)
    site = Site(ComplianceStore(database), catalogue)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        async with client_of(site.routes(), folder, site.board.now(), "text/html, */*") as client:
            every = addresses(catalogue, files)
            pages = {page: every[page] for page in _READ}
            for address in pages.values():
                await _ask(client, address())
            works: Mapping[str, Callable[[], Awaitable[object]]] = {
                "nothing in the background": lambda: asyncio.sleep(_IDLE_SECONDS),
                "age order of every queue": site.age_order.read,
                "forecast of every standard": site.forecaster.build,
                "the whole worklist as a spreadsheet": lambda: _download(
                    client, "/worklist.csv?unit="
                ),
            }
            results = [
                await _while_reading(work, client, pages, name) for name, work in works.items()
            ]
    await database.close()
    return results


async def _while_reading(
    work: Callable[[], Awaitable[object]],
    client: httpx.AsyncClient,
    pages: Mapping[str, Callable[[], str]],
    name: str,
) -> Run:
    _forget_peak()
    waits: list[float] = []
    began, worked = time.perf_counter(), time.process_time()
    task = asyncio.ensure_future(work())
    while not task.done():
        for address in pages.values():
            asked = time.perf_counter()
            await _ask(client, address())
            waits.append((time.perf_counter() - asked) * 1e3)
            await asyncio.sleep(_PAUSE_SECONDS)
    await task
    wall, processor = time.perf_counter() - began, time.process_time() - worked
    return Run(name, wall, processor, _peak_mib(), waits)


async def _download(client: httpx.AsyncClient, address: str) -> None:
    """Ask the application itself, and drop what it sends: a client in process would keep it all."""
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    url = httpx.URL(address)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": url.path,
        "raw_path": url.raw_path,
        "query_string": url.query,
        "headers": [(key.lower(), value) for key, value in client.headers.raw],
        "server": ("bench", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    unanswered = asyncio.Event()

    async def receive() -> MutableMapping[str, Any]:
        await unanswered.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message.get("status", 200) != 200:
            raise RuntimeError(f"{address}: {message['status']}")

    await transport.app(scope, receive, send)


async def _ask(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code} {answer.text[:500]}")


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mib() -> float:
    found = _PEAK.search(Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
