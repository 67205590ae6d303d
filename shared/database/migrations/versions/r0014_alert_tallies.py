"""alert tallies: alerts are counted as they change, and listed by indexes of the active ones and of the others"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_NEWEST = ["raised_at", "file_id", "cycle", "stage", "stage_since"]
_OF_GROUP = ["standard", "unit", "stage", "raised_at", "file_id", "cycle", "stage_since"]


def upgrade() -> None:
    """Count them, and make the indexes anew."""
    op.create_table(
        "alert_tallies",
        sa.Column("state", sa.String, nullable=False, comment="active or resolved"),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("alerts", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("state", "standard", "unit", "stage", "partition"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO alert_tallies (state, standard, unit, stage, partition, alerts) "
        "SELECT CASE WHEN resolved_at IS NULL THEN 'active' ELSE 'resolved' END AS state, "
        "standard, unit, stage, partition, count(*) FROM alerts "
        "GROUP BY state, standard, unit, stage, partition"
    )
    for name in ("alerts_active", "alerts_counted", "alerts_raised"):
        op.drop_index(name, "alerts")
    for state, test in (("active", "IS NULL"), ("resolved", "IS NOT NULL")):
        for order, columns in (("newest", _NEWEST), ("of_group", _OF_GROUP)):
            where = sa.text(f"resolved_at {test}")
            name = f"alerts_{state}_{order}"
            op.create_index(name, "alerts", columns, sqlite_where=where, postgresql_where=where)
