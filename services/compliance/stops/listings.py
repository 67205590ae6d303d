"""Pages of the cycles that a rule singles out, the last decided first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, select, tuple_

from services.compliance.projection import StopRule, stop_findings
from shared.database import Database
from shared.erasure import not_forgotten
from shared.http import FileKey, Int32, StandardKey


class StoredFinding(NamedTuple):
    """A finding as it is stored; ``ended_on`` is an ordinal, ``at`` in microseconds.

    ``removed`` is what all stops of the cycle took off, in the unit of the limit; ``amount`` as
    :class:`~services.compliance.projection.stop_rules.Finding` has it.
    """

    file_id: str
    of_standard: str
    cycle: int
    rule: StopRule
    standard: str
    unit: str
    ended_on: int
    outcome: str
    removed: float
    at: int
    amount: float


class StopFindingCursor(NamedTuple):
    """The last finding of a page."""

    ended_on: Int32
    file_id: FileKey
    of_standard: StandardKey
    cycle: Int32

    @classmethod
    def after(cls, row: StoredFinding) -> StopFindingCursor:
        return cls(row.ended_on, row.file_id, row.of_standard, row.cycle)


class StopFindingFilter(NamedTuple):
    """Which findings of a standard: of one rule, ended from ``first`` to ``last``; units None for all."""

    standard: str
    units: Collection[str] | None
    rule: StopRule
    first: date
    last: date


_FINDINGS = select(*(stop_findings.c[name] for name in StoredFinding._fields))


async def files_to_verify(
    database: Database, selection: StopFindingFilter, after: StopFindingCursor | None, limit: int
) -> Sequence[StoredFinding]:
    """Rows of findings, the last ended first; from after a cursor on."""
    table = stop_findings.c
    key = table.ended_on, table.file_id, table.of_standard, table.cycle
    ends = min(selection.last.toordinal(), after.ended_on if after else date.max.toordinal())
    query = (
        select(*key)
        .where(table.standard == selection.standard, table.rule == selection.rule)
        .where(table.ended_on.between(selection.first.toordinal(), ends))
        .where(not_forgotten(table.file_id))
        .order_by(*(column.desc() for column in key))
        .limit(limit)
    )
    if selection.units is not None:
        query = query.where(table.unit.in_(sorted(selection.units)))
    if after is not None:
        query = query.where(tuple_(*key) < after)
    page = query.subquery()
    same = [table[column.name] == page.c[column.name] for column in key[1:]]
    whole = _FINDINGS.join(page, and_(*same, table.rule == selection.rule))
    newest = [page.c[column.name].desc() for column in key]
    async with database.reading() as connection:
        rows = await connection.execute(whole.order_by(*newest))
        return [StoredFinding._make(row) for row in rows]
