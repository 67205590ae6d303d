"""followed stages: open files that are not measured are listed apart from those that are; waiting files in one order everywhere

Whether an open file is measured is read from the snapshot that its row keeps, a few thousand rows at a time. The clock's key of a
file that waits says since when, as compliance's does.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_ROWS = 5_000
_FILES = sa.table(
    "compliance_files",
    sa.column("file_id"),
    sa.column("snapshot"),
    sa.column("stage"),
    sa.column("breaches_at"),
)
_CLOCK_FILES = sa.table("clock_files", sa.column("file_id"), sa.column("breaches_at"))


def upgrade() -> None:
    """Rewrite the stage and the clock's sort key of such files."""
    if op.get_bind().dialect.name == "postgresql":
        stage = (
            "of an open file: a stage, waiting, or overdue_waiting; "
            "followed_ before it where the file is not measured"
        )
        op.alter_column("compliance_files", "stage", comment=stage)
        key = "sort key of open files; after every breach while waiting"
        op.alter_column("clock_files", "breaches_at", comment=key)
    connection, after = op.get_bind(), ""
    open_files = sa.select(_FILES).where(_FILES.c.breaches_at.is_not(None))
    following = open_files.order_by(_FILES.c.file_id).limit(_ROWS)
    relisted = (
        sa.update(_FILES)
        .where(_FILES.c.file_id == sa.bindparam("id"))
        .values(stage=sa.bindparam("listed"))
    )
    reordered = (
        sa.update(_CLOCK_FILES)
        .where(_CLOCK_FILES.c.file_id == sa.bindparam("id"), _CLOCK_FILES.c.breaches_at == 1 << 62)
        .values(breaches_at=sa.bindparam("key"))
    )
    while rows := connection.execute(following.where(_FILES.c.file_id > after)).all():
        if followed := [
            {"id": row.file_id, "listed": f"followed_{row.stage}"}
            for row in rows
            if not row.stage.startswith("followed_") and not _measured(row.snapshot)
        ]:
            connection.execute(relisted, followed)
        if waiting := [
            {"id": row.file_id, "key": row.breaches_at}
            for row in rows
            if row.stage in ("waiting", "followed_waiting")
        ]:
            connection.execute(reordered, waiting)
        after = rows[-1].file_id


def _measured(stored: bytes) -> bool:
    """Whether a file is measured by its newest snapshot."""
    return bool(json.loads(stored)["cycles"][-1]["measured"])
