"""What one more event costs as its file grows: the clock's fold of an event in order, on files of 5, 50
and 500 events; no reads or writes.

Each file is one cycle in which documents are requested and received in turn, so that its snapshot
states a stop for every two events.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import cast

from bench.core import NOW, answered_requests
from bench.figures import Figure, processor_seconds
from bench.folding import Files, batch_of, fold_batch
from services.clock import ClockStore, ClockWorker
from shared.log import FILE_CLOCKS
from shared.process import load_catalogue, tune_garbage_collector

LENGTHS = (5, 50, 500)
_EVENTS = 20_000
"""Events of all files of one length together, so that each length takes as much memory."""
_TARGET = 1.5


def figures(runs: int) -> Iterator[Figure]:
    """Processor time of the last event by length, what it publishes, and beside a file of 5."""
    tune_garbage_collector()
    first = 0.0
    for length in LENGTHS:
        files = max(_EVENTS // length, 40)
        lives = [
            answered_requests(f"F-{number:06}", length, NOW - timedelta(days=length // 3))
            for number in range(files)
        ]
        rows = Files()
        worker = ClockWorker(cast(ClockStore, rows), load_catalogue(None))
        known = fold_batch(worker, batch_of(event for life in lives for event in life[:-1]))
        rows.keep(known.rows)
        last = batch_of((life[-1] for life in lives), offset=length * files)
        published = fold_batch(worker, last).publish[FILE_CLOCKS]
        seconds = processor_seconds(partial(fold_batch, worker, last), runs=2 * runs) / files
        first = first or seconds
        yield Figure(f"fold an event into a file of {length - 1}", seconds * 1e6, "µs")
        size = sum(len(record.value) for record in published) / files
        yield Figure("  its snapshot", size, "bytes")
        if length != LENGTHS[0]:
            yield Figure("  beside a file of 4", seconds / first, "×", _TARGET, at_most=True)
