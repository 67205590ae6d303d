"""Sections of ``python -m bench distributed``, a table each, with separate servers and no others
running.

Servers and bench are pinned to one core, the measured process to the other (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from bench.distributed import (
    by_turns,
    crossings,
    delay_job,
    intake,
    latency,
    processor,
    rebuilding,
    servers,
    whole_way,
)
from bench.distributed.peers import running
from bench.distributed.servers import Servers
from bench.figures import Figure, table

PARTS = (
    "ours",
    "compliance",
    "quix",
    "faust",
    "latency",
    "ingest",
    "crossings",
    "rebuild",
    "pairs",
    "whole",
)


class Sizes(NamedTuple):
    """Sizes of the runs, and the time limit of a peer in seconds."""

    events: int
    singles: int
    batched: int
    latency_seconds: int
    open_files: int
    rebuilt: int
    peer_seconds: float


FULL = Sizes(400_000, 30_000, 300_000, 30, 1_000_000, 2_000_000, 60.0)
QUICK = Sizes(40_000, 5_000, 50_000, 5, 50_000, 100_000, 15.0)


def tables(sizes: Sizes, only: frozenset[str]) -> Iterator[str]:
    """The tables, each as soon as it is known."""
    if only & {"ours", "compliance", "quix", "faust"}:
        yield from _delay_job(sizes, only)
    parts: dict[str, tuple[str, Callable[[Servers], Iterator[Figure]]]] = {
        "latency": (
            "From event to measure, three services",
            partial(latency.figures, sizes.latency_seconds),
        ),
        "ingest": (
            "Ingest over HTTP, durable on Kafka",
            partial(intake.figures, sizes.singles, sizes.batched),
        ),
        "crossings": (
            "A midnight on which all files cross",
            partial(crossings.figures, sizes.open_files),
        ),
        "rebuild": (
            "Counting everything again, beside the tables in use",
            partial(rebuilding.figures, sizes.rebuilt),
        ),
    }
    for name, (title, figures) in parts.items():
        if name in only:
            with _running() as at_work:
                yield table(title, figures(at_work))
    if "pairs" in only:
        pairs = by_turns.figures(sizes.events, sizes.peer_seconds, _running)
        yield table("The delay job by turns", pairs)
    if "whole" in only:
        way = whole_way.figures(sizes.events, _running)
        yield table("The whole way, and its parts", way)


def _delay_job(sizes: Sizes, only: frozenset[str]) -> Iterator[str]:
    with _running() as at_work:
        events = delay_job.load_events(sizes.events, at_work)
        mine = delay_job.run_clock(events, at_work)
        yield table("The delay job", delay_job.clock(mine))
        if only & {"ours", "compliance"}:
            yield table("Measuring", delay_job.compliance(mine, at_work))
        peers = (running.quix(events, sizes.peer_seconds), running.faust(sizes.peer_seconds))
        for peer in peers:
            if peer.group in only:
                title = f"{peer.name}, the same job"
                yield table(title, delay_job.peer_figures(peer, events, mine, at_work))
        if "ours" in only:
            yield table("Two clocks", delay_job.two_clocks(events, mine, at_work))


@contextmanager
def _running() -> Iterator[Servers]:
    shared, _ = processor.cores()
    with processor.pin(shared), servers.running() as at_work:
        yield at_work
