"""The compliance database: tallies and the snapshots they come from, behind the fence."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select

from services.compliance.contributions import Basis, Key
from services.compliance.tables import compliance_files, tallies
from shared import database
from shared.database import Claim, Database
from shared.events import ClockSnapshot, decode_snapshot
from shared.writes import Write

SERVICE = "compliance"


class Rows(NamedTuple):
    """What one step writes."""

    files: Sequence[Mapping[str, Any]]
    changes: Counter[Key]


class ComplianceStore:
    """All reads and writes of the compliance tables."""

    def __init__(self, db: Database) -> None:
        self.database = db

    async def claim(self, partition: int) -> Claim:
        async with self.database.transaction() as connection:
            return await database.claim(connection, SERVICE, partition)

    async def commit(self, held: Claim, next_offset: int, rows: Rows) -> Claim:
        """Write rows behind the fence; raises ``FencedError`` and writes nothing if the partition was lost."""
        added = [
            {**key._asdict(), "partition": held.partition, "files": files}
            for key, files in rows.changes.items()
        ]
        writes = [Write(compliance_files, rows.files), Write(tallies, added, adds_to="files")]
        return await self.database.commit(held, next_offset, writes)

    async def snapshots(self, file_ids: Sequence[str]) -> dict[str, ClockSnapshot]:
        """The newest snapshot folded of each file that has one."""
        found = select(compliance_files.c.file_id, compliance_files.c.snapshot).where(
            self.database.among(compliance_files.c.file_id, file_ids)
        )
        async with self.database.reading() as connection:
            return {row[0]: decode_snapshot(row[1]) for row in await connection.execute(found)}

    async def sums(
        self, basis: Basis, first: date | None = None, last: date | None = None
    ) -> Mapping[tuple[str, str, str], int]:
        """Files by (standard, unit, outcome) on the days from ``first`` to ``last``, both included; every day when None."""
        total = (
            select(tallies.c.standard, tallies.c.unit, tallies.c.outcome, func.sum(tallies.c.files))
            .where(tallies.c.basis == basis)
            .group_by(tallies.c.standard, tallies.c.unit, tallies.c.outcome)
        )
        if first is not None:
            total = total.where(tallies.c.day >= first.toordinal())
        if last is not None:
            total = total.where(tallies.c.day <= last.toordinal())
        async with self.database.reading() as connection:
            rows = await connection.execute(total)
            return {(row[0], row[1], row[2]): int(row[3]) for row in rows if row[3]}

    async def outcomes(self, basis: Basis) -> Counter[str]:
        """Files by outcome, of every standard, unit and day."""
        totals: Counter[str] = Counter()
        for (_, _, outcome), files in (await self.sums(basis)).items():
            totals[outcome] += files
        return totals

    async def digest(self) -> str:
        """Tells whether two computations came to the same tallies, whatever order their rows were written in."""
        total = func.sum(tallies.c.files)
        keys = (
            tallies.c.standard,
            tallies.c.basis,
            tallies.c.day,
            tallies.c.unit,
            tallies.c.outcome,
        )
        summed = select(*keys, total).group_by(*keys).having(total != 0).order_by(*keys)
        fingerprint = hashlib.sha256()
        async with self.database.reading() as connection:
            for row in await connection.execute(summed):
                fingerprint.update(repr(tuple(row)).encode())
        return fingerprint.hexdigest()[:16]

    async def files(self) -> int:
        """How many files are known."""
        async with self.database.reading() as connection:
            found = await connection.execute(select(func.count()).select_from(compliance_files))
            return int(found.scalar_one())

    async def soonest(
        self, after: int, limit: int, units: frozenset[str] | None
    ) -> Sequence[ClockSnapshot]:
        """Open files that breach after an instant (microseconds), soonest first; of some units, or of all."""
        listed = (
            select(compliance_files.c.snapshot)
            .where(compliance_files.c.breaches_at > after)
            .order_by(compliance_files.c.breaches_at, compliance_files.c.file_id)
            .limit(limit)
        )
        if units is not None:
            listed = listed.where(compliance_files.c.unit.in_(sorted(units)))
        async with self.database.reading() as connection:
            return [decode_snapshot(row[0]) for row in await connection.execute(listed)]
