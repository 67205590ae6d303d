"""The table of sessions: a row is a session that somebody may still be in. A rebuild does not touch it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, PrimaryKeyConstraint, String, Table

from shared.database import metadata

sessions = Table(
    "sessions",
    metadata,
    Column("id_sha256", String, nullable=False, comment="of the identifier the browser holds"),
    Column("person", String, nullable=False, comment="token NAME, or oidc SUBJECT"),
    Column("name", String, nullable=False, comment="for people"),
    Column("token_sha256", String, comment="of the token that began it"),
    Column("groups_known", String, comment="of the provider, in access.yaml: a JSON array"),
    Column(
        "rights_sha256", String, nullable=False, comment="of what it may do: other rights end it"
    ),
    Column("sign_in_sha256", String, unique=True, comment="of the state that began it, used once"),
    Column("provider_session", String, comment="the provider's name of its own (sid)"),
    Column("provider_tokens", LargeBinary, comment="encrypted under the identifier"),
    Column("agent", String, nullable=False, comment="how the browser calls itself"),
    Column("begun_at", BigInteger, nullable=False, comment="microseconds since 1970, as all here"),
    Column("seen_at", BigInteger, nullable=False, comment="to the minute"),
    Column("ends_at", BigInteger, nullable=False, comment="at the latest"),
    Column("asked_at", BigInteger, nullable=False, comment="when the provider was last asked"),
    Column("confirmed_at", BigInteger, nullable=False, comment="when it last answered"),
    PrimaryKeyConstraint("id_sha256"),
    Index("sessions_of_person", "person"),
    sqlite_with_rowid=False,
)
