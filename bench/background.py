"""What the background tasks of compliance take that read all files: processor time, and memory at most.

``python -m bench.background [FILES]``: files of ten standards and forty units, most of them ended
over two years, each with a delay and a stop of its own, on SQLite. Each task runs once in a process
of its own; memory is the peak of its resident set, less what it had when the task began.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from bench.attainment import UNITS, forty_units
from bench.board import ministry
from services.clock import Evaluator, of_events
from services.compliance.forecast import Forecaster
from services.compliance.projection import ComplianceStore
from services.compliance.variation import AgeOrderKeeper
from shared.database import Database
from shared.database.migrations import migrate
from shared.domain import (
    AnswerData,
    Catalogue,
    ClockSnapshot,
    Decided,
    DecidedData,
    DocumentsReceived,
    DocumentsRequested,
    Received,
    ReceivedData,
    RequestData,
    decode_snapshot,
)

_FILES: Final = 300_000
_DAYS: Final = 730
_STOPPED: Final = 0.3
_RESET_PEAK: Final = Path("/proc/self/clear_refs")


def snapshots(catalogue: Catalogue, files: int) -> Iterator[ClockSnapshot]:
    """Files received over two years, in random order of days."""
    chance, evaluator = random.Random(2021), Evaluator(catalogue)
    standards = list(catalogue.standards)
    for number in range(files):
        standard, unit = chance.choice(standards), UNITS[int(len(UNITS) * chance.random() ** 2)]
        limit = ministry.civil_days(catalogue.standards[standard])
        began = ministry.NOW - timedelta(days=chance.randrange(_DAYS), hours=2)
        events = [
            ministry.event_of_life(Received, "r", began, ReceivedData(standard=standard, unit=unit))
        ]
        taken = began
        if chance.random() < _STOPPED:
            asked_at = began + timedelta(days=chance.randrange(limit + 1), minutes=1)
            taken = asked_at + timedelta(days=chance.randrange(30), minutes=1)
            events.append(ministry.event_of_life(DocumentsRequested, "q", asked_at, RequestData()))
            events.append(ministry.event_of_life(DocumentsReceived, "a", taken, AnswerData()))
        ended = taken + timedelta(days=chance.randrange(2 * limit + 1), minutes=2)
        events.append(
            ministry.event_of_life(Decided, "d", ended, DecidedData(outcome=catalogue.outcomes[0]))
        )
        known = [event for event in events if event.time <= ministry.NOW]
        evaluation = evaluator.evaluate(
            "life", of_events(known), partition=0, generation=1, position=0, now=ministry.NOW
        )
        file_id = ministry.name_of(number)
        yield replace(decode_snapshot(evaluation.snapshot), file_id=file_id, position=number)


async def _fold(url: str, files: int) -> None:
    database, catalogue = Database(url), forty_units()
    await migrate(database)
    store = ComplianceStore(database)
    await ministry.fold(store, catalogue, snapshots(catalogue, files), files)
    await database.close()


async def _measure(url: str, task: str) -> str:
    database, catalogue = Database(url), forty_units()
    store = ComplianceStore(database)
    tasks: Mapping[str, Callable[[], Awaitable[None]]] = {
        "age order": AgeOrderKeeper(store, catalogue, lambda: ministry.NOW).read,
        "forecast": Forecaster(store, catalogue, lambda: ministry.NOW).build,
    }
    _RESET_PEAK.write_text("5")
    before, began = _mib("VmRSS"), time.process_time()
    await tasks[task]()
    took, more = time.process_time() - began, _mib("VmHWM") - before
    await database.close()
    return f"| {task} | {took:.1f} s | {more:.0f} MiB |"


def _mib(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def main() -> None:
    """Fold, then run each task in a process of its own; or, of that process, the one task."""
    if len(sys.argv) == len(("program", "url", "task")):
        print(asyncio.run(_measure(*sys.argv[1:])))
        return
    files = int(sys.argv[1]) if len(sys.argv) > 1 else _FILES
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'bench.sqlite'}"
        asyncio.run(_fold(url, files))
        print(f"| of {files:,} files | processor | memory more |\n|---|---:|---:|")
        for task in ("age order", "forecast"):
            subprocess.run([sys.executable, "-m", "bench.background", url, task], check=True)


if __name__ == "__main__":
    main()
