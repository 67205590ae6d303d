"""The fold that every runner shares: a file's history and one event → new history and snapshot.

It is the clock service's own law, decoding and encoding, imported and not copied, for one record at
a time as the peers deliver them. Runners differ only in reading, state and writing.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from services.clock import EMPTY_HISTORY, Evaluator, new_events, of_stored
from shared.domain import decode_event
from shared.log import Record
from shared.process import load_catalogue, tune_garbage_collector


class Fold:
    """The clock of one file after another, under the shipped catalogue and the first generation."""

    def __init__(self) -> None:
        self._evaluator = Evaluator(load_catalogue(None))
        self._began = False
        tune_garbage_collector()  # as in the services

    def __call__(
        self, history: bytes | None, record: Record, partition: int
    ) -> tuple[bytes, bytes]:
        """The new history, and the snapshot to publish."""
        if not self._began:
            self._began = True
            print("began counting", file=sys.stderr, flush=True)  # running.py waits for it
        event = decode_event(record.value)
        known = of_stored(history) if history else EMPTY_HISTORY
        new, _ = new_events(known.events, [(record, event)])
        evaluated = self._evaluator.evaluate(
            event.file_id,
            known.with_new([event for _, event in new]),
            partition=partition,
            generation=1,
            position=record.offset,
            now=datetime.now(UTC),
        )
        return evaluated.history, evaluated.snapshot
