"""End to end as a user runs it: ``echeance import`` of a generated export, then ``echeance rebuild`` and
``echeance preview`` of the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from bench import exports
from bench.attainment import later_commitments
from bench.commands import run_command, size_mib
from bench.figures import Figure

_TURNS = 2


def figures(events: int) -> Iterator[Figure]:
    """Import events into an empty directory; then rebuild it and preview another limit, by turns."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        export, mapping = exports.write(folder, events // exports.EVENTS_PER_FILE)
        data = str(folder / "data")
        spent = run_command(["import", str(export), "--mapping", str(mapping), "--data", data])
        yield Figure(
            f"import of {events:,} events", events / spent.wall_seconds, "events/s", 20_000.0
        )
        yield Figure("  peak memory", spent.peak_mib, "MiB", 500.0, at_most=True)
        yield Figure("  processor", spent.cpu_seconds / events * 1e6, "µs/event")
        yield Figure("  data directory", size_mib(Path(data)), "MiB")
        candidate = folder / "candidate.yaml"
        candidate.write_text(yaml.safe_dump(later_commitments(), allow_unicode=True), "utf-8")
        yield from _by_turns(
            {
                "rebuild from the log": ["rebuild", "--data", data],
                "preview of another limit": ["preview", str(candidate), "--data", data],
            },
            events,
        )


def _by_turns(commands: Mapping[str, Sequence[str]], events: int) -> Iterator[Figure]:
    """The commands one after the other, twice: of each the quicker run, and the larger peak."""
    turns = [
        {name: run_command(arguments) for name, arguments in commands.items()}
        for _ in range(_TURNS)
    ]
    for name in commands:
        runs = [turn[name] for turn in turns]
        wall = min(run.wall_seconds for run in runs)
        yield Figure(name, events / wall, "events/s")
        processor = min(run.cpu_seconds for run in runs) / events
        yield Figure("  processor", processor * 1e6, "µs/event")
        yield Figure("  peak memory", max(run.peak_mib for run in runs), "MiB")
