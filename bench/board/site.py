"""Compliance as it answers, without its fold and its notifier, at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter

from bench.board.ministry import NOW
from services.compliance.alerts import AlertStore, AlertStream
from services.compliance.alerts import api as alerts_api
from services.compliance.api import routes as api
from services.compliance.board import Board, annual, board_pages
from services.compliance.forecast import Forecaster
from services.compliance.projection import ComplianceStore
from services.compliance.variation import AgeOrderKeeper
from shared.domain import Catalogue
from shared.http import ReceiptWaiter


class Site:
    """The board and the routes over a store, with what is computed in the background."""

    def __init__(self, store: ComplianceStore, catalogue: Catalogue) -> None:
        self.store = store
        self.catalogue = catalogue
        self.forecaster = Forecaster(store, catalogue, self._now)
        self.age_order = AgeOrderKeeper(store, catalogue, self._now)
        self.board = Board(
            store,
            catalogue,
            self._now,
            alertmanager=True,
            forecaster=self.forecaster,
            age_order=self.age_order,
            public_results=True,
        )

    def routes(self) -> Sequence[APIRouter]:
        alerts = AlertStore(self.store.database)
        receipts = ReceiptWaiter(lambda wanted: self.store.positions(), 1)
        return (
            board_pages(self.board).routes,
            alerts_api.router(alerts, AlertStream(alerts), self.catalogue, self._now),
            api.router(
                self.store,
                self.catalogue,
                self._now,
                report_page=annual.renderer(self.catalogue, self._now),
                receipts=receipts,
                forecaster=self.forecaster,
                age_order=self.age_order,
            ),
        )

    @staticmethod
    def _now() -> datetime:
        return NOW
