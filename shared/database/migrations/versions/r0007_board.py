"""board: files that are overdue and wait for the client, to be asked for as either; corrections by the day of the answer

Whether an overdue file waits is read from the snapshot that its row keeps, a few thousand rows at a time.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ROWS = 5_000
_FILES = sa.table(
    "compliance_files", sa.column("file_id"), sa.column("snapshot"), sa.column("stage")
)


def upgrade() -> None:
    """The stage of such files, and the indexes of the corrections."""
    if op.get_bind().dialect.name == "postgresql":
        told = "of an open file: a stage, waiting, or overdue_waiting"
        op.alter_column("compliance_files", "stage", comment=told)
    _tell_apart()
    for day in ("old_day", "new_day"):
        some = sa.text(f"{day} IS NOT NULL")
        columns = ["basis", day, "standard"]
        op.create_index(
            f"corrections_{day}", "corrections", columns, sqlite_where=some, postgresql_where=some
        )


def _tell_apart() -> None:
    connection, after = op.get_bind(), ""
    overdue = sa.select(_FILES.c.file_id, _FILES.c.snapshot).where(_FILES.c.stage == "overdue")
    following = overdue.order_by(_FILES.c.file_id).limit(_ROWS)
    changed = (
        sa.update(_FILES)
        .where(_FILES.c.file_id == sa.bindparam("id"))
        .values(stage="overdue_waiting")
    )
    while rows := connection.execute(following.where(_FILES.c.file_id > after)).all():
        if waiting := [{"id": row.file_id} for row in rows if _waits(row.snapshot)]:
            connection.execute(changed, waiting)
        after = rows[-1].file_id


def _waits(stored: bytes) -> bool:
    """Whether a file waits by its newest snapshot."""
    return bool(json.loads(stored)["cycles"][-1]["status"] == "waiting")
