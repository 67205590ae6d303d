"""hot rows: what is open now is counted in place, alerts are listed by a smaller index

A partial index of rows whose number is not zero holds that number for PostgreSQL, which therefore wrote a new row and new keys at every
change. Whether a row holds files is now a column of its own, and the index of the rows that do.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_KEY = ["basis", "standard", "unit", "day", "outcome", "partition"]
_LISTED = ["basis", "standard", "unit", "day"]


def upgrade() -> None:
    """The column, its index, and the index of alerts by the moment they were raised."""
    if op.get_bind().dialect.name == "postgresql":
        _add_column()
    else:
        _make_anew()
    op.drop_index("alerts_raised", "alerts")
    op.create_index("alerts_raised", "alerts", ["raised_at"])


def _add_column() -> None:
    op.drop_index("open_tallies_left", "open_tallies")
    op.add_column("open_tallies", _has_files())
    op.execute("ALTER TABLE open_tallies SET (fillfactor = 75)")
    op.create_index(
        "open_tallies_left",
        "open_tallies",
        _LISTED,
        postgresql_where=sa.text("has_files"),
    )


def _make_anew() -> None:
    """SQLite adds no stored column to a table."""
    op.drop_index("open_tallies_left", "open_tallies")
    op.rename_table("open_tallies", "open_tallies_before")
    op.create_table(
        "open_tallies",
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("standard", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("files", sa.BigInteger, nullable=False),
        _has_files(),
        sa.PrimaryKeyConstraint(*_KEY),
        sqlite_with_rowid=False,
    )
    columns = ", ".join([*_KEY, "files"])
    op.execute(f"INSERT INTO open_tallies ({columns}) SELECT {columns} FROM open_tallies_before")
    op.drop_table("open_tallies_before")
    op.create_index(
        "open_tallies_left", "open_tallies", _LISTED, sqlite_where=sa.text("files != 0")
    )


def _has_files() -> sa.Column[bool]:
    return sa.Column("has_files", sa.Boolean, sa.Computed("files <> 0", persisted=True))
