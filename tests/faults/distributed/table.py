"""What the scenarios came to, one line each, for whoever runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple


class Line(NamedTuple):
    """A scenario: how many events were posted, what their publishers know of them, what the verifier found (None: it could not look)."""

    scenario: str
    events: int
    ok: int
    failed: int
    unknown: int
    lost: int | None
    doubled: int | None
    recovery_seconds: float | None


lines: Final[list[Line]] = []
"""Those of this session, in the order they ran."""


def write(path: Path) -> None:
    """Leave the lines in a file, for a session of which this one is a part."""
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def read(path: Path) -> None:
    """Add the lines of such a file; one that is not there has none: its session ended before."""
    if path.exists():
        lines.extend(Line(*json.loads(line)) for line in path.read_text().splitlines())


_HEADINGS = ("scenario", "events", "ok/failed/unknown", "lost", "doubled", "recovery s")


def rows() -> list[str]:
    """The table, as lines of text."""
    cells = [_HEADINGS, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADINGS))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]


def _cells(line: Line) -> tuple[str, ...]:
    recovery = "" if line.recovery_seconds is None else f"{line.recovery_seconds:.1f}"
    answers = f"{line.ok}/{line.failed}/{line.unknown}"
    missing = ("" if one is None else str(one) for one in (line.lost, line.doubled))
    return line.scenario, str(line.events), answers, *missing, recovery
