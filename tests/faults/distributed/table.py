"""What the scenarios came to, one line each, for whoever runs them."""

from __future__ import annotations

from typing import Final, NamedTuple


class Line(NamedTuple):
    """A scenario: how many events were posted, what their publishers know of them, what the verifier found."""

    scenario: str
    events: int
    ok: int
    failed: int
    unknown: int
    lost: int
    doubled: int
    recovery_seconds: float | None


lines: Final[list[Line]] = []
"""Those of this session, in the order they ran."""

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
    return line.scenario, str(line.events), answers, str(line.lost), str(line.doubled), recovery
