"""The live counter and the page of a file over HTTP, with a given number of files in the clock's
table.

The files are inserted directly, evaluated as the clock would, and nothing is due: only reads are
measured.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bench import core
from bench.figures import Figure, percentile
from bench.server import Server, answers, run_server
from echeance.system import open_embedded
from services.clock import ClockRows, Evaluator, of_events
from shared.log import partition_of
from shared.process import load_catalogue, read_settings, runner

_TOGETHER = 20_000


def figures(files: int, reads: int) -> Iterator[Figure]:
    """Sequential reads of random files, and the first page of the list."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        asyncio.run(_seed(data, files))
        with run_server(data, core.SOURCE) as server:
            counter_seconds = asyncio.run(
                answers(server, _of_files(server, "/v1/files", files, reads), 200)
            )
            shown = asyncio.run(
                answers(server, _of_files(server, "/files", files, reads // 4), 200)
            )
            pages = [server.request("GET", "/v1/files?limit=50")] * (reads // 20)
            list_seconds = asyncio.run(answers(server, pages, 200))
    yield Figure(
        f"live counter of one of {files:,} files, p50", percentile(counter_seconds, 50) * 1e3, "ms"
    )
    yield Figure("  p99", percentile(counter_seconds, 99) * 1e3, "ms", 5.0, at_most=True)
    yield Figure("page of a file, p50", percentile(shown, 50) * 1e3, "ms")
    yield Figure("  p99", percentile(shown, 99) * 1e3, "ms", 50.0, at_most=True)
    yield Figure("list of 50, soonest breach first, p50", percentile(list_seconds, 50) * 1e3, "ms")
    yield Figure("  p99", percentile(list_seconds, 99) * 1e3, "ms")


def _of_files(server: Server, path: str, files: int, reads: int) -> list[bytes]:
    chance = random.Random(2021)
    embedded_settings = (chance.randrange(files) for _ in range(reads))
    return [server.request("GET", f"{path}/{_name(number)}") for number in embedded_settings]


def _name(number: int) -> str:
    return f"L-{number:08}"


async def _seed(data: Path, files: int) -> None:
    """Insert the files into the clock's table, as the clock would."""
    catalogue = load_catalogue(None)
    embedded_settings = read_settings({})._replace(data=data)
    seed = _Seed(Evaluator(catalogue), runner.now(), embedded_settings.partitions)
    async with open_embedded(embedded_settings, catalogue) as embedded:
        clock = embedded.clock
        claims = [await clock.claim(partition, catalogue) for partition in range(seed.partitions)]
        for first in range(0, files, _TOGETHER):
            rows = [seed.row(number) for number in range(first, min(first + _TOGETHER, files))]
            for partition, owner in enumerate(claims):
                own = [row for row in rows if row["partition"] == partition]
                claims[partition] = await clock.commit(owner, 0, ClockRows(own, None))


class _Seed(NamedTuple):
    evaluator: Evaluator
    now: datetime
    partitions: int

    def row(self, number: int) -> Mapping[str, Any]:
        """A file received two weeks ago, asked for documents twice and in hand again."""
        file_id = _name(number)
        began = self.now - timedelta(days=14, minutes=number % 1_000)
        return self.evaluator.evaluate(
            file_id,
            of_events(core.history(file_id, began)),
            partition=partition_of(file_id.encode(), self.partitions),
            generation=1,
            position=0,
            now=self.now,
        ).row
