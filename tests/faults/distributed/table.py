"""What the scenarios came to, one line each, for whoever runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

from typing_extensions import override

_HEADINGS: Final = ("scenario", "events", "ok/failed/unknown", "lost", "doubled", "recovery s")


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

    def cells(self) -> tuple[str, ...]:
        """As text, under the headings."""
        recovery = "" if self.recovery_seconds is None else f"{self.recovery_seconds:.1f}"
        answers = f"{self.ok}/{self.failed}/{self.unknown}"
        missing = ("" if one is None else str(one) for one in (self.lost, self.doubled))
        return self.scenario, str(self.events), answers, *missing, recovery


class Table:
    """The lines of a session, in the order its scenarios ran."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def write(self, path: Path) -> None:
        """Leave the lines in a file, for a session of which this one is a part."""
        path.write_text("".join(f"{json.dumps(line)}\n" for line in self.lines))

    def read(self, path: Path) -> None:
        """Add the lines of such a file; one that is not there has none: its session ended before."""
        if path.exists():
            self.lines += [Line(*json.loads(line)) for line in path.read_text().splitlines()]

    @override
    def __str__(self) -> str:
        cells = [_HEADINGS, *(line.cells() for line in self.lines)]
        first, *others = (max(map(len, column)) for column in zip(*cells, strict=True))
        return "\n".join(
            "  ".join([row[0].ljust(first), *map(str.rjust, row[1:], others)]) for row in cells
        )
