"""Privileges of each service's role on PostgreSQL; a role has no others.

They are granted after every migration, so a new table comes with its privileges.
deploy/postgresql/roles.sql creates the roles; one that does not exist is skipped, as in a
developer's database.

Three tables have rows of every service, and moving another service's position would make it skip or
repeat events. Row-level security lets a role read all rows and write its own service's; the owner
of the tables, who migrates and rebuilds, is exempt. It also keeps audit records from being removed
before their time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.settings import LEAST_AUDIT_DAYS

_READ = "SELECT"
_ADD = "SELECT, INSERT"
_WRITE = "SELECT, INSERT, UPDATE"
_WRITE_AND_DELETE = f"{_WRITE}, DELETE"
_ADD_AND_DELETE = f"{_ADD}, DELETE"

_EVERY_SERVICE: Mapping[str, str] = {
    "alembic_version": _READ,
    "rebuilds": _READ,
    "positions": _WRITE,
    "origins": _WRITE,
    "attempts": _WRITE_AND_DELETE,
}
PRIVILEGES: Mapping[str, Mapping[str, str]] = {
    "echeance_clock": {
        **_EVERY_SERVICE,
        "clock_files": _WRITE,
        "clock_generations": _WRITE,
        "dead_letters": _WRITE,
        "erasures": _WRITE,
        "erasure_positions": _WRITE,
        "forgotten_files": _WRITE,
        "erasure_keys": _READ,
    },
    "echeance_compliance": {
        **_EVERY_SERVICE,
        "compliance_files": _WRITE,
        "tallies": _WRITE,
        "open_tallies": _WRITE,
        "delay_tallies": _WRITE,
        "anomaly_tallies": _WRITE,
        "measured_cycles": _WRITE,
        "stop_findings": _WRITE,
        "previews": _READ,
        "known_tallies": _WRITE,
        "known_cycles": _WRITE,
        "known_files": _WRITE,
        "editions": _READ,
        "edition_files": _READ,
        "recounts": _READ,
        "known_since": _READ,
        "corrections": _WRITE,
        "alerts": _WRITE,
        "alert_tallies": _WRITE,
        "alert_deliveries": _WRITE,
        "alert_notices": _WRITE,
        "leases": _WRITE,
        "digests": _WRITE,
        "explanations": _ADD,
        "sessions": _WRITE_AND_DELETE,
        "releases": _ADD,
        "audit_records": _ADD_AND_DELETE,  # nothing of the last 90 days: a policy below
        "audit_chains": _WRITE,
        "audit_removed": _WRITE,
        "token_uses": _WRITE,
        "erasures": _WRITE,
        "forgotten_files": _READ,
        "erasure_keys": _READ,
    },
}

_SERVICES: Mapping[str, Mapping[str, str]] = {
    "echeance_clock": {"echeance_clock": "clock", "echeance_clock_dead_letters": "dead-letters"},
    "echeance_compliance": {
        "echeance_compliance": "compliance",
        "echeance_compliance_audit": "audit",
    },
}
"""Of each role, its policies' names, and the service whose rows each lets it write."""
SHARED = ("positions", "attempts", "origins")
"""The tables whose rows belong to the service that their column ``service`` names."""

_AUDIT_RECORDS = "audit_records"
_AUDIT_POLICIES: Mapping[str, str] = {
    "everybody_reads": "FOR SELECT USING (true)",
    "services_add": "FOR INSERT WITH CHECK (true)",
    "services_remove_old": (
        "FOR DELETE USING "
        f"(at < (extract(epoch FROM now()) - {LEAST_AUDIT_DAYS} * 86400) * 1000000)"
    ),
}
"""A service removes records after their time, and none of the last days whatever it is told to."""

_POLICIES = text(
    "SELECT tablename, policyname FROM pg_policies WHERE schemaname = current_schema()"
)
_DIVIDED = text(
    "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = to_regnamespace(current_schema())"
)


async def grant(connection: AsyncConnection) -> None:
    """Grant every existing role its privileges; idempotent."""
    roles = set((await connection.execute(text("SELECT rolname FROM pg_roles"))).scalars())
    for role in sorted(roles & PRIVILEGES.keys()):
        for table, allowed in PRIVILEGES[role].items():
            await connection.execute(text(f"GRANT {allowed} ON {table} TO {role}"))
    await _divide(connection, sorted(roles & PRIVILEGES.keys()))


async def _divide(connection: AsyncConnection, roles: Sequence[str]) -> None:
    """Create the missing policies; creating one anew would wait for locks of running services."""
    known = {(table, policy) for table, policy in await connection.execute(_POLICIES)}
    divided = set((await connection.execute(_DIVIDED)).scalars())
    wanted = [
        (table, policy, f"FOR ALL TO {role} USING ({own}) WITH CHECK ({own})")
        for role in roles
        for policy, service in _SERVICES[role].items()
        for own in [f"service = '{service}'"]
        for table in SHARED
    ]
    wanted += [(table, "everybody_reads", "FOR SELECT USING (true)") for table in SHARED]
    wanted += [(_AUDIT_RECORDS, policy, rule) for policy, rule in _AUDIT_POLICIES.items()]
    for table, policy, rule in wanted:
        if (table, policy) not in known:
            await connection.execute(text(f"CREATE POLICY {policy} ON {table} {rule}"))
    for table in (*SHARED, _AUDIT_RECORDS):
        if table not in divided:
            await connection.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
