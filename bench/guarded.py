"""Single posts with limits and audit records, and without, by turns: ingest on a durable SQLite log.

``python -m bench.guarded FOLDER guarded|bare`` is the server that is measured.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from bench import core
from bench.figures import Figure
from bench.posts import send_all, single
from bench.server import measured_server, taken_seconds
from services.ingest.api import router
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import Publisher
from shared.audit import TableSink
from shared.database import Database, migrations
from shared.http import Credentials, create_application
from shared.log import SqliteLog
from shared.metrics import Metrics
from shared.process import guard_process, load_catalogue, read_settings, runner

CONNECTIONS: Final = 64
TURN: Final = 640
MOST: Final = 2.0
KINDS: Final = ("bare", "guarded")


def figures(singles: int) -> Iterator[Figure]:
    """The rate of each, and what a guarded post takes of the processor beside a bare one."""
    events = (event for number in range(10**9) for event in core.history(f"A-{number}"))
    rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as name:
        folders = {kind: Path(name) / kind for kind in KINDS}
        for folder in folders.values():
            folder.mkdir()
        with (
            measured_server(folders["bare"], "bench.guarded", "bare") as bare,
            measured_server(folders["guarded"], "bench.guarded", "guarded") as guarded,
        ):
            for number in range(1 + singles // TURN):
                turn = list(islice(events, TURN))
                for kind, (server, process) in zip(KINDS, (bare, guarded), strict=True):
                    requests = [single(server, core.cloudevent_json(event)) for event in turn]
                    before = taken_seconds(process)
                    rate, _ = asyncio.run(send_all(server, requests, CONNECTIONS))
                    if number:  # the first turn warms up
                        rates[kind].append(rate)
                        taken = taken_seconds(process) - before
                        seconds[kind].append(taken / len(requests))
    for kind in KINDS:
        yield Figure(
            f"{kind} posts, {CONNECTIONS} connections", statistics.median(rates[kind]), "/s"
        )
        yield Figure("  processor time of the server", statistics.median(seconds[kind]) * 1e6, "µs")
    pairs = zip(seconds["guarded"], seconds["bare"], strict=True)
    ratio = statistics.median(mine / plain for mine, plain in pairs)
    yield Figure("guarded ÷ bare, by processor time", ratio, "", MOST, at_most=True)


async def _serve(folder: Path, kind: str) -> None:
    runner.tune_garbage_collector()
    settings = read_settings(
        {"ECHEANCE_REQUESTS_PER_SECOND": "1000000", "ECHEANCE_LOG_FORMAT": "text"}
    )
    catalogue, metrics = load_catalogue(None), Metrics(runner.now)
    database = Database(f"sqlite+aiosqlite:///{folder / 'bench.sqlite'}")
    await migrations.migrate(database)
    log = SqliteLog(database, partitions=8, batch_records=8_000)
    publisher, intake = Publisher(log), IntakeMetrics(metrics)
    credentials = Credentials(folder / "credentials.json", runner.now)
    sink = TableSink(database)
    guarded = guard_process(settings, "bench", sink, catalogue, credentials, metrics)

    async def readiness() -> dict[str, int]:
        return {}

    app = create_application(
        [router(publisher, catalogue, runner.now, intake)],
        credentials,
        readiness,
        guard=guarded.guard if kind == "guarded" else None,
    )
    work = [guarded.work] if kind == "guarded" else []
    async with runner.serving(app, "127.0.0.1", 0, *work) as server:
        print(server.port, flush=True)
        await server.ended()
    await publisher.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2]))
