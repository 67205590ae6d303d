"""files to forget, and how far each is erased"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the tables of erasure, the key of its digests, and the index of ended files by age."""
    op.create_table(
        "erasures",
        sa.Column(
            "reference", sa.String, primary_key=True, comment="random: what an audit names it by"
        ),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column(
            "file_id", sa.String, comment="null once the stores are clean, as is the pseudonym"
        ),
        sa.Column("pseudonym", sa.String, comment="null where nothing of the file was counted"),
        sa.Column(
            "requested_by",
            sa.String,
            nullable=False,
            comment="publisher, operator, retention, repeat",
        ),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column(
            "stage", sa.String, nullable=False, comment="decided, noted, measured, unlinked, erased"
        ),
        sa.Column("erased_at", sa.BigInteger),
    )
    op.create_index("erasures_stage", "erasures", ["stage", "partition"])
    op.create_index("erasures_pseudonym", "erasures", ["pseudonym"])
    op.create_index("corrections_file", "corrections", ["file_id"])
    op.create_table(
        "forgotten_files",
        sa.Column("digest", sa.String, primary_key=True, comment="keyed, of the file's identifier"),
        sa.Column("partition", sa.Integer, nullable=False),
    )
    op.create_index("forgotten_files_partition", "forgotten_files", ["partition"])
    op.create_table(
        "erasure_positions",
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "decided_to",
            sa.BigInteger,
            nullable=False,
            comment="offset of events below which every request is decided",
        ),
    )
    keys = op.create_table(
        "erasure_keys",
        sa.Column("key", sa.String, primary_key=True, comment="of the digests, in hexadecimal"),
    )
    op.bulk_insert(keys, [{"key": secrets.token_hex(32)}])
    ended = sa.text("breaches_at IS NULL")
    op.create_index(
        "clock_files_ended",
        "clock_files",
        ["partition", "crossed_at"],
        sqlite_where=ended,
        postgresql_where=ended,
    )
