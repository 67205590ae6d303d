"""Attainment over the tallies of ten million files: ten standards, forty units, two years, eight
partitions, every cell taken.

The tallies are inserted directly, as that many files would leave them. Measured is the whole
response in process (authentication, query, figures, JSON), without the network. PostgreSQL gets its
rows in order of days, the physical order of production.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import yaml
from fastapi import APIRouter
from sqlalchemy.ext.asyncio import create_async_engine

from bench.figures import Figure, p50_and_p99
from services.compliance.api import routes as api
from services.compliance.board import annual
from services.compliance.projection import EVERY_UNIT, ComplianceStore, rollup_cells
from shared.database import Database
from shared.database.migrations import migrate
from shared.domain import Catalogue, catalogue
from shared.http import Credentials, ReceiptWaiter, create_application
from shared.process import SHIPPED, Now

UNITS = [f"unit-{number:02}" for number in range(1, 41)]
PARTITIONS = 8
TODAY = date(2026, 11, 23)
_OUTCOMES = (
    ("decided", "on_time", 4),
    ("decided", "late", 1),
    ("due", "on_time", 4),
    ("due", "late", 1),
)
_ASKED: Mapping[str, Sequence[str]] = {
    "all standards in all": ("",),
    "one standard, each unit": ("standard=courriel", "standard=peq"),
    "one unit, each standard": ("unit=unit-07", "unit=unit-31"),
    "each unit of each standard": ("by=unit",),
}
PERIODS = ("fiscal-year", "2025-2026", "quarter", "month", "rolling-30", "rolling-90", "2025-10")
BASES = ("decided", "due")


def figures(answers: int, days: int) -> Iterator[Figure]:
    """Response times of every kind of query, on each available database."""
    return on_each_database(partial(_measure, answers, days))


def on_each_database(
    measure: Callable[[str, str, Path], Coroutine[Any, Any, Sequence[Figure]]],
    keep: Path | None = None,
) -> Iterator[Figure]:
    """The figures of each available database, by its name, its URL and a folder.

    The databases are in the folder ``keep`` and stay there, or go with this process.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = temporary if keep is None else str(keep.resolve())
        Path(folder).mkdir(parents=True, exist_ok=True)
        yield from _on_each_database(measure, folder)


def _on_each_database(
    measure: Callable[[str, str, Path], Coroutine[Any, Any, Sequence[Figure]]], folder: str
) -> Iterator[Figure]:
    with postgres(Path(folder)) as url_of_postgres:
        urls = {
            "SQLite": f"sqlite+aiosqlite:///{folder}/bench.sqlite",
            "PostgreSQL": url_of_postgres,
        }
        for name, url in urls.items():
            if url is None:
                yield Figure(f"{name}: not to be had here", 0, "")
            else:
                yield from asyncio.run(measure(name, url, Path(folder) / name))


async def _measure(answers: int, days: int, name: str, url: str, folder: Path) -> list[Figure]:
    catalogue = forty_units()
    moment = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=catalogue.zone)
    results: list[Figure] = []
    database = Database(url)
    await migrate(database)
    await seed(url, catalogue, days)
    routes = json_routes(ComplianceStore(database), catalogue, lambda: moment)
    async with client_of([routes], folder, moment) as client:
        for kind, queries in _ASKED.items():
            each = kind.startswith("each")
            asked = _questions(queries, answers // 10 if each else answers)
            samples, _ = await answer_milliseconds(client, asked)
            measured = samples[len(PERIODS) * len(BASES) * len(queries) :]
            results += p50_and_p99(f"{name}: {kind}", measured, None if each else 20.0)
    await database.close()
    return results


def _questions(queries: Sequence[str], answers: int) -> list[str]:
    """Each question over periods and both bases once, to warm up, then some of them at random."""
    questions = [
        f"/v1/attainment?period={period}&basis={basis}&{query}"
        for period in PERIODS
        for basis in BASES
        for query in queries
    ]
    return questions + random.Random(2021).choices(questions, k=answers)


async def answer_milliseconds(
    client: httpx.AsyncClient, questions: Iterable[str]
) -> tuple[list[float], list[float]]:
    """Wall and processor time of each response."""
    wall, processor = [], []
    for question in questions:
        began, worked = time.perf_counter(), time.process_time()
        answer = await client.get(question)
        wall.append((time.perf_counter() - began) * 1e3)
        processor.append((time.process_time() - worked) * 1e3)
        if answer.status_code != 200:
            raise RuntimeError(f"{question}: {answer.status_code} {answer.text[:500]}")
    return wall, processor


def json_routes(store: ComplianceStore, catalogue: Catalogue, now: Now) -> APIRouter:
    receipts = ReceiptWaiter(lambda wanted: store.positions(), 1)
    return api.router(
        store, catalogue, now, report_page=annual.renderer(catalogue, now), receipts=receipts
    )


@asynccontextmanager
async def client_of(
    routes: Sequence[APIRouter], folder: Path, moment: datetime, media_type: str = "*/*"
) -> AsyncIterator[httpx.AsyncClient]:
    """A reader of these routes, in process."""
    credentials = Credentials(folder / "credentials.json")
    token = credentials.create("bench", ["read"], created=moment)

    async def ready() -> dict[str, Any]:
        return {}

    transport = httpx.ASGITransport(create_application(routes, credentials, ready))
    headers = {"authorization": f"Bearer {token}", "accept": media_type}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bench", headers=headers
    ) as client:
        yield client


