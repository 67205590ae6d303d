"""The answers of compliance: a million open files, as many decided, two years of tallies, on SQLite
and PostgreSQL.

Measured is the whole response in process (authentication, queries, figures, page), without the
network: every page, route and spreadsheet with random parameters, the worklist with every
combination of its filters and orders, and from deep cursors. Then the cost of one change with 200
subscribers of the same list, and what is computed in the background, with the pages meanwhile.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from bench.attainment import answer_milliseconds, client_of, forty_units, on_each_database, seed
from bench.board import ministry
from bench.board.addresses import addresses
from bench.board.live import live_figures
from bench.board.refreshing import background_figures
from bench.board.site import Site
from bench.figures import Figure, p50_and_p99, percentile
from services.compliance.projection import ComplianceStore
from shared.database import Database
from shared.database.migrations import migrate
from shared.domain import Catalogue
from shared.process import tune_garbage_collector

_TARGET_MS = 50.0
_WARMING = 20


def figures(
    files: int, asked: int, days: int, keep: Path | None, only: Collection[str]
) -> Iterator[Figure]:
    """Every page, on each available database. ``keep`` is a folder that the databases stay in, and
    are taken from; of ``only`` (words of names; all where there are none) the pages are measured.
    """
    return on_each_database(partial(_measure, files, asked, days, only), keep)


async def _measure(
    files: int, asked: int, days: int, only: Collection[str], name: str, url: str, folder: Path
) -> list[Figure]:
    catalogue, database = forty_units(), Database(url)
    store = ComplianceStore(database)
    await migrate(database)
    if not await store.positions():
        await _fill(store, url, catalogue, files, days)
    tune_garbage_collector()  # as a server does, which does not have the bench's own objects
    site = Site(store, catalogue)
    await site.forecaster.build()
    await site.age_order.read()
    results = await _answers(site, name, files, asked, only)
    if not only:
        results += await live_figures(name, site.board)
    await database.close()
    if not only or "background" in only:
        results += background_figures(name, url, files)
    return results


async def _fill(
    store: ComplianceStore, url: str, catalogue: Catalogue, files: int, days: int
) -> None:
    await seed(url, catalogue, days)
    await ministry.fold(store, catalogue, ministry.snapshots(catalogue, files), files)
    await ministry.insert_history(url, catalogue)
    await ministry.publish(store, catalogue)


async def _answers(
    site: Site, name: str, files: int, asked: int, only: Collection[str]
) -> list[Figure]:
    """Each kind of address as often as asked; the processor is that of this process alone."""
    results: list[Figure] = []
    with tempfile.TemporaryDirectory() as temporary:
        routes, folder = site.routes(), Path(temporary)
        async with client_of(routes, folder, ministry.NOW, "text/html, */*") as client:
            for page, address in addresses(site.catalogue, files).items():
                if only and not any(word in page for word in only):
                    continue
                questions = (address() for _ in range(_WARMING + asked))
                wall, processor = await answer_milliseconds(client, questions)
                results += p50_and_p99(f"{name}: {page}", wall[_WARMING:], _TARGET_MS)
                for percent in (50, 99):
                    value = percentile(processor[_WARMING:], percent)
                    results.append(Figure(f"  processor, p{percent}", value, "ms"))
    return results
