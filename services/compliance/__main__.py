"""The compliance service alone: a member of the group that shares the partitions of ``file-clocks``. Any number of instances."""

from __future__ import annotations

from services.compliance import api, histories
from services.compliance.alerting import alerting
from services.compliance.board import routes as board
from services.compliance.board.pages import Board
from services.compliance.metrics import Snapshot
from services.compliance.projection import ComplianceWorker
from services.compliance.store import ComplianceStore
from shared import deployment, exposition, service
from shared.exposition import Metrics
from shared.log import FILE_CLOCKS
from shared.settings import Settings
from shared.shipped import load_catalogue


async def serve(given: Settings) -> None:
    """Measure until told to stop."""
    promised = load_catalogue(given.catalogue)
    async with (
        deployment.database(given) as database,
        deployment.cluster(given) as log,
        histories.asked(given) as asked,
    ):
        store = ComplianceStore(database)
        metrics = Metrics(service.now)
        worker = ComplianceWorker(store, promised)
        loop = deployment.loop(given, log, FILE_CLOCKS, worker, database, metrics)
        figures = Snapshot(store, promised, metrics, service.now)
        telling = alerting(database, log, promised, given, metrics, service.now)
        async with telling as told:
            alertmanager = bool(given.alertmanagers)
            shown = board.pages(
                Board(
                    store,
                    promised,
                    service.now,
                    alertmanager=alertmanager,
                    histories=asked,
                    grafana_url=given.grafana_url,
                )
            )
            shown.live.count(metrics)
            routes = [
                api.router(store, promised, service.now),
                shown.routes,
                exposition.router(metrics, promised),
                told.routes,
            ]
            beside = figures.keep, told.run

            def let_go() -> None:
                told.stream.let_go()
                shown.live.let_go()

            await deployment.serve_loop(given, routes, loop, *beside, let_go=let_go)


if __name__ == "__main__":
    deployment.main("compliance", serve)
