"""partitions: with how many partitions a topic was read, which cannot change"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """The column; a service notes the number when it next looks at its topic."""
    told = "how many that topic has; null: not noted yet"
    op.add_column("origins", sa.Column("partitions", sa.Integer, comment=told))
