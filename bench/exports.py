"""A synthetic export of a case-management system: files interleaved over sixty days.

Every file is received, asked for documents, answered and decided, so an export has four rows a
file, in the order they happened. The same size gives the same rows, byte for byte.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

EVENTS_PER_FILE = 4
FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 60

MAPPING = """\
source: https://example.org/bench
columns:
  file_id: file
  activity: activity
  time: time
  event_id: event
activities:
  received: received
  requested: documents_requested
  answered: documents_received
  decided: decided
standard: {column: standard, words: {caq: caq-etudes, undertaking: regroupement-familial, peq: peq}}
unit: {column: office, words: {M: montreal, Q: quebec, L: laval, E: estrie}}
outcome: {column: outcome, words: {granted: accepted, refused: refused}}
"""
_HEADER = "event,file,activity,time,standard,office,outcome\n"
_SECONDS = DAYS * 86_400


def write(folder: Path, files: int) -> tuple[Path, Path]:
    """Write an export of the given size, and its mapping."""
    export, mapping = folder / "export.csv", folder / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    with export.open("w", encoding="ascii") as written:
        written.write(_HEADER)
        written.writelines(_rows(files))
    return export, mapping


def _rows(files: int) -> Iterator[str]:
    return (_row(number, step, second) for second, number, step in steps(files))


def steps(files: int) -> Iterator[tuple[int, int, int]]:
    """The second of the sixty days, the file and the step of its life, of every event in order.

    The seconds are random; those of one file are in order.
    """
    chance = random.Random(2021)
    moments: list[int] = []
    for number in range(files):
        seconds = sorted(chance.randrange(_SECONDS) for _ in range(EVENTS_PER_FILE))
        moments += (
            (second * files + number) * EVENTS_PER_FILE + step
            for step, second in enumerate(seconds)
        )
    moments.sort()
    for moment in moments:
        of_file, step = divmod(moment, EVENTS_PER_FILE)
        yield *divmod(of_file, files), step


def _row(number: int, step: int, seconds: int) -> str:
    time = (FIRST_DAY + timedelta(seconds=seconds)).isoformat()
    activity = ("received", "requested", "answered", "decided")[step]
    standard = ("caq", "undertaking", "peq")[number % 3]
    office, outcome = "MQLE"[number % 4], "refused" if number % 10 == 0 else "granted"
    return f"e{number}-{step},F-{number:08},{activity},{time},{standard},{office},{outcome}\n"
