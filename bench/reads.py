"""The live counter, the page of a file and the box that finds it over HTTP, with a given number of
files in the clock's table.

The files are inserted directly, evaluated as the clock would, and nothing is due: only reads are
measured.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bench import core
from bench.figures import Figure, p50_and_p99
from bench.server import answers, run_server
from echeance.system import open_embedded
from services.clock import ClockRows, EvaluatedRow, Evaluator, of_events
from shared.log import partition_of
from shared.process import load_catalogue, read_settings, runner

_TOGETHER = 20_000


def figures(files: int, reads: int) -> Iterator[Figure]:
    """Sequential reads of random files, and the first page of the list."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        asyncio.run(_seed(data, files))
        with run_server(data, core.SOURCE) as server:
            for name, paths, target, status in (
                (
                    f"live counter of one of {files:,} files",
                    _of_files("/v1/files/", files, reads),
                    5.0,
                    200,
                ),
                ("page of a file", _of_files("/files/", files, reads // 4), 50.0, 200),
                ("box of a file's number", _of_files("/files?file=", files, reads // 4), 50.0, 303),
                (
                    "list of 50, soonest breach first",
                    ["/v1/files?limit=50"] * (reads // 20),
                    None,
                    200,
                ),
            ):
                requests = [server.request("GET", path) for path in paths]
                seconds = asyncio.run(answers(server, requests, status))
                yield from p50_and_p99(name, [one * 1e3 for one in seconds], target)


def _of_files(path: str, files: int, reads: int) -> list[str]:
    chance = random.Random(2021)
    return [f"{path}{_name(chance.randrange(files))}" for _ in range(reads)]


def _name(number: int) -> str:
    return f"L-{number:08}"


async def _seed(data: Path, files: int) -> None:
    """Insert the files into the clock's table, as the clock would."""
    catalogue = load_catalogue(None)
    settings = read_settings({})._replace(data=data)
    row_of = partial(_row, Evaluator(catalogue), runner.now(), settings.partitions)
    async with open_embedded(settings, catalogue) as embedded:
        clock = embedded.clock
        claims = [
            await clock.claim(partition, catalogue) for partition in range(settings.partitions)
        ]
        for first in range(0, files, _TOGETHER):
            rows = [row_of(number) for number in range(first, min(first + _TOGETHER, files))]
            for partition, owner in enumerate(claims):
                own = [row for row in rows if row.partition == partition]
                claims[partition] = await clock.commit(owner, 0, ClockRows(own, None))


def _row(evaluator: Evaluator, now: datetime, partitions: int, number: int) -> EvaluatedRow:
    """A file received two weeks ago, asked for documents twice and in hand again."""
    file_id = _name(number)
    events = core.history(file_id, now - timedelta(days=14, minutes=number % 1_000))
    partition = partition_of(file_id.encode(), partitions)
    return evaluator.evaluate(
        file_id, of_events(events), partition=partition, generation=1, position=0, now=now
    )