def forty_units(*, later: bool = False) -> Catalogue:
    """The shipped commitments, or the later ones, treated by forty units."""
    document = later_commitments() if later else shipped_commitments()
    document["units"] = {unit: {"name": {"fr": unit, "en": unit}} for unit in UNITS}
    return catalogue.load_catalogue_text(yaml.safe_dump(document, allow_unicode=True))


def shipped_commitments() -> dict[str, Any]:
    """The shipped catalogue as it is written."""
    text = (resources.files("shared") / "catalogues" / SHIPPED).read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def later_commitments() -> dict[str, Any]:
    """A candidate for the shipped catalogue: a quarter less time for one standard."""
    document = shipped_commitments()
    document["revision"] += 1
    document["standards"]["caq-etudes"]["terms"][0]["limit"] = {"business_days": 15}
    return document


async def seed(url: str, catalogue: Catalogue, days: int) -> None:
    """Every tally of every rollup, each the sum of its days and units; the rollups of a day are the product's."""
    spans = rollup_cells(
        {
            ("", "decided", (TODAY - timedelta(days=ago)).toordinal(), "", ""): 1
            for ago in range(days)
        }
    )
    key = "basis, grain, standard, unit, day, outcome, partition"
    order = key if url.startswith("sqlite") else "day, partition"
    lists: dict[str, Sequence[tuple[object, ...]]] = {
        "standard": [(name,) for name in catalogue.standards],
        "unit": [(EVERY_UNIT, len(UNITS)), *((unit, 1) for unit in UNITS)],
        "span": sorted(
            (cell[1], cell[4], of) for cell, of in spans.items() if cell[3] != EVERY_UNIT
        ),
        "outcome": list(_OUTCOMES),
        "part": [(number,) for number in range(PARTITIONS)],
    }
    named = []
    for name, rows in lists.items():
        columns = ", ".join(f"c{number}" for number in range(len(rows[0])))
        values = ", ".join(f"({', '.join(map(repr, row))})" for row in rows)
        named.append(f"{name}({columns}) AS (VALUES {values})")
    text = (
        f"WITH {', '.join(named)} INSERT INTO tallies "
        "SELECT outcome.c0 AS basis, span.c0 AS grain, standard.c0 AS standard, unit.c0 AS unit, "
        "span.c1 AS day, outcome.c1 AS outcome, part.c0 AS partition, "
        "outcome.c2 * span.c2 * unit.c1 "
        f"FROM standard, unit, span, outcome, part ORDER BY {order}"
    )
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in (text, "ANALYZE"):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


@contextmanager
def postgres(folder: Path) -> Iterator[str | None]:
    """A private PostgreSQL server, if its binaries are installed."""
    try:
        from tests.servers import postgres as servers
    except ImportError:
        yield None
        return
    folder.chmod(0o755)
    server = servers.server(folder / "postgres")
    server.start()
    try:
        yield server.url()
    finally:
        server.stop()
