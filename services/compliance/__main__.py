"""The compliance service alone: a member of the group that shares the partitions of ``file-clocks``. Any number of instances."""

from __future__ import annotations

from services.compliance import clock_client
from services.compliance.api import routes as api
from services.compliance.attainment import BusinessMetrics
from services.compliance.board import Board, annual, board_pages
from services.compliance.notifications import notification_service
from services.compliance.projection import ComplianceStore, ComplianceWorker
from shared.log import FILE_CLOCKS
from shared.metrics import Metrics
from shared.process import Service, Settings, distributed, load_catalogue, runner


async def serve(given: Settings) -> None:
    """Measure until told to stop."""
    promised = load_catalogue(given.catalogue)
    async with (
        distributed.database(given) as database,
        distributed.cluster(given) as log,
        clock_client.remote_histories(given) as asked,
    ):
        store = ComplianceStore(database)
        metrics = Metrics(runner.now)
        worker = ComplianceWorker(store, promised)
        loop = distributed.loop(given, log, FILE_CLOCKS, worker, database, metrics)
        figures = BusinessMetrics(store, promised, metrics, runner.now)
        telling = notification_service(database, log, promised, given, metrics, runner.now)
        async with telling as told:
            alertmanager = bool(given.alertmanagers)
            shown = board_pages(
                Board(
                    store,
                    promised,
                    runner.now,
                    alertmanager=alertmanager,
                    histories=asked,
                    grafana_url=given.grafana_url,
                    default_language=given.language,
                )
            )
            shown.live.count(metrics)
            routes = [
                api.router(
                    store,
                    promised,
                    runner.now,
                    report_page=annual.renderer(promised, runner.now),
                ),
                shown.routes,
                told.routes,
            ]
            beside = figures.keep, told.run

            def close_streams() -> None:
                told.stream.close_streams()
                shown.live.close_streams()

            compliance = Service(routes, beside, close_streams, shown.error_page)
            await distributed.serve_loop(given, compliance, promised, metrics, loop)


if __name__ == "__main__":
    distributed.main("compliance", serve)
