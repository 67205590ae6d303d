"""Exports and their mappings, and what an import prints of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import Result

from shared.log.ports import FILE_EVENTS
from tests.echeance.command import echeance, english, told
from tests.services.world import world

MAPPING = """
source: https://example.org/small
zone: America/Toronto
columns: {file_id: file, activity: activity, time: time}
activities: {in: received, out: decided, ask: documents_requested, back: documents_received, gone: withdrawn}
standard: courriel
unit: {column: unit, words: {M: montreal, L: laval}}
outcome: answered
"""
NAMED = MAPPING.replace("time: time}", "time: time, event_id: id}")
HEADER = "file,activity,time,unit\n"
ROWS = """A,in,2025-05-05 09:00,M
A,out,2025-05-07 16:00,M
B,in,2025-05-05 09:00,M
B,out,2025-05-08 10:00,M
C,in,2025-05-05 10:00,L
C,ask,2025-05-06 10:00,L
C,back,2025-05-20 10:00,L
C,out,2025-05-21 10:00,L
D,in,2025-05-05 11:00,L
D,ask,2025-05-06 11:00,L
E,in,2025-05-05 12:00,L
F,in,2025-05-05 12:00,L
F,gone,2025-05-06 12:00,L
G,noted,2025-05-06 12:00,L
"""
FIGURES = {
    "files": 6,
    "received": 6,
    "decided": 3,
    "on_time": 2,
    "late": 1,
    "open": 1,
    "waiting": 1,
    "withdrawn": 1,
    "attainment": 2 / 3,
    "rejected": 0,
    "ignored": 1,
    "rejections": [],
}
"""What a hand counts in the rows."""

STANDING = ("received", "decided", "on_time", "late", "open", "waiting", "withdrawn")
FATES = ("ignored", "rejected", "set_aside", "changed_nothing")


class Imported:
    """What an import printed for programs, whose rows add up."""

    def __init__(self, result: Result) -> None:
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        self.status = result.exit_code
        self.stderr = result.stderr
        self.figures: dict[str, Any] = json.loads(result.stdout)
        self.rows = self.figures["rows"]
        assert self.rows["read"] == self.rows["counted"] + sum(
            self.rows[fate]["count"] for fate in FATES
        )
        for fate in FATES[1:]:
            reasons = self.rows[fate]["by_reason"]
            assert self.rows[fate]["count"] == sum(one["count"] for one in reasons)
            assert all(0 < len(one["first"]) <= 5 for one in reasons)

    def reasons(self, fate: str) -> Mapping[str, int]:
        """How many rows of a fate have each reason."""
        found: Counter[str] = Counter()
        for one in self.rows[fate]["by_reason"]:
            found[one["reason"]] += one["count"]
        return found

    @property
    def all_reasons(self) -> list[Mapping[str, int]]:
        return [self.reasons(fate) for fate in FATES[1:]]

    @property
    def standing(self) -> Mapping[str, int]:
        return {name: self.figures[name] for name in STANDING}

    @property
    def whole(self) -> Mapping[str, Any]:
        """The figures of the whole directory, of an import that ended well."""
        assert self.status == 0, self.stderr
        return {name: self.figures[name] for name in FIGURES}


def import_of(
    folder: Path, rows: str | bytes = ROWS, *, mapping: str = MAPPING, header: str = HEADER
) -> tuple[object, ...]:
    """Write an export, as CSV or as these bytes, and its mapping: the command that imports it."""
    content = rows if isinstance(rows, bytes) else (header + rows).encode()
    (folder / "m.yaml").write_text(mapping, "utf-8")
    (folder / "e.csv").write_bytes(content)
    return "import", folder / "e.csv", "--mapping", folder / "m.yaml"


def imported(
    folder: Path, rows: str | bytes = ROWS, *options: object, data: bool = False, **written: str
) -> Imported:
    """Import rows, into a directory of data or into none."""
    where = ("--data", folder / "data") if data else ()
    command = (*import_of(folder, rows, **written), *where, *options)
    return Imported(echeance(*command, "--format", "json", variables=english()))


def refused(folder: Path, content: bytes, *options: object, mapping: str = MAPPING) -> str:
    """What an import says that imports nothing."""
    return told(*import_of(folder, content, mapping=mapping), *options, variables=english())


async def events_in(data: Path) -> int:
    async with world(data, partitions=8) as known:
        return sum(await known.embedded.log.ends(FILE_EVENTS))
