"""the last preview of a candidate catalogue, what became known late, editions"""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"

_Type = type[sa.types.TypeEngine[Any]]


def upgrade() -> None:
    """Add the tables; where files were folded before, nothing is known of the days up to now."""
    op.create_table(
        "previews",
        _required("made_at", sa.BigInteger, "microseconds since 1970"),
        _required("document", sa.LargeBinary, "JSON"),
        sa.PrimaryKeyConstraint("made_at"),
    )
    _known_tallies()
    _known_cycles()
    op.create_table(
        "recounts",
        _required("partition", sa.Integer),
        _required("position", sa.BigInteger),
        sa.PrimaryKeyConstraint("partition"),
    )
    op.create_table(
        "known_since",
        _required("began_on", sa.Integer, "an ordinal"),
        sa.PrimaryKeyConstraint("began_on"),
    )
    _editions()
    _begin()


def _required(name: str, type_: _Type, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False, autoincrement=False, comment=comment)


def _known_tallies() -> None:
    op.create_table(
        "known_tallies",
        _required("basis", sa.String),
        _required("standard", sa.String),
        _required("unit", sa.String, "* for all units together"),
        _required("day", sa.Integer, "ordinal of the date; 0 for none"),
        _required("known_on", sa.Integer, "ordinal of the day on which it was known"),
        _required("outcome", sa.String),
        _required("partition", sa.Integer),
        _required("files", sa.BigInteger),
        sa.PrimaryKeyConstraint(
            "basis", "standard", "unit", "day", "known_on", "outcome", "partition"
        ),
        sqlite_with_rowid=False,
    )


def _known_cycles() -> None:
    op.create_table(
        "known_cycles",
        _required("file_id", sa.String),
        _required("of_standard", sa.String, "empty in a file of one standard"),
        _required("cycle", sa.Integer),
        _required("known_on", sa.Integer, "ordinal of the day of the change"),
        _required("position", sa.BigInteger, "up to where the step had read"),
        _required("partition", sa.Integer),
        _required("standard", sa.String),
        _required("unit", sa.String),
        _required("received_on", sa.Integer, "ordinals of dates, as below"),
        sa.Column("decided_on", sa.Integer),
        sa.Column("due_on", sa.Integer),
        _required("outcome", sa.String, "empty where it was not listed"),
        sa.Column("counted", sa.Integer, comment="days or seconds, once it ended"),
        sa.Column("gross", sa.Integer, comment="the same, had nothing stopped the delay"),
        sa.PrimaryKeyConstraint("file_id", "of_standard", "cycle", "known_on", "position"),
        sqlite_with_rowid=False,
    )
    for day in ("decided_on", "due_on"):
        present = sa.text(f"{day} IS NOT NULL")
        op.create_index(
            f"known_cycles_{day}",
            "known_cycles",
            ["standard", day],
            sqlite_where=present,
            postgresql_where=present,
        )


def _editions() -> None:
    op.create_table(
        "editions",
        _required("number", sa.Integer, "from 1 on"),
        _required("fiscal_year", sa.String),
        _required("published_at", sa.BigInteger, "microseconds since 1970"),
        _required("published_by", sa.String),
        _required("catalogue", sa.String),
        _required("revision", sa.Integer),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "edition_files",
        _required("edition", sa.Integer),
        _required("name", sa.String),
        _required("media_type", sa.String),
        _required("digest", sa.String, "SHA-256 in hexadecimal"),
        _required("bytes", sa.BigInteger, "how many"),
        _required("content", sa.LargeBinary),
        sa.PrimaryKeyConstraint("edition", "name"),
    )


def _begin() -> None:
    """A day after the present one in UTC, which is no earlier anywhere."""
    connection = op.get_bind()
    folded = connection.execute(sa.text("SELECT 1 FROM compliance_files LIMIT 1")).first()
    if folded is not None:
        today = str(connection.execute(sa.text("SELECT CURRENT_DATE")).scalar_one())
        began_on = date.fromisoformat(today).toordinal() + 1
        insert = sa.text("INSERT INTO known_since (began_on) VALUES (:began_on)")
        connection.execute(insert, {"began_on": began_on})
