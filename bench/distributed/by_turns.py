"""The delay job by turns: our clock, our compliance and Quix Streams in one run, medians of pairs.

Each pair has servers of its own, so that no run finds what another left; who begins alternates, so that
a machine that slows down or speeds up favours nobody.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple

from bench.distributed import delay_job, ours
from bench.distributed.peers import running
from bench.distributed.progress import Run
from bench.distributed.servers import Servers
from bench.figures import Figure

PAIRS = 5


class _Pair(NamedTuple):
    """The same events through our clock, its snapshots through compliance, and through a peer, whose
    fold is in the same form as ours and then interpreted.
    """

    clock: Run
    compliance: Run
    peer: Run
    peer_interpreted: Run


def figures(
    events: int, peer_seconds: float, servers: Callable[[], AbstractContextManager[Servers]]
) -> Iterator[Figure]:
    """Five pairs: rates, processor times, and the medians of what each pair's ratio was."""
    pairs = []
    for number in range(PAIRS):
        with servers() as at_work:
            pair = _pair(events, peer_seconds, at_work, peer_first=bool(number % 2))
        pairs.append(pair)
        yield Figure(f"pair {number + 1}, our clock", pair.clock.rate, "events/s")
        yield Figure("  Quix Streams", pair.peer.rate, "events/s")
        yield Figure("  our clock, beside it", pair.clock.rate / pair.peer.rate, "×")
    for name, unit, each in (
        ("our clock", "event", [pair.clock for pair in pairs]),
        ("compliance", "snapshot", [pair.compliance for pair in pairs]),
        ("Quix Streams", "event", [pair.peer for pair in pairs]),
        ("  its fold interpreted", "event", [pair.peer_interpreted for pair in pairs]),
    ):
        yield from _medians(name, unit, each)
    for name, ratios, target in (
        ("clock beside Quix Streams", [one.clock.rate / one.peer.rate for one in pairs], 3.5),
        ("  by processor time", [one.peer.cpu / one.clock.cpu for one in pairs], None),
        (
            "clock beside it interpreted",
            [one.clock.rate / one.peer_interpreted.rate for one in pairs],
            None,
        ),
        ("  by processor time", [one.peer_interpreted.cpu / one.clock.cpu for one in pairs], None),
        ("compliance beside clock", [one.compliance.rate / one.clock.rate for one in pairs], 1.2),
    ):
        yield Figure(f"{name}, median", statistics.median(ratios), "×", target)


def _pair(events: int, peer_seconds: float, servers: Servers, *, peer_first: bool) -> _Pair:
    loaded = delay_job.load_events(events, servers)
    peers = [running.quix(loaded, peer_seconds), running.quix_interpreted(loaded, peer_seconds)]
    early = [running.job(peer, loaded, servers) for peer in peers if peer_first]
    mine = delay_job.run_clock(loaded, servers)
    measured = ours.consumption("compliance", len(mine.outputs), servers, mine.database)
    runs = early or [running.job(peer, loaded, servers) for peer in peers]
    return _Pair(mine.run, measured, *runs)


def _medians(name: str, unit: str, runs: list[Run]) -> Iterator[Figure]:
    yield Figure(f"{name}, median", statistics.median(one.rate for one in runs), f"{unit}s/s")
    yield Figure("  processor", statistics.median(one.cpu for one in runs), f"µs/{unit}")
    server = statistics.median(one.server_cpu for one in runs)
    yield Figure("  processor of its server", server, f"µs/{unit}")
