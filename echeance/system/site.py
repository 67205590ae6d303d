"""``echeance up``: the embedded system for real use, on one port."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
from fastapi import APIRouter, FastAPI

from echeance.system.directory_catalogue import catalogue_of
from echeance.system.embedded import CREDENTIALS, Embedded, open_embedded
from services.clock import SERVICE as CLOCK
from services.clock import api as clock_api
from services.compliance import SERVICE as COMPLIANCE
from services.compliance.api import routes as compliance_api
from services.compliance.attainment import BusinessMetrics
from services.compliance.board import Board, Pages, annual, board_pages
from services.compliance.notifications import NotificationService, notification_service
from services.ingest import IntakeMetrics, Publisher
from services.ingest import api as ingest_api
from shared.domain import Catalogue
from shared.http import Credentials, ErrorPage, create_application, scrape
from shared.log import FILE_CLOCKS, FILE_EVENTS, has_wal_reset_bug
from shared.process import Now, Settings, configure_logging, environment, runner, say
from shared.process.http_server import Server
from shared.text import Text

_WAL_RESET_BUG = (
    "SQLite %s can damage a database that two programs write at the same moment (WAL-reset bug, corrected in 3.51.3): let no other "
    "program write to %s while this one runs, and install a newer SQLite (docs/operations.md, “The data directory”)"
)
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
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help=say("Dossier de données.", "Data directory."),
)
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help=say("Fichier du catalogue.", "Catalogue file."),
)
def up(port: int | None, host: str | None, data: Path | None, catalogue: Path | None) -> None:
    """Serve until interrupted."""
    given = environment()
    settings = given._replace(
        port=given.port if port is None else port,
        host=host or given.host,
        data=data or given.data,
    )
    promised = catalogue_of(settings.data, catalogue)
    configure_logging(settings, "embedded")
    runner.tune_garbage_collector()
    asyncio.run(_up(settings, promised))


async def _up(settings: Settings, promised: Catalogue) -> None:
    if has_wal_reset_bug():
        _log.warning(_WAL_RESET_BUG, sqlite3.sqlite_version, settings.data)
    async with open_embedded(settings, promised) as embedded:
        credentials = Credentials(settings.data / CREDENTIALS)
        if not credentials.listing():
            click.echo(_no_token(settings.data), err=True)
        async with serving_embedded(embedded, credentials, settings, runner.now) as server:
            click.echo(
                say(
                    f"Échéance écoute à http://{settings.host}:{server.port}/",
                    f"Échéance listens on http://{settings.host}:{server.port}/",
                )
            )
            await server.ended()


def _no_token(data: Path) -> str:
    return say(
        f"Aucun jeton encore : echeance token new NOM --scopes publish,read --sources URI --data {data}",
        f"No token yet: echeance token new NAME --scopes publish,read --sources URI --data {data}",
    )


def embedded_application(
    embedded: Embedded,
    publisher: Publisher,
    credentials: Credentials,
    settings: Settings,
    now: Now,
    beside: Sequence[APIRouter],
    *,
    notice: Text | None = None,
    error_page: ErrorPage | None = None,
) -> FastAPI:
    """The three services' routes in one application; ``beside`` are those of the alerts and of the board."""
    limits = ingest_api.RequestLimits(
        body_bytes=settings.body_bytes, future_tolerance=settings.future_tolerance
    )

    async def readiness() -> Mapping[str, Any]:
        return {
            "clock_lag_records": await embedded.lag(FILE_EVENTS, CLOCK),
            "compliance_lag_records": await embedded.lag(FILE_CLOCKS, COMPLIANCE),
        }

    intake = IntakeMetrics(embedded.metrics)
    routes = [
        scrape.router(embedded.metrics, embedded.catalogue),
        ingest_api.router(publisher, embedded.catalogue, now, intake, limits=limits),
        clock_api.router(embedded.clock, embedded.catalogue, now),
        compliance_api.router(
            embedded.compliance,
            embedded.catalogue,
            now,
            report_page=annual.renderer(embedded.catalogue, now, notice),
        ),
        *beside,
    ]
    return create_application(
        routes, credentials, readiness, public_url=settings.public_url, error_page=error_page
    )


def pages(embedded: Embedded, settings: Settings, now: Now, *, notice: Text | None = None) -> Pages:
    """The board over the embedded system."""
    told = bool(settings.alertmanagers)
    return board_pages(
        Board(
            embedded.compliance,
            embedded.catalogue,
            now,
            notice,
            alertmanager=told,
            histories=embedded.clock,
            grafana_url=settings.grafana_url,
            default_language=settings.language,
        )
    )


def embedded_notifications(
    embedded: Embedded, settings: Settings, now: Now
) -> AbstractAsyncContextManager[NotificationService]:
    """What tells the alerts of the embedded system; Alertmanager lives in real time, also where ``now`` runs faster."""
    return notification_service(
        embedded.database, embedded.log, embedded.catalogue, settings, embedded.metrics, now
    )


@asynccontextmanager
async def serving_embedded(
    embedded: Embedded,
    credentials: Credentials,
    settings: Settings,
    now: Now,
    *,
    notice: Text | None = None,
) -> AsyncIterator[Server]:
    """The system at work: loops and server, ended together; what the loops have in hand is finished first."""
    publisher = Publisher(embedded.log, deadline_seconds=settings.append_seconds)
    figures = BusinessMetrics(embedded.compliance, embedded.catalogue, embedded.metrics, now)
    try:
        async with embedded_notifications(embedded, settings, now) as told:
            shown = pages(embedded, settings, now, notice=notice)
            shown.live.count(embedded.metrics)
            beside = told.routes, shown.routes
            app = embedded_application(
                embedded,
                publisher,
                credentials,
                settings,
                now,
                beside,
                notice=notice,
                error_page=shown.error_page,
            )
            loops = partial(embedded.work, now), figures.keep, told.run

            def close_streams() -> None:
                told.stream.close_streams()
                shown.live.close_streams()

            async with runner.serving(
                app, settings.host, settings.port, *loops, close_streams=close_streams
            ) as server:
                yield server
    finally:
        await publisher.close()
