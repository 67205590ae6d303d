"""What one more event costs as its file grows: the clock's fold of an event in order, on files of 5, 50
and 500 events; no reads or writes.

Each file is one cycle in which documents are requested and received in turn, so that its snapshot
states a stop for every two events. *Once* is by a process that did not see the file before, *again*
by one that has folded its last events one by one.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from typing import cast

from bench.core import NOW, answered_requests
from bench.figures import Figure
from bench.folding import Files, batch_of, fold_batch
from services.clock import ClockRows, ClockStore, ClockWorker
from shared.domain import Catalogue, Event
from shared.log import FILE_CLOCKS, Outcome
from shared.process import load_catalogue, tune_garbage_collector

LENGTHS = (5, 50, 500)
_EVENTS = 20_000
"""Events of all files of one length together, so that each length takes as much memory."""
_LEAST_FILES = 120
_PARTS = 3
_BEFORE = 3
"""Events folded one by one before the one that is measured."""
_TARGET = 1.5


def figures(_runs: int) -> Iterator[Figure]:
    """Processor time of the last event by length, what it publishes, and beside a file of 5."""
    tune_garbage_collector()
    catalogue = load_catalogue(None)
    first: dict[bool, float] = {}
    for length in LENGTHS:
        began = NOW - timedelta(days=length // 3 + 1)
        lives = [
            answered_requests(f"F-{number:06}", length, began)
            for number in range(max(_EVENTS // length, _LEAST_FILES))
        ]
        size = 0.0
        for again in (False, True):
            seconds, size = _last_event(lives, catalogue, again=again)
            first.setdefault(again, seconds)
            seen = "again" if again else "once"
            yield Figure(f"fold an event into a file of {length - 1}, {seen}", seconds * 1e6, "µs")
            if length != LENGTHS[0]:
                times = seconds / first[again]
                yield Figure("  beside a file of 4", times, "×", _TARGET, at_most=True)
        yield Figure("  its snapshot", size, "bytes")


def _last_event(
    lives: Sequence[Sequence[Event]], catalogue: Catalogue, *, again: bool
) -> tuple[float, float]:
    """Seconds of the last event of a file, the median of some parts of them, and bytes of its snapshot."""
    rows, offsets = Files(), count()
    worker = ClockWorker(cast(ClockStore, rows), catalogue)

    def fold(events: Iterable[Event]) -> Outcome[ClockRows]:
        batch = batch_of(events, next(offsets) * _EVENTS)
        outcome = fold_batch(worker, batch)
        rows.keep(outcome.rows)
        return outcome

    alone = _BEFORE if again else 0
    fold(event for life in lives for event in life[: -1 - alone])
    for number in range(-1 - alone, -1):
        fold(life[number] for life in lives)
    samples, published = [], 0
    for part in range(_PARTS):
        last = [life[-1] for life in lives[part::_PARTS]]
        gc.collect()
        began = time.process_time()
        outcome = fold(last)
        samples.append((time.process_time() - began) / len(last))
        published += sum(len(record.value) for record in outcome.publish[FILE_CLOCKS])
    return statistics.median(samples), published / len(lives)
