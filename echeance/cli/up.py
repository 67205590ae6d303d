"""``echeance up``: the embedded system for real use, on one port."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path

import click

from echeance.cli.options import ANY_CATALOGUE, DATA
from echeance.system import CREDENTIALS, catalogue_of, open_embedded, serving_embedded
from shared import tracing
from shared.domain import Catalogue
from shared.http import Credentials
from shared.log import has_wal_reset_bug
from shared.process import Settings, distributed, environment, runner, say, tell

_WAL_RESET_BUG = (
    "SQLite %s can damage a database that two programs write at the same moment (WAL-reset bug, corrected in 3.51.3): let no other "
    "program write to %s while this one runs, and install a newer SQLite (docs/operations.md, “The data directory”)"
)
_SERVING_RECORDS = 500
"""A step's records at most: requests wait for a step of the same process, which nobody else waits for."""

_log = logging.getLogger("echeance")


@click.command(
    help=say(
        "Lance le système embarqué : réception, calcul et conformité dans un seul processus.",
        "Run the embedded system: ingest, clock and compliance in one process.",
    )
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=say("Port HTTP ; 8080 par défaut.", "HTTP port; 8080 by default."),
)
@click.option(
    "--host",
    help=say(
        "Adresse d’écoute ; 127.0.0.1 par défaut.", "Address to listen on; 127.0.0.1 by default."
    ),
)
@DATA
@ANY_CATALOGUE
def up(port: int | None, host: str | None, data: Path | None, catalogue_file: Path | None) -> None:
    """Serve until interrupted."""
    defaults = environment()
    settings = defaults._replace(
        port=defaults.port if port is None else port,
        host=host or defaults.host,
        data=data or defaults.data,
        batch_records=min(defaults.batch_records, _SERVING_RECORDS),
    )
    catalogue = catalogue_of(settings.data, catalogue_file)
    distributed.configure_kafka_logging(settings, "embedded")
    runner.tune_garbage_collector()
    runner.shorten_switch_interval()
    with tracing.exporting(settings.traces, "embedded"):
        asyncio.run(_up(settings, catalogue))


async def _up(settings: Settings, catalogue: Catalogue) -> None:
    if has_wal_reset_bug():
        _log.warning(_WAL_RESET_BUG, sqlite3.sqlite_version, settings.data)
    async with open_embedded(settings, catalogue) as embedded:
        credentials = Credentials(settings.data / CREDENTIALS, runner.now)
        if not credentials.listing():
            click.echo(_no_token(settings.data), err=True)
        async with serving_embedded(embedded, credentials, settings, runner.now) as server:
            tell(
                f"Échéance écoute à {settings.scheme}://{settings.host}:{server.port}/",
                f"Échéance listens on {settings.scheme}://{settings.host}:{server.port}/",
            )
            await server.ended()


def _no_token(data: Path) -> str:
    return say(
        f"Aucun jeton encore : echeance token new NOM --scopes publish,read --sources URI --data {data}",
        f"No token yet: echeance token new NAME --scopes publish,read --sources URI --data {data}",
    )
