"""the first tables

A data directory of before migrations has these tables, and no record of a revision: what exists is left as it is.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Room on each page for the next version of a row, so that an update touches no index whose columns stay the same.
_HOT: dict[str, Any] = {"if_not_exists": True, "postgresql_with": {"fillfactor": 75}}


def upgrade() -> None:
    """Positions, the clock's tables and those of compliance; the log where it is not Kafka."""
    op.create_table(
        "positions",
        sa.Column("service", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("service", "partition"),
        **_HOT,
    )
    _clock()
    _compliance()
    if op.get_bind().dialect.name == "sqlite":
        _log()


def _clock() -> None:
    op.create_table(
        "clock_files",
        sa.Column("file_id", sa.String, primary_key=True),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("history", sa.LargeBinary, nullable=False, comment="JSON array of stored events"),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column(
            "position",
            sa.BigInteger,
            nullable=False,
            comment="offset of the last event that changed the file",
        ),
        sa.Column("crossed_at", sa.BigInteger, nullable=False),
        sa.Column(
            "crosses_at",
            sa.BigInteger,
            comment="next instant at which time alone changes the state",
        ),
        sa.Column(
            "digest",
            sa.BigInteger,
            nullable=False,
            comment="of the published state, without its version",
        ),
        sa.Column("standard", sa.String),
        sa.Column("unit", sa.String),
        sa.Column("stage", sa.String, comment="a stage, waiting, or empty once ended"),
        sa.Column(
            "breaches_at",
            sa.BigInteger,
            comment="sort key of open files; the far future while waiting",
        ),
        **_HOT,
    )
    op.create_index(
        "clock_files_crossing", "clock_files", ["partition", "crosses_at"], if_not_exists=True
    )
    _index_of_open_files("clock_files")
    op.create_table(
        "clock_generations",
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("catalogue", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("catalogue_digest", sa.String, nullable=False),
        sa.Column(
            "regenerated_after",
            sa.String,
            comment="the last file re-evaluated; empty when all are",
        ),
        if_not_exists=True,
    )


def _compliance() -> None:
    op.create_table(
        "compliance_files",
        sa.Column("file_id", sa.String, primary_key=True),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column(
            "snapshot",
            sa.LargeBinary,
            nullable=False,
            comment="the newest snapshot folded, as stored",
        ),
        sa.Column("unit", sa.String),
        sa.Column("breaches_at", sa.BigInteger, comment="sort key of open files with a deadline"),
        **_HOT,
    )
    _index_of_open_files("compliance_files")
    op.create_table(
        "tallies",
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("day", sa.Integer, nullable=False, comment="ordinal of the date; 0 for none"),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("files", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("standard", "basis", "day", "unit", "outcome", "partition"),
        sqlite_with_rowid=False,
        **_HOT,
    )


def _log() -> None:
    op.create_table(
        "log_records",
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "offset"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )


def _index_of_open_files(table: str) -> None:
    is_open = sa.text("breaches_at IS NOT NULL")
    op.create_index(
        f"{table}_open",
        table,
        ["breaches_at", "file_id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
        if_not_exists=True,
    )
