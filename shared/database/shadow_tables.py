"""Shadow tables (PostgreSQL): created like the live ones in their own schema, filled, swapped in.

Columns, storage parameters, indexes with their names, and grants are copied from the live table, so
a swap changes nothing but the rows. Everything runs in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

_LIVE = "public"
_INDEX_MEMORY = "256MB"

_OPTIONS = (
    "SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = CAST(:table AS regclass)"
)
_GRANTS = """
SELECT grants.privilege_type, coalesce(quote_ident(roles.rolname), 'PUBLIC')
FROM pg_class, aclexplode(relacl) AS grants LEFT JOIN pg_roles AS roles ON roles.oid = grants.grantee
WHERE pg_class.oid = CAST(:table AS regclass) AND grants.grantee <> relowner
"""
_CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = CAST(:table AS regclass) AND contype IN ('p', 'u')
"""
_INDEXES = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = CAST(:table AS regclass)
AND indexrelid NOT IN (SELECT conindid FROM pg_constraint WHERE conrelid = indrelid)
"""


async def create_shadow_tables(
    connection: AsyncConnection, schema: str, tables: Iterable[Table]
) -> None:
    """Create a schema with an empty table like each of these, without indexes."""
    await _run(connection, f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    await _run(connection, f"CREATE SCHEMA {schema}")
    for table in tables:
        live = f"{_LIVE}.{table.name}"
        options = (await connection.execute(text(_OPTIONS), {"table": live})).scalar_one()
        like = f"LIKE {live} INCLUDING ALL EXCLUDING INDEXES"
        stored = f" WITH ({options})" if options else ""
        await _run(connection, f"CREATE TABLE {schema}.{table.name} ({like}){stored}")
        for privilege, role in await _rows(connection, _GRANTS, live):
            await _run(connection, f"GRANT {privilege} ON {schema}.{table.name} TO {role}")


async def create_indexes(connection: AsyncConnection, schema: str, tables: Iterable[Table]) -> None:
    """Create the constraints and indexes of the live tables, and ANALYZE."""
    await _run(connection, f"SET LOCAL maintenance_work_mem = '{_INDEX_MEMORY}'")
    for table in tables:
        live, shadow = f"{_LIVE}.{table.name}", f"{schema}.{table.name}"
        for name, constraint in await _rows(connection, _CONSTRAINTS, live):
            await _run(connection, f'ALTER TABLE {shadow} ADD CONSTRAINT "{name}" {constraint}')
        for (definition,) in await _rows(connection, _INDEXES, live):
            await _run(connection, definition.replace(f" ON {live} ", f" ON {shadow} ", 1))
        await _run(connection, f"ANALYZE {shadow}")


async def lock_live_tables(connection: AsyncConnection, tables: Iterable[Table]) -> None:
    """Block writes to the live tables until the transaction ends; reads go on."""
    for table in tables:
        await _run(connection, f"LOCK TABLE {_LIVE}.{table.name} IN SHARE ROW EXCLUSIVE MODE")


async def swap_tables(connection: AsyncConnection, schema: str, tables: Iterable[Table]) -> None:
    """Drop the live tables, move the shadow tables into their place, and drop the schema."""
    for table in tables:
        await _run(connection, f"DROP TABLE {_LIVE}.{table.name}")
        await _run(connection, f"ALTER TABLE {schema}.{table.name} SET SCHEMA {_LIVE}")
    await _run(connection, f"DROP SCHEMA {schema} CASCADE")


async def copy_rows(
    connection: AsyncConnection, schema: str, table: Table, rows: Iterable[Sequence[Any]]
) -> None:
    """Append rows, in the table's order of columns, with COPY."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    columns = table.columns.keys()
    await driver.copy_records_to_table(
        table.name, schema_name=schema, records=rows, columns=columns
    )


async def _rows(connection: AsyncConnection, query: str, table: str) -> Sequence[Any]:
    return (await connection.execute(text(query), {"table": table})).all()


async def _run(connection: AsyncConnection, statement: str) -> None:
    await connection.exec_driver_sql(statement)
