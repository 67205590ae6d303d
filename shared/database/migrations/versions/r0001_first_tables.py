"""the first tables"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Room on each page for the next version of a row (a HOT update): an index whose columns stay the
# same is not written.
_HOT: dict[str, Any] = {"postgresql_with": {"fillfactor": 75}}


def upgrade() -> None:
    """Make every table; the log only where it is not Kafka."""
    _shared()
    _clock()
    _measures()
    _alerts()
    if op.get_bind().dialect.name == "sqlite":
        _log()


def _index(name: str, table: str, columns: list[str], condition: str) -> None:
    """A partial index."""
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _shared() -> None:
    op.create_table(
        "positions",
        sa.Column("service", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("service", "partition"),
        **_HOT,
    )
    op.create_table(
        "attempts",
        sa.Column("service", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("service", "partition"),
    )
    op.create_table(
        "origins",
        sa.Column("service", sa.String, primary_key=True),
        sa.Column(
            "topic_id", sa.String, nullable=False, comment="of the topic that its positions are of"
        ),
        sa.Column("partitions", sa.Integer, comment="how many that topic has; null: not noted yet"),
    )
    op.create_table(
        "rebuilds",
        sa.Column("service", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False, comment="microseconds since 1970"),
        sa.Column("done_records", sa.BigInteger, nullable=False),
        sa.Column("total_records", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("service", "partition"),
    )


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
            comment="sort key of open files; after every breach while waiting",
        ),
        **_HOT,
    )
    op.create_index("clock_files_crossing", "clock_files", ["partition", "crosses_at"])
    _index("clock_files_open", "clock_files", ["breaches_at", "file_id"], "breaches_at IS NOT NULL")
    op.create_table(
        "clock_generations",
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("catalogue", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("catalogue_digest", sa.String, nullable=False),
        sa.Column(
            "regenerated_after", sa.String, comment="the last file re-evaluated; empty when all are"
        ),
    )


def _measures() -> None:
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
        sa.Column("standard", sa.String),
        sa.Column("unit", sa.String),
        sa.Column(
            "stage",
            sa.String,
            comment="of an open file: a stage, waiting, or overdue_waiting; followed_ before it where the file is not measured",
        ),
        sa.Column(
            "breaches_at",
            sa.BigInteger,
            comment="sort key of open files; after every breach while waiting",
        ),
        **_HOT,
    )
    _index(
        "compliance_files_chosen",
        "compliance_files",
        ["standard", "unit", "stage", "breaches_at", "file_id"],
        "breaches_at IS NOT NULL",
    )
    _index(
        "compliance_files_open",
        "compliance_files",
        ["breaches_at", "file_id"],
        "breaches_at IS NOT NULL",
    )
    op.create_table(
        "tallies",
        sa.Column("basis", sa.String, nullable=False),
        sa.Column(
            "grain",
            sa.String,
            nullable=False,
            comment="day, week, month, quarter or year: what a row covers",
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
        sa.Column("has_files", sa.Boolean, sa.Computed("files <> 0", persisted=True)),
        sa.PrimaryKeyConstraint("basis", "standard", "unit", "day", "outcome", "partition"),
        sqlite_with_rowid=False,
        **_HOT,
    )
    op.create_index(
        "open_tallies_left",
        "open_tallies",
        ["basis", "standard", "unit", "day"],
        sqlite_where=sa.text("files != 0"),
        postgresql_where=sa.text("has_files"),
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
    _index(
        "measured_cycles_decided_on",
        "measured_cycles",
        ["standard", "decided_on", "file_id", "cycle", "unit", "outcome"],
        "decided_on IS NOT NULL",
    )
    _index(
        "measured_cycles_due_on",
        "measured_cycles",
        ["standard", "due_on", "file_id", "cycle", "unit", "outcome"],
        "due_on IS NOT NULL",
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
    _index(
        "corrections_new_day",
        "corrections",
        ["basis", "new_day", "standard"],
        "new_day IS NOT NULL",
    )
    _index(
        "corrections_old_day",
        "corrections",
        ["basis", "old_day", "standard"],
        "old_day IS NOT NULL",
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("file_id", sa.String, nullable=False),
        sa.Column("cycle", sa.Integer, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column(
            "stage_since", sa.BigInteger, nullable=False, comment="microseconds, as all instants"
        ),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column(
            "position", sa.BigInteger, nullable=False, comment="the partition's, once this was so"
        ),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("due_on", sa.Integer, nullable=False, comment="ordinal of the date"),
        sa.Column("breaches_at", sa.BigInteger, nullable=False),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.Column("by_catalogue", sa.Boolean, nullable=False),
        sa.Column("resolved_at", sa.BigInteger),
        sa.Column("resolved_why", sa.String),
        sa.PrimaryKeyConstraint("file_id", "cycle", "stage", "stage_since"),
    )
    _index(
        "alerts_active_newest",
        "alerts",
        ["raised_at", "file_id", "cycle", "stage", "stage_since"],
        "resolved_at IS NULL",
    )
    _index(
        "alerts_active_of_group",
        "alerts",
        ["standard", "unit", "stage", "raised_at", "file_id", "cycle", "stage_since"],
        "resolved_at IS NULL",
    )
    op.create_index("alerts_changed", "alerts", ["partition", "position"])
    _index(
        "alerts_resolved_newest",
        "alerts",
        ["raised_at", "file_id", "cycle", "stage", "stage_since"],
        "resolved_at IS NOT NULL",
    )
    _index(
        "alerts_resolved_of_group",
        "alerts",
        ["standard", "unit", "stage", "raised_at", "file_id", "cycle", "stage_since"],
        "resolved_at IS NOT NULL",
    )
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
    op.create_table(
        "alert_deliveries",
        sa.Column("file_id", sa.String, nullable=False),
        sa.Column("cycle", sa.Integer, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column(
            "stage_since", sa.BigInteger, nullable=False, comment="microseconds, as all instants"
        ),
        sa.Column(
            "delivered_at", sa.BigInteger, nullable=False, comment="an Alertmanager first took it"
        ),
        sa.PrimaryKeyConstraint("file_id", "cycle", "stage", "stage_since"),
    )
    op.create_table(
        "alert_notices",
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "position", sa.BigInteger, nullable=False, comment="up to which alerts were published"
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
    )
