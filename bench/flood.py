"""One token floods the embedded system, and another's requests are timed beside it, by turns.

The other reads a file and posts an event, over and over on one connection each. The flooder asks on
many connections as fast as it is answered, many times what it may; it posts large batches, and as
many events as NDJSON.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from bench import core
from bench.figures import Figure, percentile
from bench.posts import batch, lines, single
from bench.server import Server, connection, run_server
from shared.http import Credentials
from shared.process import runner

FLOODERS: Final = 64
LARGE: Final = 4
LARGE_BYTES: Final = 8 * 1024 * 1024
TURN_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.02
MOST: Final = 2.0
LIMITS: Final = {
    "ECHEANCE_REQUESTS_PER_SECOND": "100",
    "ECHEANCE_BYTES_PER_SECOND": str(1024 * 1024),
    "ECHEANCE_BURST_SECONDS": "2",
}


_QUIET: Final = "nothing"
_FLOODS: Final = ("requests", "large batches", "large NDJSON")


class Timed(NamedTuple):
    """What one turn took: the seconds of each request of the other, and what the flooder was answered."""

    reads: list[float]
    posts: list[float]
    answers: dict[int, int]


def figures(turns: int) -> Iterator[Figure]:
    """The 99th percentile of the other token when it is alone, and beside each flood."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        other = Credentials(folder / "credentials.json").create(
            "other", ["publish", "read"], created=runner.now(), sources=[core.SOURCE]
        )
        with run_server(folder, core.SOURCE, LIMITS) as flooder:
            server = flooder._replace(token=other)
            timed = asyncio.run(_turns(server, flooder, turns))
    quiet = timed[_QUIET]
    for kind in ("reads", "posts"):
        alone = statistics.median(percentile(getattr(one, kind), 99) for one in quiet)
        yield Figure(f"{kind} of the other token alone, p99", alone * 1_000, "ms")
        for flood in _FLOODS:
            beside = statistics.median(percentile(getattr(one, kind), 99) for one in timed[flood])
            yield Figure(f"  beside a flood of {flood}, p99", beside * 1_000, "ms")
            yield Figure("  ÷ alone", beside / alone, "", MOST, at_most=True)
    for flood in _FLOODS:
        seconds = len(timed[flood]) * TURN_SECONDS
        counted = {
            status: sum(one.answers.get(status, 0) for one in timed[flood])
            for status in {status for one in timed[flood] for status in one.answers}
        }
        for status, count in sorted(counted.items()):
            yield Figure(f"flood of {flood}, answered {status}", count / seconds, "/s")


async def _turns(server: Server, flooder: Server, turns: int) -> dict[str, list[Timed]]:
    events = (event for number in range(10**9) for event in core.history(f"F-{number}"))
    many = _many()
    small = single(flooder, core.cloudevent_json(next(events)))
    read = server.request("GET", f"/v1/files/{next(iter(core.history('F-seen'))).file_id}")
    async with connection(server) as ask:
        await ask(single(server, core.cloudevent_json(next(iter(core.history("F-seen"))))))
    await asyncio.sleep(1)
    requests, batches, ndjson = _FLOODS
    # The large ones apart: what one spends has to come back before the next.
    floods = (
        (_QUIET, 0, b""),
        (batches, LARGE, batch(flooder, many)),
        (requests, FLOODERS, small),
        (ndjson, LARGE, lines(flooder, many)),
    )
    timed: dict[str, list[Timed]] = {kind: [] for kind, _, _ in floods}
    for number in range(turns + 1):
        for kind, count, request in floods:
            posts = (single(server, core.cloudevent_json(event)) for event in events)
            one = await _turn(server, read, posts, count, request)
            if number:  # the first of each warms up, and spends what may be asked at once
                timed[kind].append(one)
            await asyncio.sleep(1)
    return timed


async def _turn(
    server: Server, read: bytes, posts: Iterator[bytes], flooders: int, flood: bytes
) -> Timed:
    answers: dict[int, int] = {}
    flooding = [asyncio.create_task(_flood(server, flood, answers)) for _ in range(flooders)]
    await asyncio.sleep(0.5)
    reads, posted = await asyncio.gather(
        _timed(server, lambda: read), _timed(server, lambda: next(posts))
    )
    for task in flooding:
        task.cancel()
    await asyncio.gather(*flooding, return_exceptions=True)
    return Timed(reads, posted, answers)


async def _timed(server: Server, request: Callable[[], bytes]) -> list[float]:
    clock, taken = asyncio.get_running_loop().time, []
    end = clock() + TURN_SECONDS
    async with connection(server) as ask:
        while clock() < end:
            began = clock()
            status = await ask(request())
            assert status in (200, 202), status
            taken.append(clock() - began)
            await asyncio.sleep(PAUSE_SECONDS)
    return taken


async def _flood(server: Server, request: bytes, answers: dict[int, int]) -> None:
    task = asyncio.current_task()
    assert task is not None
    while not task.cancelling():  # a connection may break as it is cancelled
        with suppress(OSError, asyncio.IncompleteReadError):
            async with connection(server) as ask:
                while True:
                    status = await ask(request)
                    answers[status] = answers.get(status, 0) + 1


def _many() -> list[bytes]:
    """Events of some megabytes."""
    events: list[bytes] = []
    size = 0
    for number in range(10**9):
        for event in core.history(f"L-{number}"):
            events.append(core.cloudevent_json(event))
            size += len(events[-1])
        if size > LARGE_BYTES:
            break
    return events
