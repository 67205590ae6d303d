"""The compliance database: tallies and the snapshots they come from, behind the fence."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Column, ColumnElement, Table, func, select

from services.compliance.alerts import SERVICE, alerts
from services.compliance.alerts import rows as alert_rows
from services.compliance.projection.forgetting import Renamings
from services.compliance.projection.rollups import EVERY_UNIT
from services.compliance.projection.snapshot_tallies import COUNTED_AGAIN, OPEN_BASES, Basis
from services.compliance.projection.tables import (
    anomaly_tallies,
    compliance_files,
    delay_tallies,
    known_since,
    open_tallies,
    recounts,
    tallies,
)
from shared.database import Claim, Database, Write, engine, stored_columns
from shared.domain import BreachAlert, ClockSnapshot, decode_snapshot
from shared.erasure import ErasureStore, FileDigests

_FOLDED = select(compliance_files.c.file_id, compliance_files.c.snapshot).where(
    compliance_files.c.of_standard == ""
)
_ALERTS = select(alerts)


class ComplianceStore:
    """All reads and writes of the compliance tables."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.digests = FileDigests(database)
        self._erasures = ErasureStore(database)

    async def claim(self, partition: int) -> Claim:
        async with self.database.transaction() as connection:
            return await engine.claim(connection, SERVICE, partition)

    async def recounted_to(self, partition: int) -> int:
        """Up to which offset of events a rebuild counted a partition again; 0 where none did."""
        read = select(recounts.c.position).where(recounts.c.partition == partition)
        async with self.database.reading() as connection:
            return (await connection.execute(read)).scalar_one_or_none() or 0

    async def known_since(self) -> date | None:
        """The first day of which it can be said what was known; None where it is any day."""
        async with self.database.reading() as connection:
            began_on = (
                await connection.execute(select(known_since.c.began_on))
            ).scalar_one_or_none()
        return None if began_on is None else date.fromordinal(began_on)

    async def commit(
        self, claim: Claim, next_offset: int, writes: Sequence[Write], *renamings: Renamings
    ) -> Claim:
        """Write rows behind the fence; raises ``FencedError`` and writes nothing if the partition was lost."""
        return await self.database.commit(claim, next_offset, writes, *renamings)

    async def files_of(self, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """The file of each pseudonym of which that is known."""
        return await self._erasures.files_of(pseudonyms)

    async def snapshots(self, file_ids: Sequence[str]) -> dict[str, ClockSnapshot]:
        """The newest snapshot folded of each file that has one."""
        stored = await self.snapshot_bytes(file_ids)
        return {file_id: decode_snapshot(snapshot) for file_id, snapshot in stored.items()}

    async def snapshot_bytes(self, file_ids: Sequence[str]) -> dict[str, bytes]:
        """The same, not decoded."""
        rows = await self.database.rows_by_key(_FOLDED, compliance_files.c.file_id, file_ids)
        return {row[0]: row[1] for row in rows}

    async def stored_snapshots(self, after: str, limit: int) -> Sequence[tuple[str, bytes]]:
        """Files after one by their identifiers, each with its newest snapshot folded, not decoded."""
        page = _FOLDED.where(compliance_files.c.file_id > after)
        page = page.order_by(compliance_files.c.file_id).limit(limit)
        async with self.database.reading() as connection:
            return [(row[0], row[1]) for row in await connection.execute(page)]

    async def positions(self) -> Mapping[int, int]:
        """How far each partition is folded."""
        return await self.database.positions(SERVICE)

    async def alerts(self, file_ids: Sequence[str]) -> Mapping[str, Sequence[BreachAlert]]:
        """Every alert that these files ever had."""
        by_file: dict[str, list[BreachAlert]] = defaultdict(list)
        if file_ids:
            for row in await self.database.rows_by_key(_ALERTS, alerts.c.file_id, file_ids):
                by_file[row.file_id].append(alert_rows.alert(row))
        return by_file

    async def outcomes(self, basis: Basis) -> Counter[str]:
        """Cycles by outcome, of every standard, unit and day."""
        names = _standard_of(basis)
        return await self._outcomes(basis, names.not_like(f"{COUNTED_AGAIN}%"))

    async def files_by_outcome(self, basis: Basis) -> Counter[str]:
        """The same, with a file of several standards counted once."""
        again = await self._outcomes(basis, _standard_of(basis).like(f"{COUNTED_AGAIN}%"))
        return await self.outcomes(basis) - again

    async def _outcomes(self, basis: Basis, standards: ColumnElement[bool]) -> Counter[str]:
        table = _table_of(basis)
        total = (
            select(table.c.outcome, func.sum(table.c.files))
            .where(table.c.basis == basis, table.c.unit == EVERY_UNIT)
            .where(standards)
            .group_by(table.c.outcome)
        )
        if table is tallies:
            total = total.where(tallies.c.grain == "month")
        async with self.database.reading() as connection:
            rows = await connection.execute(total)
            return Counter({outcome: int(files) for outcome, files in rows if files})

    async def digest(self) -> str:
        """A fingerprint of all tallies, independent of partitions and of the order of writes."""
        fingerprint = hashlib.sha256()
        async with self.database.reading() as connection:
            for table in (tallies, open_tallies, delay_tallies, anomaly_tallies):
                *keys, _, added = stored_columns(table)
                total = func.sum(added)
                summed = select(*keys, total).group_by(*keys).having(total != 0).order_by(*keys)
                for row in await connection.execute(summed):
                    fingerprint.update(repr(tuple(row)).encode())
        return fingerprint.hexdigest()[:16]

    async def is_empty(self) -> bool:
        """Whether no file is known."""
        async with self.database.reading() as connection:
            return (await connection.execute(_FOLDED.limit(1))).first() is None

    async def files(self) -> int:
        """How many files are known."""
        async with self.database.reading() as connection:
            files = select(func.count()).where(compliance_files.c.of_standard == "")
            result = await connection.execute(files)
            return int(result.scalar_one())


def _table_of(basis: Basis) -> Table:
    return open_tallies if basis in OPEN_BASES else tallies


def _standard_of(basis: Basis) -> Column[str]:
    standard: Column[str] = _table_of(basis).c.standard
    return standard
