"""Schema migrations: from any earlier version's tables to this one's, on both dialects.

Alembic applies the missing revisions of ``versions/`` in one transaction under a lock. Nothing else
alters a table: a service that finds another revision stops. There are no downgrades; restore a
backup. Alembic is imported only when there is something to apply: its import delays every start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, column, func, inspect, select, table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.engine import Database
from shared.database.migrations import privileges
from shared.errors import SettingError
from shared.text import Text

__all__ = ["SchemaError", "migrate", "require_newest", "revisions"]

_FOLDER = Path(__file__).parent
_LOCK = 7_378_697_629_483_820_646  # any number, the same in every process
_NOT_ALLOWED = "42501"  # PostgreSQL's insufficient_privilege
_NOT_LET_IN = ("28", "3D")  # wrong role or password, no such database
_recorded_in = table("alembic_version", column("version_num"))

ReportRevision = Callable[[str, str], None]
"""Called with the number and title of each revision; they are applied once :func:`migrate` returns.
"""


class SchemaError(Exception):
    """The database is at another revision than this program; the message says what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def revisions() -> Sequence[str]:
    """The numbers of all revisions, in order."""
    return sorted(path.stem[1:5] for path in (_FOLDER / "versions").glob("r*.py"))


async def migrate(database: Database, report: ReportRevision = lambda number, title: None) -> None:
    """Apply the missing revisions; safe to run concurrently.

    Raises :class:`SchemaError`; ``SettingError`` if the server rejects the role or the database.
    """
    with _allowed():
        async with database.reading() as connection:
            missing = _missing(await _recorded(connection))
        if missing or not database.on_sqlite:
            async with database.transaction() as connection:
                await _apply(connection, report)


async def require_newest(database: Database) -> None:
    """Raise :class:`SchemaError` unless the database is at the newest revision; alters nothing."""
    with _allowed():
        async with database.reading() as connection:
            recorded = await _recorded(connection)
    if _missing(recorded):
        raise SchemaError(_older(recorded))


@contextmanager
def _allowed() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if state == _NOT_ALLOWED:
            raise SchemaError(_without_the_right(error.orig)) from error
        if state.startswith(_NOT_LET_IN):
            raise SettingError(f"ECHEANCE_DATABASE cannot be used: {error.orig}") from error
        raise


async def _apply(connection: AsyncConnection, report: ReportRevision) -> None:
    on_postgresql = connection.dialect.name == "postgresql"
    if on_postgresql:  # SQLite's transaction has the whole file already
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    _missing(await _recorded(connection))
    await connection.run_sync(_upgrade, report)
    if on_postgresql:
        await privileges.grant(connection)


def _upgrade(connection: Connection, report: ReportRevision) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it logs its plug-ins at import
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "report": report})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


async def _recorded(connection: AsyncConnection) -> str | None:
    """The revision recorded in a database; None if there is none."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table(_recorded_in.name)):
        return None
    rows = await connection.execute(select(_recorded_in.c.version_num))
    return rows.scalar_one_or_none()


def _missing(recorded: str | None) -> Sequence[str]:
    """The revisions still to apply; raises :class:`SchemaError` at a revision unknown here."""
    known = revisions()
    if recorded is None:
        return known
    if recorded not in known:
        raise SchemaError(_newer(recorded, known[-1]))
    return known[known.index(recorded) + 1 :]


def _older(recorded: str | None) -> Text:
    needed = revisions()[-1]
    return Text(
        f"la base de données est à la révision {recorded or 'zéro'}, et ce programme attend la révision {needed} : "
        "lancez d’abord « echeance migrate »",
        f"the database is at revision {recorded or 'zero'}, and this program expects revision {needed}: "
        "run `echeance migrate` first",
    )


def _newer(recorded: str, newest: str) -> Text:
    return Text(
        f"la base de données est à la révision {recorded}, que ce programme (révision {newest}) ne connaît pas : il est plus "
        "ancien que la base. Installez la version qui l’a migrée : une migration ne se défait pas",
        f"the database is at revision {recorded}, which this program (revision {newest}) does not know: it is older than "
        "the database. Install the version that migrated it: a migration cannot be undone",
    )


def _without_the_right(reason: BaseException | None) -> Text:
    return Text(
        f"ce rôle n’a pas les droits qu’il faut : lancez « echeance migrate » sous le propriétaire des tables ({reason})",
        f"this role lacks a right: run `echeance migrate` as the owner of the tables ({reason})",
    )
