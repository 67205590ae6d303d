"""The task that keeps the age order of every queue, so that no request reads all files.

All files are read, a page at a time, as :mod:`services.compliance.refresher` says.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from services.compliance.projection import ComplianceStore
from services.compliance.refresher import Refresher
from services.compliance.variation.age_order import HandSpans, PassedFile, Queue, QueueOrder
from shared.domain import Catalogue, ClockSnapshot, decode_snapshot
from shared.process import Now

_PAGE: Final = 500
_MOST_FILES: Final = 2_000_000
"""Where more are known every second one is counted, or third, and stands for so many: memory is bounded."""
_log: Final = logging.getLogger("echeance.age-order")


class AgeOrderReading(NamedTuple):
    """The order of some queues together, and when it was read, from one file in ``one_of``."""

    as_of: datetime
    order: QueueOrder
    one_of: int = 1


class AgeOrderKeeper:
    """The order by standard and unit; None until all files have been read once."""

    def __init__(self, store: ComplianceStore, catalogue: Catalogue, now: Now) -> None:
        self._store = store
        self._catalogue = catalogue
        self._now = now
        self._orders: Mapping[Queue, QueueOrder] = {}
        self.as_of: datetime | None = None
        """When all files were read; None until then."""
        self._one_of = 1
        self._refresher = Refresher(self.read, store, catalogue, now, _log)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until stopped."""
        await self._refresher.run(stop)

    async def read(self) -> None:
        """Read every file; raises :class:`UnavailableError`."""
        as_of = self._now()
        one_of = 1 + await self._store.files() // _MOST_FILES
        spans = HandSpans(self._catalogue.local_day(as_of), self._catalogue.zone, one_of)
        after = ""
        while page := await self._store.stored_snapshots(after, _PAGE):
            after = page[-1][0]
            await asyncio.to_thread(_add, spans, [stored for _, stored in page])
        self._orders = await asyncio.to_thread(spans.orders)
        self.as_of, self._one_of = as_of, one_of

    async def order(self, standard: str, units: Collection[str] | None) -> AgeOrderReading | None:
        """Of one standard in these units (None for all), each unit a queue of its own.

        Files that have ended since, or are in another unit by now, are passed over no longer.
        """
        reading = self._order(standard, units)
        if reading is None:
            return None
        order = reading.order
        files = await self._store.snapshots([one.file_id for one in order.passed])
        passed = [one for one in order.passed if _is_there(files.get(one.file_id), standard, one)]
        return reading._replace(order=order._replace(passed=passed))

    def _order(self, standard: str, units: Collection[str] | None) -> AgeOrderReading | None:
        """As it was when all files were read."""
        if self.as_of is None:
            return None
        queues = [
            order
            for (of_standard, unit), order in self._orders.items()
            if of_standard == standard and (units is None or unit in units)
        ]
        return AgeOrderReading(self.as_of, QueueOrder.total(queues), self._one_of)


def _is_there(snapshot: ClockSnapshot | None, standard: str, passed: PassedFile) -> bool:
    """Whether a file is still in hand in the unit where it was passed over."""
    return snapshot is not None and any(
        state.status == "open"
        and (state.standard or snapshot.standard) == standard
        and (state.unit or snapshot.unit) == passed.unit
        for state in snapshot.cycles
    )


def _add(spans: HandSpans, snapshots: list[bytes]) -> None:
    for stored in snapshots:
        spans.add(decode_snapshot(stored))
