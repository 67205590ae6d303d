"""``echeance up``: the embedded system for real use, on one port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
from fastapi import APIRouter, FastAPI

from services.clock import api as clock_api
from services.clock.store import SERVICE as CLOCK
from services.compliance import api as compliance_api
from services.compliance.alerting import Alerting, alerting
from services.compliance.board import routes as board
from services.compliance.board.pages import Board
from services.compliance.board.routes import Pages
from services.compliance.metrics import Snapshot
from services.compliance.store import SERVICE as COMPLIANCE
from services.ingest import api as ingest_api
from services.ingest.metrics import IntakeMetrics
from services.ingest.publisher import Publisher
from services.standalone.embedded import CREDENTIALS, Embedded, opened
from services.standalone.words import environment, say
from shared import exposition, service
from shared.application import application
from shared.catalogue import Catalogue
from shared.credentials import Credentials
from shared.log import FILE_CLOCKS, FILE_EVENTS
from shared.logs import log_to_stderr
from shared.server import Server
from shared.service import Now
from shared.settings import Settings
from shared.shipped import load_catalogue
from shared.texts import Text


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
    promised = load_catalogue(catalogue or given.catalogue)
    log_to_stderr(settings, "embedded")
    service.spare_collector()
    asyncio.run(_up(settings, promised))


async def _up(settings: Settings, promised: Catalogue) -> None:
    async with opened(settings, promised) as embedded:
        credentials = Credentials(settings.data / CREDENTIALS)
        if not credentials.listing():
            click.echo(_no_token(settings.data), err=True)
        async with running(embedded, credentials, settings, service.now) as server:
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
) -> FastAPI:
    """The three services' routes in one application; ``beside`` are those of the alerts and of the board."""
    limits = ingest_api.Limits(
        body_bytes=settings.body_bytes, future_tolerance=settings.future_tolerance
    )

    async def readiness() -> Mapping[str, Any]:
        return {
            "clock_lag_records": await embedded.lag(FILE_EVENTS, CLOCK),
            "compliance_lag_records": await embedded.lag(FILE_CLOCKS, COMPLIANCE),
        }

    intake = IntakeMetrics(embedded.metrics)
    routes = [
        exposition.router(embedded.metrics, embedded.catalogue),
        ingest_api.router(publisher, embedded.catalogue, now, intake, limits=limits),
        clock_api.router(embedded.clock, embedded.catalogue, now),
        compliance_api.router(embedded.compliance, embedded.catalogue, now, notice=notice),
        *beside,
    ]
    return application(routes, credentials, readiness)


def pages(embedded: Embedded, settings: Settings, now: Now, *, notice: Text | None = None) -> Pages:
    """The board over the embedded system."""
    told = bool(settings.alertmanagers)
    return board.pages(
        Board(
            embedded.compliance,
            embedded.catalogue,
            now,
            notice,
            alertmanager=told,
            histories=embedded.clock,
            grafana_url=settings.grafana_url,
        )
    )


def telling(
    embedded: Embedded, settings: Settings, now: Now
) -> AbstractAsyncContextManager[Alerting]:
    """What tells the alerts of the embedded system; Alertmanager lives in real time, also where ``now`` runs faster."""
    return alerting(
        embedded.database, embedded.log, embedded.catalogue, settings, embedded.metrics, now
    )


@asynccontextmanager
async def running(
    embedded: Embedded,
    credentials: Credentials,
    settings: Settings,
    now: Now,
    *,
    notice: Text | None = None,
) -> AsyncIterator[Server]:
    """The system at work: loops and server, ended together; what the loops have in hand is finished first."""
    publisher = Publisher(embedded.log, deadline_seconds=settings.append_seconds)
    figures = Snapshot(embedded.compliance, embedded.catalogue, embedded.metrics, now)
    try:
        async with telling(embedded, settings, now) as told:
            shown = pages(embedded, settings, now, notice=notice)
            shown.live.count(embedded.metrics)
            beside = told.routes, shown.routes
            app = embedded_application(
                embedded, publisher, credentials, settings, now, beside, notice=notice
            )
            loops = partial(embedded.work, now), figures.keep, told.run

            def let_go() -> None:
                told.stream.let_go()
                shown.live.let_go()

            async with service.at_work(
                app, settings.host, settings.port, *loops, let_go=let_go
            ) as server:
                yield server
    finally:
        await publisher.close()
