"""the last preview of a candidate catalogue"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0001"


def upgrade() -> None:
    """Add the table of previews."""
    op.create_table(
        "previews",
        sa.Column(
            "made_at",
            sa.BigInteger,
            autoincrement=False,
            nullable=False,
            comment="microseconds since 1970",
        ),
        sa.Column("document", sa.LargeBinary, nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("made_at"),
    )
