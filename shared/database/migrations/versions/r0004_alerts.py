"""alerts, their delivery, who delivers, and digests"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_KEY = ("file_id", "cycle", "stage", "stage_since")


def _identity() -> list[sa.Column[object]]:
    return [
        sa.Column("file_id", sa.String, nullable=False),
        sa.Column("cycle", sa.Integer, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column(
            "stage_since",
            sa.BigInteger,
            nullable=False,
            comment="microseconds, as all instants",
        ),
    ]


def upgrade() -> None:
    """What the fold writes of alerts, and what the notifier does."""
    _alerts()
    _indexes()
    _notifier()


def _alerts() -> None:
    op.create_table(
        "alerts",
        *_identity(),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column(
            "position",
            sa.BigInteger,
            nullable=False,
            comment="the partition's, once this was so",
        ),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("due_on", sa.Integer, nullable=False, comment="ordinal of the date"),
        sa.Column("breaches_at", sa.BigInteger, nullable=False),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.Column("by_catalogue", sa.Boolean, nullable=False),
        sa.Column("resolved_at", sa.BigInteger),
        sa.Column("resolved_why", sa.String),
        sa.PrimaryKeyConstraint(*_KEY),
    )
    op.create_table(
        "alert_deliveries",
        *_identity(),
        sa.Column(
            "delivered_at",
            sa.BigInteger,
            nullable=False,
            comment="an Alertmanager first took it",
        ),
        sa.PrimaryKeyConstraint(*_KEY),
    )


def _indexes() -> None:
    op.create_index("alerts_changed", "alerts", ["partition", "position"])
    active, over = sa.text("resolved_at IS NULL"), sa.text("resolved_at IS NOT NULL")
    op.create_index(
        "alerts_active",
        "alerts",
        ["standard", "unit", *_KEY],
        sqlite_where=active,
        postgresql_where=active,
    )
    op.create_index("alerts_raised", "alerts", ["raised_at", *_KEY])
    op.create_index(
        "alerts_resolved",
        "alerts",
        ["resolved_at"],
        sqlite_where=over,
        postgresql_where=over,
    )


def _notifier() -> None:
    op.create_table(
        "alert_notices",
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "position",
            sa.BigInteger,
            nullable=False,
            comment="up to which alerts were published",
        ),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "digests",
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("day", sa.Integer, nullable=False, comment="ordinal of the date"),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("unit", "day"),
    )
