"""The delay job in one run: our clock, then each peer on the same topic of the same broker; then
compliance, and two clocks.

The measured process has a core to itself; broker, database and bench share the other. All begin
with empty state at offset 0, and their outputs are compared byte for byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

from bench.distributed import job, ours, topics
from bench.distributed.outputs import Outputs, agreement, collect
from bench.distributed.peers import running
from bench.distributed.peers.running import Peer
from bench.distributed.progress import Run
from bench.distributed.servers import Servers
from bench.distributed.topics import PARTITIONS
from bench.exports import EVENTS_PER_FILE
from bench.figures import Figure
from shared.log import FILE_CLOCKS, FILE_EVENTS


class ClockRun(NamedTuple):
    """Result of our clock: figures, database, output."""

    run: Run
    database: str
    outputs: Outputs


def load_events(events: int, servers: Servers) -> int:
    """Load the job's events into the log; returns their number."""
    records = job.records(events // EVENTS_PER_FILE, PARTITIONS)
    return asyncio.run(topics.load(servers.kafka, FILE_EVENTS, records))


def run_clock(events: int, servers: Servers) -> ClockRun:
    """Run one clock over the job."""
    ours.token(servers)
    database = servers.database()
    run = ours.consumption("clock", events, servers, database)
    return ClockRun(run, database, _outputs(servers, FILE_CLOCKS))


def clock(mine: ClockRun) -> Iterator[Figure]:
    """One clock, as it ran."""
    run = mine.run
    both = run.cpu + run.server_cpu
    note = _wait_note(run)
    yield Figure(f"one clock, {run.records:,} events", run.rate, "events/s", 45_000.0, note=note)
    yield Figure("  processor", run.cpu, "µs/event")
    yield Figure("  processor of PostgreSQL", run.server_cpu, "µs/event")
    yield Figure("  processor, both", both, "µs/event", 40.0, at_most=True)
    yield Figure("  snapshots published", len(mine.outputs), "")


def compliance(mine: ClockRun, servers: Servers) -> Iterator[Figure]:
    """Compliance on the clock's output."""
    run = ours.consumption("compliance", len(mine.outputs), servers, mine.database)
    name, note = f"compliance, {run.records:,} snapshots", _wait_note(run)
    yield Figure(name, run.rate, "snapshots/s", 60_000.0, note=note)
    yield Figure("  processor", run.cpu, "µs/snapshot")
    yield Figure("  processor of PostgreSQL", run.server_cpu, "µs/snapshot")


def two_clocks(events: int, mine: ClockRun, servers: Servers) -> Iterator[Figure]:
    """Two clocks on an empty database; with two cores they share both of them with the servers."""
    run = ours.consumption("clock", events, servers, servers.database(), processes=2)
    yield Figure("two clocks, on both cores", run.rate, "events/s", note=_wait_note(run))
    yield Figure("  processor, both clocks", run.cpu, "µs/event")
    yield Figure("  beside one clock", run.rate / mine.run.rate, "×")


def peer_figures(peer: Peer, events: int, mine: ClockRun, servers: Servers) -> Iterator[Figure]:
    """A peer on the same job, and our clock beside it."""
    run = running.job(peer, events, servers)
    agreed = agreement(mine.outputs, _outputs(servers, peer.output))
    same = "the same bytes" if agreed.complete else f"ONLY {agreed.same:,} THE SAME"
    files = f"{same}; among them the last of {agreed.last_same:,} files"
    yield Figure(f"{peer.name}, {run.records:,} events", run.rate, "events/s", note=_wait_note(run))
    yield Figure("  processor", run.cpu, "µs/event")
    yield Figure("  our clock, beside it", mine.run.rate / run.rate, "×", peer.target)
    yield Figure("  snapshots that both published", agreed.compared, "", note=files)


def _wait_note(run: Run) -> str:
    return f"threads waited for a core {run.waited:.0%} of the time"


def _outputs(servers: Servers, topic: str) -> Outputs:
    return asyncio.run(collect(topics.values(servers.kafka, topic)))
