"""the first tables"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_Type = type[sa.types.TypeEngine[Any]]

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


def _required(name: str, type_: _Type, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False, comment=comment)


def _optional(name: str, type_: _Type, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, type_, comment=comment)


def _index(name: str, table: str, columns: list[str], condition: str) -> None:
    """A partial index."""
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _shared() -> None:
    op.create_table(
        "positions",
        _required("service", sa.String),
        _required("partition", sa.Integer),
        _required("next_offset", sa.BigInteger),
        _required("epoch", sa.BigInteger),
        sa.PrimaryKeyConstraint("service", "partition"),
        **_HOT,
    )
    op.create_table(
        "attempts",
        _required("service", sa.String),
        _required("partition", sa.Integer),
        _required("offset", sa.BigInteger),
        _required("attempts", sa.Integer),
        sa.PrimaryKeyConstraint("service", "partition"),
    )
    op.create_table(
        "origins",
        sa.Column("service", sa.String, primary_key=True),
        _required("topic_id", sa.String, "of the topic that its positions are of"),
        _optional("partitions", sa.Integer, "how many that topic has; null: not noted yet"),
    )
    op.create_table(
        "rebuilds",
        _required("service", sa.String),
        _required("partition", sa.Integer),
        _required("started_at", sa.BigInteger, "microseconds since 1970"),
        _required("done_records", sa.BigInteger),
        _required("total_records", sa.BigInteger),
        sa.PrimaryKeyConstraint("service", "partition"),
    )


def _clock() -> None:
    op.create_table(
        "clock_files",
        sa.Column("file_id", sa.String, primary_key=True),
        _required("partition", sa.Integer),
        _required("history", sa.LargeBinary, "JSON array of stored events"),
        _required("generation", sa.Integer),
        _required("position", sa.BigInteger, "offset of the last event that changed the file"),
        _required("crossed_at", sa.BigInteger),
        _optional(
            "crosses_at", sa.BigInteger, "next instant at which time alone changes the state"
        ),
        _required("digest", sa.BigInteger, "of the published state, without its version"),
        _optional("standard", sa.String),
        _optional("unit", sa.String),
        _optional("stage", sa.String, "a stage, waiting, or empty once ended"),
        _optional(
            "breaches_at", sa.BigInteger, "sort key of open files; after every breach while waiting"
        ),
        **_HOT,
    )
    op.create_index("clock_files_crossing", "clock_files", ["partition", "crosses_at"])
    _index("clock_files_open", "clock_files", ["breaches_at", "file_id"], "breaches_at IS NOT NULL")
    op.create_table(
        "clock_generations",
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        _required("generation", sa.Integer),
        _required("catalogue", sa.String),
        _required("revision", sa.Integer),
        _required("catalogue_digest", sa.String),
        _optional("regenerated_after", sa.String, "the last file re-evaluated; empty when all are"),
    )


def _measures() -> None:
    op.create_table(
        "compliance_files",
        _required("file_id", sa.String),
        _required(
            "of_standard",
            sa.String,
            "empty for the file; a standard for its part in a file of several",
        ),
        _required("partition", sa.Integer),
        _required("snapshot", sa.LargeBinary, "the newest snapshot folded, as stored"),
        _optional("standard", sa.String),
        _optional("unit", sa.String),
        _optional(
            "stage",
            sa.String,
            "of an open file: a stage, waiting, or overdue_waiting; followed_ before it where the file is not measured",
        ),
        _optional(
            "breaches_at", sa.BigInteger, "sort key of open files; after every breach while waiting"
        ),
        sa.PrimaryKeyConstraint("file_id", "of_standard"),
        **_HOT,
    )
    _index(
        "compliance_files_chosen",
        "compliance_files",
        ["standard", "unit", "stage", "breaches_at", "file_id", "of_standard"],
        "breaches_at IS NOT NULL",
    )
    _index(
        "compliance_files_open",
        "compliance_files",
        ["breaches_at", "file_id", "of_standard"],
        "breaches_at IS NOT NULL",
    )
    op.create_table(
        "tallies",
        _required("basis", sa.String),
        _required("grain", sa.String, "day, week, month, quarter or year: what a row covers"),
        _required("standard", sa.String),
        _required("unit", sa.String, "* for all units together"),
        _required("day", sa.Integer, "ordinal of the first day covered"),
        _required("outcome", sa.String),
        _required("partition", sa.Integer),
        _required("files", sa.BigInteger),
        sa.PrimaryKeyConstraint(
            "basis", "grain", "standard", "unit", "day", "outcome", "partition"
        ),
        sqlite_with_rowid=False,
        **_HOT,
    )
    op.create_table(
        "open_tallies",
        _required("basis", sa.String),
        _required("standard", sa.String),
        _required("unit", sa.String, "* for all units together"),
        _required("day", sa.Integer, "ordinal of the date; 0 for none"),
        _required("outcome", sa.String),
        _required("partition", sa.Integer),
        _required("files", sa.BigInteger),
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
        _required("source", sa.String),
        _required("reason", sa.String),
        _required("unit", sa.String, "empty where no reception tells it"),
        _required("partition", sa.Integer),
        _required("events", sa.BigInteger),
        sa.PrimaryKeyConstraint("source", "reason", "unit", "partition"),
        sqlite_with_rowid=False,
        **_HOT,
    )
    op.create_table(
        "measured_cycles",
        _required("file_id", sa.String),
        _required("of_standard", sa.String, "empty in a file of one standard"),
        _required("cycle", sa.Integer),
        _required("partition", sa.Integer),
        _required("standard", sa.String),
        _required("unit", sa.String),
        _required("received_on", sa.Integer, "ordinals of dates, as below"),
        _optional("decided_on", sa.Integer, "null while it is overdue"),
        _optional("due_on", sa.Integer),
        _required("outcome", sa.String),
        sa.PrimaryKeyConstraint("file_id", "of_standard", "cycle"),
        sqlite_with_rowid=False,
    )
    for day in ("decided_on", "due_on"):
        columns = ["standard", day, "file_id", "cycle", "unit", "outcome", "of_standard"]
        _index(f"measured_cycles_{day}", "measured_cycles", columns, f"{day} IS NOT NULL")
    op.create_table(
        "corrections",
        _required("partition", sa.Integer),
        _required("position", sa.BigInteger, "up to where the step had read"),
        _required("number", sa.Integer, "within the step"),
        _required("noted_at", sa.BigInteger, "microseconds since 1970, as below"),
        _required("file_id", sa.String),
        _required("cycle", sa.Integer),
        _required("standard", sa.String),
        _required("unit", sa.String),
        _required("basis", sa.String),
        _optional("old_day", sa.Integer),
        _optional("old_result", sa.String),
        _optional("new_day", sa.Integer),
        _optional("new_result", sa.String),
        _required("generation", sa.BigInteger),
        _optional("source", sa.String, "the event that changed it; null for a new generation"),
        _optional("event_id", sa.String),
        _optional("event_type", sa.String),
        _optional("recorded_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("noted_at", "partition", "position", "number"),
    )
    for day in ("new_day", "old_day"):
        columns = ["basis", day, "standard"]
        _index(f"corrections_{day}", "corrections", columns, f"{day} IS NOT NULL")


def _alerts() -> None:
    op.create_table(
        "alerts",
        _required("file_id", sa.String),
        _required("cycle", sa.Integer),
        _required("stage", sa.String),
        _required("stage_since", sa.BigInteger, "microseconds, as all instants"),
        _required("of_standard", sa.String, "empty in a file of one standard"),
        _required("partition", sa.Integer),
        _required("position", sa.BigInteger, "the partition's, once this was so"),
        _required("standard", sa.String),
        _required("unit", sa.String),
        _optional("due_on", sa.Integer, "ordinal of the date; none of a long wait"),
        _optional("breaches_at", sa.BigInteger),
        _required("raised_at", sa.BigInteger),
        _required("by_catalogue", sa.Boolean),
        _optional("resolved_at", sa.BigInteger),
        _optional("resolved_why", sa.String),
        sa.PrimaryKeyConstraint("file_id", "cycle", "stage", "stage_since", "of_standard"),
    )
    op.create_index("alerts_changed", "alerts", ["partition", "position"])
    key = ["raised_at", "file_id", "cycle", "stage", "stage_since", "of_standard"]
    group = ["standard", "unit", "stage", "raised_at", "file_id", "cycle", "stage_since"]
    group.append("of_standard")
    for state, condition in (("active", "IS NULL"), ("resolved", "IS NOT NULL")):
        _index(f"alerts_{state}_newest", "alerts", key, f"resolved_at {condition}")
        _index(f"alerts_{state}_of_group", "alerts", group, f"resolved_at {condition}")
    op.create_table(
        "alert_tallies",
        _required("state", sa.String, "active or resolved"),
        _required("standard", sa.String),
        _required("unit", sa.String),
        _required("stage", sa.String),
        _required("partition", sa.Integer),
        _required("alerts", sa.BigInteger),
        sa.PrimaryKeyConstraint("state", "standard", "unit", "stage", "partition"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "alert_deliveries",
        _required("file_id", sa.String),
        _required("cycle", sa.Integer),
        _required("stage", sa.String),
        _required("stage_since", sa.BigInteger, "microseconds, as all instants"),
        _required("of_standard", sa.String, "empty in a file of one standard"),
        _required("delivered_at", sa.BigInteger, "an Alertmanager first took it"),
        sa.PrimaryKeyConstraint("file_id", "cycle", "stage", "stage_since", "of_standard"),
    )
    op.create_table(
        "alert_notices",
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        _required("position", sa.BigInteger, "up to which alerts were published"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String, primary_key=True),
        _required("holder", sa.String),
        _required("expires_at", sa.BigInteger),
    )
    op.create_table(
        "digests",
        _required("unit", sa.String),
        _required("day", sa.Integer, "ordinal of the date"),
        _required("sent_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("unit", "day"),
    )


def _log() -> None:
    op.create_table(
        "log_records",
        _required("topic", sa.String),
        _required("partition", sa.Integer),
        _required("offset", sa.BigInteger),
        _required("key", sa.LargeBinary),
        _required("value", sa.LargeBinary),
        sa.PrimaryKeyConstraint("topic", "partition", "offset"),
        sqlite_with_rowid=False,
    )
