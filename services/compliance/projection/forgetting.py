"""A file becomes its pseudonym in every table that names it; no figure changes.

The clock publishes a first snapshot under the pseudonym. Compliance renames the file's rows in the
transaction that folds it, so that nothing is counted twice, or not at all, in between.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.compliance.alerts import alert_deliveries, alerts
from services.compliance.projection.tables import (
    compliance_files,
    corrections_table,
    known_cycles,
    known_files,
    measured_cycles,
    stop_findings,
)
from shared.domain import ClockSnapshot, Forgotten, is_pseudonym, short_name
from shared.erasure import MEASURED_ANEW, NOTED, erasures

RENAMED: Final[tuple[Table, ...]] = (
    compliance_files,
    measured_cycles,
    stop_findings,
    corrections_table,
    known_cycles,
    alerts,
    alert_deliveries,
)
"""The tables with a row, or several, for a file."""

_FORGOTTEN: Final = short_name(Forgotten)
_NO_EVENT: Final = "~"
"""In place of the identifier of a forgotten file's event."""


class Renamings:
    """Files of a partition, each with its pseudonym."""

    def __init__(self, partition: int, pseudonyms: Mapping[str, str]) -> None:
        self._partition = partition
        self.pseudonyms = pseudonyms

    async def __call__(self, connection: AsyncConnection) -> None:
        """Rename the files in every table, within the transaction of a step."""
        files = [{"old": old, "new": new} for old, new in self.pseudonyms.items()]
        for table in RENAMED:
            changes: dict[str, Any] = {"file_id": bindparam("new")}
            if table is corrections_table:
                changes["event_id"] = _NO_EVENT
            rows = update(table).where(table.c.file_id == bindparam("old"))
            await connection.execute(rows.values(**changes), files)
        await self._rename_known(connection)
        pseudonyms = list(self.pseudonyms.values())
        noted = erasures.c.pseudonym.in_(pseudonyms) & (erasures.c.stage == NOTED)
        await connection.execute(update(erasures).where(noted).values(stage=MEASURED_ANEW))

    async def _rename_known(self, connection: AsyncConnection) -> None:
        """Rename the files where a row holds all files of a step."""
        rows = select(known_files).where(known_files.c.partition == self._partition)
        for row in (await connection.execute(rows)).all():
            known = json.loads(row.files)
            if not self.pseudonyms.keys() & set(known):
                continue
            files = json.dumps([self.pseudonyms.get(one, one) for one in known])
            key = [column == getattr(row, column.name) for column in known_files.primary_key]
            await connection.execute(update(known_files).where(*key).values(files=files))


def is_renaming(snapshot: ClockSnapshot) -> bool:
    """Whether a snapshot is the first under a pseudonym."""
    cause = snapshot.changed_by
    return is_pseudonym(snapshot.file_id) and cause is not None and cause.type == _FORGOTTEN
