"""worklist: open files by standard, unit and stage, soonest breach first

The columns are computed from the snapshot that each row keeps, a few thousand rows at a time.
"""

import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ROWS = 5_000
_AFTER_EVERY_BREACH = 1 << 61
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_FILES = sa.table(
    "compliance_files",
    sa.column("file_id"),
    sa.column("snapshot"),
    sa.column("standard"),
    sa.column("stage"),
    sa.column("breaches_at"),
)


def upgrade() -> None:
    """The columns and the index, for the files that are there too."""
    op.add_column("compliance_files", sa.Column("standard", sa.String))
    op.add_column(
        "compliance_files",
        sa.Column("stage", sa.String, comment="of an open file: a stage, or waiting"),
    )
    if op.get_bind().dialect.name == "postgresql":
        told = "sort key of open files; after every breach while waiting"
        op.alter_column("compliance_files", "breaches_at", comment=told)
    _fill()
    listed = sa.text("breaches_at IS NOT NULL")
    op.create_index(
        "compliance_files_chosen",
        "compliance_files",
        ["standard", "unit", "stage", "breaches_at", "file_id"],
        sqlite_where=listed,
        postgresql_where=listed,
    )


def _fill() -> None:
    connection, after = op.get_bind(), ""
    following = sa.select(_FILES.c.file_id, _FILES.c.snapshot).order_by(_FILES.c.file_id)
    changed = sa.update(_FILES).where(_FILES.c.file_id == sa.bindparam("id"))
    while rows := connection.execute(following.where(_FILES.c.file_id > after).limit(_ROWS)).all():
        connection.execute(changed, [_columns(*row) for row in rows])
        after = rows[-1].file_id


def _columns(file_id: str, stored: bytes) -> dict[str, Any]:
    snapshot = json.loads(stored)
    found: dict[str, Any] = {
        "id": file_id,
        "standard": snapshot["standard"],
        "stage": None,
        "breaches_at": None,
    }
    state = snapshot["cycles"][-1] if snapshot["cycles"] else {"ended_on": ""}
    if state.get("ended_on") is None:
        found["stage"] = state.get("stage") or "waiting"
        breaches_at = state.get("breaches_at")
        found["breaches_at"] = (
            _microseconds(breaches_at)
            if state.get("stage") and breaches_at
            else _AFTER_EVERY_BREACH + _microseconds(state["since"])
        )
    return found


def _microseconds(instant: str) -> int:
    return (datetime.fromisoformat(instant) - _EPOCH) // timedelta(microseconds=1)
