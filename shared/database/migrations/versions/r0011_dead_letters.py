"""the dead letters of each source"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the index of dead letters; it is filled from the beginning of their topic."""
    op.create_table(
        "dead_letters",
        sa.Column(
            "partition", sa.Integer, nullable=False, comment="of the letter, as is its offset"
        ),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String, nullable=False, comment="that published the record"),
        sa.Column("at", sa.BigInteger, nullable=False, comment="when it was set aside"),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("detail", sa.String, nullable=False),
        sa.Column("topic", sa.String, nullable=False, comment="of the record, as what follows"),
        sa.Column("record_partition", sa.Integer, nullable=False),
        sa.Column("record_offset", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.String, comment="null where the record holds no accepted event"),
        sa.Column("event_type", sa.String),
        sa.Column("file_id", sa.String),
        sa.PrimaryKeyConstraint("partition", "offset"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "dead_letters_of_source", "dead_letters", ["source", "at", "partition", "offset"]
    )
