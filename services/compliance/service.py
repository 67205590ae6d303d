"""The compliance service beside its fold: API, board, notifications and business metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from services.compliance.api import routes as api
from services.compliance.attainment import BusinessMetrics
from services.compliance.board import Board, annual, board_pages
from services.compliance.changes import change_figures
from services.compliance.clock_client import HistorySource
from services.compliance.event_progress import EventProgress
from services.compliance.forecast import Forecaster, ForecastMetrics
from services.compliance.notifications import notification_service
from services.compliance.people import people
from services.compliance.projection import ComplianceStore
from services.compliance.stops import stop_figures
from services.compliance.variation import AgeOrderKeeper
from shared.audit import AuditStore
from shared.audit import api as audit
from shared.database import Database
from shared.domain import Catalogue
from shared.http import Credentials, ReceiptWaiter
from shared.log import Archive, Log
from shared.metrics import Metrics
from shared.process import Now, Service, Settings
from shared.text import Text


class _ReadableLog(Log, Archive, Protocol):
    """The log that alerts are published on, and whose ends are read."""


@asynccontextmanager
async def service(
    settings: Settings,
    log: _ReadableLog,
    database: Database,
    catalogue: Catalogue,
    metrics: Metrics,
    now: Now,
    *,
    credentials: Credentials,
    histories: HistorySource | None,
    notice: Text | None = None,
) -> AsyncIterator[Service]:
    """Compliance over its tables; ``credentials`` are the tokens by which people sign in.

    ``histories`` are the clock's, ``notice`` heads every page.
    """
    store, trail = ComplianceStore(database), AuditStore(database)
    forecaster = Forecaster(store, catalogue, now)
    more = [stop_figures, change_figures, ForecastMetrics(forecaster).read]
    figures = BusinessMetrics(store, catalogue, metrics, now, more=more)
    age_order = AgeOrderKeeper(store, catalogue, now)
    board = Board(
        store,
        catalogue,
        now,
        notice,
        alertmanager=bool(settings.alertmanagers),
        histories=histories,
        grafana_url=settings.grafana_url,
        default_language=settings.language,
        forecaster=forecaster,
        age_order=age_order,
        public_results=settings.public_results == "on",
        trail=trail,
    )
    report_page = annual.renderer(catalogue, now, notice)
    receipts = ReceiptWaiter(EventProgress(database, log.ends).read, settings.partitions)
    async with (
        people(settings, database, catalogue, credentials, metrics.wall) as keeper,
        notification_service(settings, log, database, catalogue, metrics, now) as notifications,
    ):
        pages = board_pages(board, keeper)
        pages.live.count(metrics)

        def close_streams() -> None:
            notifications.close_streams()
            pages.live.close_streams()
            receipts.close()

        yield Service(
            routes=[
                api.router(
                    store,
                    catalogue,
                    now,
                    report_page=report_page,
                    receipts=receipts,
                    forecaster=forecaster,
                    age_order=age_order,
                ),
                *notifications.routes,
                audit.router(trail, catalogue),
                pages.routes,
            ],
            background=[
                figures.run,
                forecaster.run,
                age_order.run,
                keeper.sweep,
                *notifications.background,
            ],
            close_streams=close_streams,
            error_page=pages.error_page,
            public_paths=board.public_paths,
            sessions=keeper,
        )
