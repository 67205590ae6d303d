"""``echeance migrate``: migrate a database before its services start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from echeance.system import DATABASE, lock_data_directory
from shared.database import Database, migrations
from shared.process import environment, fail, say, tell


@click.command(
    help=say(
        "Met les tables au niveau de ce programme : celles de PostgreSQL (ECHEANCE_DATABASE, sous le rôle qui les possède), "
        "sinon celles du dossier de données. Sans effet si tout est à jour ; ne se défait pas.",
        "Bring the tables to what this program expects: those of PostgreSQL (ECHEANCE_DATABASE, under the role that owns "
        "them), or else those of the data directory. Does nothing when all is up to date; cannot be undone.",
    )
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help=say(
        "Dossier de données, même si ECHEANCE_DATABASE est défini.",
        "Data directory, even where ECHEANCE_DATABASE is set.",
    ),
)
def migrate(data: Path | None) -> None:
    """Apply the revisions that are missing, and tell each."""
    applied = asyncio.run(_migrate(data))
    newest = migrations.revisions()[-1]
    if applied:
        tell(f"tables à la révision {newest}", f"tables at revision {newest}")
    else:
        tell(f"rien à faire : révision {newest}", f"nothing to do: revision {newest}")


async def _migrate(data: Path | None) -> int:
    """Apply revisions, and print each; how many."""
    applied: list[str] = []

    def note(number: str, title: str) -> None:
        applied.append(number)
        click.echo(f"{number}  {title}")

    async with _database(data) as database:
        await migrations.migrate(database, note)
    return len(applied)


@asynccontextmanager
async def _database(data: Path | None) -> AsyncIterator[Database]:
    """The database that the command was asked to migrate."""
    url = environment().database
    if data is None and url:
        # A revision may rewrite millions of rows, or wait for another migration.
        database = Database(url, command_seconds=None)
        try:
            yield database
        finally:
            await database.close()
        return
    directory = data or environment().data
    if not (directory / DATABASE).exists():
        fail(
            f"aucune donnée dans {directory} (et ECHEANCE_DATABASE n’est pas défini)",
            f"no data in {directory} (and ECHEANCE_DATABASE is not set)",
        )
    async with lock_data_directory(directory) as database:
        yield database
