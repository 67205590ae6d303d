"""What each service may do to each table of PostgreSQL; what is not written here is refused.

The owner of the tables grants it after every migration, so a new table and the right to use it come together. The roles are made by
deploy/postgresql/roles.sql; one that does not exist is passed over, because a developer's database has none.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_READ = "SELECT"
_WRITE = "SELECT, INSERT, UPDATE"
_WRITE_AND_DELETE = f"{_WRITE}, DELETE"

PRIVILEGES: Mapping[str, Mapping[str, str]] = {
    "echeance_clock": {
        "alembic_version": _READ,
        "positions": _WRITE,
        "attempts": _WRITE_AND_DELETE,
        "origins": _WRITE,
        "clock_files": _WRITE,
        "clock_generations": _WRITE,
        "rebuilds": _READ,
    },
    "echeance_compliance": {
        "alembic_version": _READ,
        "positions": _WRITE,
        "attempts": _WRITE_AND_DELETE,
        "origins": _WRITE,
        "compliance_files": _WRITE,
        "tallies": _WRITE,
        "open_tallies": _WRITE,
        "anomaly_tallies": _WRITE,
        "measured_cycles": _WRITE,
        "corrections": _WRITE,
        "alerts": _WRITE,
        "alert_tallies": _WRITE,
        "alert_deliveries": _WRITE,
        "alert_notices": _WRITE,
        "leases": _WRITE,
        "digests": _WRITE,
        "rebuilds": _READ,
    },
}


async def grant(connection: AsyncConnection) -> None:
    """Give every role that exists what its service uses; asked again, it changes nothing."""
    roles = set((await connection.execute(text("SELECT rolname FROM pg_roles"))).scalars())
    for role in sorted(roles & PRIVILEGES.keys()):
        for table, allowed in PRIVILEGES[role].items():
            await connection.execute(text(f"GRANT {allowed} ON {table} TO {role}"))
