"""how long files took"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What snapshots say of delays, and the tallies of it; clocks then publish every file anew.

    Columns come last, as in the models: a rebuild copies rows whole.
    """
    op.add_column(
        "clock_generations",
        sa.Column(
            "snapshot_revision",
            sa.Integer,
            nullable=False,
            server_default="1",
            comment="what its snapshots say of a history",
        ),
    )
    op.create_table(
        "delay_tallies",
        sa.Column("grain", sa.String, nullable=False, comment="month or year: what a row covers"),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False, comment="* for all units together"),
        sa.Column("day", sa.Integer, nullable=False, comment="ordinal of the first day covered"),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column(
            "kind",
            sa.String,
            nullable=False,
            comment="net, gross (had nothing stopped the delay), or both where they are the same",
        ),
        sa.Column("amount", sa.Integer, nullable=False, comment="days, or seconds rounded up"),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("files", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "grain", "standard", "day", "unit", "outcome", "kind", "amount", "partition"
        ),
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": 75},
    )
    counted = sa.Column("counted", sa.Integer, comment="days or seconds, once it ended")
    gross = sa.Column("gross", sa.Integer, comment="the same, had nothing stopped the delay")
    op.add_column("measured_cycles", counted)
    op.add_column("measured_cycles", gross)
    op.drop_index("measured_cycles_decided_on", "measured_cycles")
    where = sa.text("decided_on IS NOT NULL")
    op.create_index(
        "measured_cycles_decided_on",
        "measured_cycles",
        [
            "standard",
            "decided_on",
            "file_id",
            "cycle",
            "unit",
            "outcome",
            "of_standard",
            "counted",
            "gross",
        ],
        sqlite_where=where,
        postgresql_where=where,
    )
