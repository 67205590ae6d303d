"""The embedded system on one port: the three services of one process behind one application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple

from fastapi import FastAPI

from echeance.system.embedded import Embedded
from services import clock, compliance, ingest
from services.clock import SERVICE as CLOCK
from services.compliance import SERVICE as COMPLIANCE
from shared.audit import AuditRecorder, AuditStore, TableSink
from shared.http import Credentials, create_application, scrape
from shared.log import FILE_CLOCKS, FILE_EVENTS
from shared.process import Now, Service, Settings, Work, guard_process, runner, tls, trim_audit
from shared.process.http_server import Server
from shared.text import Text


class Site(NamedTuple):
    """The application of the three services, and what runs beside it."""

    app: FastAPI
    background: Sequence[Work]
    services: Sequence[Service]
    recorder: AuditRecorder

    def close_streams(self) -> None:
        for service in self.services:
            service.close_streams()


@asynccontextmanager
async def embedded_site(
    embedded: Embedded,
    credentials: Credentials,
    settings: Settings,
    now: Now,
    *,
    notice: Text | None = None,
) -> AsyncIterator[Site]:
    """The services over the embedded system; ``notice`` heads every page.

    Notifications are delivered in the wall clock, also where ``now`` runs faster.
    """
    catalogue, metrics, log = embedded.catalogue, embedded.metrics, embedded.log

    async def readiness() -> Mapping[str, Any]:
        return {
            "clock_lag_records": await embedded.lag(FILE_EVENTS, CLOCK),
            "compliance_lag_records": await embedded.lag(FILE_CLOCKS, COMPLIANCE),
        }

    async with (
        ingest.service(
            settings, log, catalogue, credentials, metrics, now, embedded.step_lock
        ) as intake,
        clock.service(settings, embedded.database, catalogue, now) as clocks,
        compliance.service(
            settings,
            log,
            embedded.database,
            catalogue,
            metrics,
            now,
            credentials=credentials,
            histories=embedded.clock,
            notice=notice,
        ) as measures,
    ):
        services = intake, clocks, measures
        database = embedded.database
        guarded = guard_process(
            settings,
            "embedded",
            TableSink(database),
            catalogue,
            credentials,
            metrics,
            database,
            embedded.retention,
        )
        trim = partial(trim_audit, AuditStore(embedded.database), settings.audit_days)
        app = create_application(
            [
                scrape.router(metrics, catalogue),
                *(router for service in services for router in service.routes),
            ],
            credentials,
            readiness,
            public_url=settings.public_url,
            error_page=measures.error_page,
            public_paths=measures.public_paths,
            sessions=measures.sessions,
            guard=guarded.guard,
        )
        background = [work for service in services for work in service.background]
        yield Site(app, [*background, guarded.work, trim], services, guarded.recorder)


@asynccontextmanager
async def serving_embedded(
    embedded: Embedded,
    credentials: Credentials,
    settings: Settings,
    now: Now,
    *,
    notice: Text | None = None,
) -> AsyncIterator[Server]:
    """Serve, consume and notify until the server ends; each loop finishes the step in hand."""
    async with (
        embedded_site(embedded, credentials, settings, now, notice=notice) as site,
        runner.serving(
            site.app,
            settings.host,
            settings.port,
            partial(embedded.work, now),
            *site.background,
            close_streams=site.close_streams,
            tls=tls.server_tls(settings, embedded.metrics),
        ) as server,
    ):
        yield server
