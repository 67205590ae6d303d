"""``echeance rebuild clock`` with two processes: all events into shadow tables, compare, swap.

It has both cores, beside broker and database, as on a machine of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.distributed import delay_job, ours, processor
from bench.distributed.servers import Servers
from bench.figures import Figure

_PROCESSES = 2
_COMMAND = ["echeance", "rebuild", "clock", "--processes", str(_PROCESSES)]
_SAME = "same figures"
_TEN_MILLION = 10_000_000
_LIMIT_MINUTES = 5.0
_POLL_SECONDS = 0.05


def figures(events: int, servers: Servers) -> Iterator[Figure]:
    """Events of the delay job, counted by clocks, then again by the command."""
    count = delay_job.load_events(events, servers)
    ours.token(servers)
    database = servers.database()
    ours.consumption("clock", count, servers, database, processes=_PROCESSES)
    server_began, began = servers.postgres_cpu_seconds(), time.monotonic()
    used = _rebuild(servers, database)
    wall, server = time.monotonic() - began, servers.postgres_cpu_seconds() - server_began
    yield Figure(f"rebuild of {count:,} events, {_PROCESSES} processes", count / wall, "events/s")
    minutes = _TEN_MILLION / count * wall / 60
    yield Figure("  10 million at this rate", minutes, "min", _LIMIT_MINUTES, at_most=True)
    yield Figure("  processor", used / count * 1e6, "µs/event")
    yield Figure("  processor of PostgreSQL", server / count * 1e6, "µs/event")


def _rebuild(servers: Servers, database: str) -> float:
    """Processor seconds of the command and its processes; raises if its figures differ from the
    clocks'.
    """
    log = servers.folder / "rebuild.log"
    with processor.pin(*processor.cores()):
        child = ours.start(_COMMAND, log, servers, database, {"LANGUAGE": "en"})
    try:
        while not processor.has_exited(child.pid):
            time.sleep(_POLL_SECONDS)
        used = processor.cpu_seconds(child.pid)
    finally:
        child.end()
    if child.status != 0 or _SAME not in log.read_text(encoding="utf-8"):
        raise RuntimeError(f"the rebuild {child.last_words()}")
    return used
