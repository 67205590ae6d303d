"""the sessions of people"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table of sessions; whoever was signed in signs in again."""
    op.create_table(
        "sessions",
        sa.Column(
            "id_sha256", sa.String, nullable=False, comment="of the identifier the browser holds"
        ),
        sa.Column("person", sa.String, nullable=False, comment="token NAME, or oidc SUBJECT"),
        sa.Column("name", sa.String, nullable=False, comment="for people"),
        sa.Column("token_sha256", sa.String, comment="of the token that began it"),
        sa.Column(
            "groups_known", sa.String, comment="of the provider, in access.yaml: a JSON array"
        ),
        sa.Column(
            "rights_sha256",
            sa.String,
            nullable=False,
            comment="of what it may do: other rights end it",
        ),
        sa.Column(
            "sign_in_sha256",
            sa.String,
            unique=True,
            comment="of the state that began it, used once",
        ),
        sa.Column("provider_session", sa.String, comment="the provider's name of its own (sid)"),
        sa.Column("provider_tokens", sa.LargeBinary, comment="encrypted under the identifier"),
        sa.Column("agent", sa.String, nullable=False, comment="how the browser calls itself"),
        sa.Column(
            "begun_at",
            sa.BigInteger,
            nullable=False,
            comment="microseconds since 1970, as all here",
        ),
        sa.Column("seen_at", sa.BigInteger, nullable=False, comment="to the minute"),
        sa.Column("ends_at", sa.BigInteger, nullable=False, comment="at the latest"),
        sa.Column(
            "asked_at", sa.BigInteger, nullable=False, comment="when the provider was last asked"
        ),
        sa.Column("confirmed_at", sa.BigInteger, nullable=False, comment="when it last answered"),
        sa.PrimaryKeyConstraint("id_sha256"),
        sqlite_with_rowid=False,
    )
    op.create_index("sessions_of_person", "sessions", ["person"])
