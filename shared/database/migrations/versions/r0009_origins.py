"""origins: which topic the positions of a service are of"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """One row for each service that reads a topic; the service writes it when it first claims a partition."""
    op.create_table(
        "origins",
        sa.Column("service", sa.String, primary_key=True),
        sa.Column(
            "topic_id", sa.String, nullable=False, comment="of the topic that its positions are of"
        ),
    )
