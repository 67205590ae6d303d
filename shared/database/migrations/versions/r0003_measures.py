"""measures: tallies of every grain, and the lists behind the figures

What the old tallies lack cannot be computed from them. Everything is counted again: compliance forgets, and the clock publishes every
file anew under a later generation (by two, so that no file looks as if it had been published under the one before). Whoever is
still at work under the old tables is fenced out.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_HOT: dict[str, Any] = {"postgresql_with": {"fillfactor": 75}}


def upgrade() -> None:
    """The tables of the measures, empty, and a new generation of every partition."""
    op.drop_table("tallies")
    _tallies()
    _lists()
    op.execute("DELETE FROM compliance_files")
    op.execute("UPDATE clock_generations SET generation = generation + 2, regenerated_after = ''")
    op.execute("UPDATE positions SET epoch = epoch + 1")


def _tallies() -> None:
    op.create_table(
        "tallies",
        sa.Column("basis", sa.String, nullable=False),
        sa.Column(
            "grain", sa.String, nullable=False, comment="day, week or month: what a row covers"
        ),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False, comment="* for all units together"),
        sa.Column("day", sa.Integer, nullable=False, comment="ordinal of the first day covered"),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("files", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "basis", "grain", "standard", "unit", "day", "outcome", "partition"
        ),
        sqlite_with_rowid=False,
        **_HOT,
    )
    op.create_table(
        "open_tallies",
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False, comment="* for all units together"),
        sa.Column("day", sa.Integer, nullable=False, comment="ordinal of the date; 0 for none"),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("files", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("basis", "standard", "unit", "day", "outcome", "partition"),
        sqlite_with_rowid=False,
    )
    some = sa.text("files != 0")
    op.create_index(
        "open_tallies_left",
        "open_tallies",
        ["basis", "standard", "unit", "day"],
        sqlite_where=some,
        postgresql_where=some,
    )
    op.create_table(
        "anomaly_tallies",
        sa.Column("source", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False, comment="empty where no reception tells it"),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("source", "reason", "unit", "partition"),
        sqlite_with_rowid=False,
        **_HOT,
    )


def _lists() -> None:
    op.create_table(
        "measured_cycles",
        sa.Column("file_id", sa.String, nullable=False),
        sa.Column("cycle", sa.Integer, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("received_on", sa.Integer, nullable=False, comment="ordinals of dates, as below"),
        sa.Column("decided_on", sa.Integer, comment="null while it is overdue"),
        sa.Column("due_on", sa.Integer),
        sa.Column("outcome", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("file_id", "cycle"),
        sqlite_with_rowid=False,
    )
    for day in ("decided_on", "due_on"):
        listed = sa.text(f"{day} IS NOT NULL")
        op.create_index(
            f"measured_cycles_{day}",
            "measured_cycles",
            ["standard", day, "file_id", "cycle", "unit", "outcome"],
            sqlite_where=listed,
            postgresql_where=listed,
        )
    op.create_table(
        "corrections",
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column(
            "position", sa.BigInteger, nullable=False, comment="up to where the step had read"
        ),
        sa.Column("number", sa.Integer, nullable=False, comment="within the step"),
        sa.Column(
            "noted_at", sa.BigInteger, nullable=False, comment="microseconds since 1970, as below"
        ),
        sa.Column("file_id", sa.String, nullable=False),
        sa.Column("cycle", sa.Integer, nullable=False),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("old_day", sa.Integer),
        sa.Column("old_result", sa.String),
        sa.Column("new_day", sa.Integer),
        sa.Column("new_result", sa.String),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column(
            "source", sa.String, comment="the event that changed it; null for a new generation"
        ),
        sa.Column("event_id", sa.String),
        sa.Column("event_type", sa.String),
        sa.Column("recorded_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("noted_at", "partition", "position", "number"),
    )
