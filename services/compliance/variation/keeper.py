"""The task that keeps the age order of every standard, so that no request reads all files.

All files are read once a day, and again after some have changed, at most every ten minutes and for a
small part of the time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select

from services.compliance.projection import ComplianceStore, compliance_files
from services.compliance.variation.age_order import (
    AgeOrder,
    HandSpan,
    HandSpans,
    PassedFile,
    Place,
    age_orders,
    passed_files,
)
from shared.domain import Catalogue, decode_snapshot
from shared.errors import UnavailableError
from shared.process import Now, wait_for_stop

MONTHS: Final = 13
PASSED_DAYS: Final = 90
_POLL_SECONDS: Final = 5.0
_SOONEST_SECONDS: Final = 600.0
_REST: Final = 50
"""Of the time that reading took, until files that changed are looked at again."""
_PAGE: Final = 2_000
_log = logging.getLogger("echeance.age-order")


class AgeOrderReading(NamedTuple):
    """The order of decisions of a standard in some units, by month, and who was passed over."""

    as_of: datetime
    months: Mapping[date, AgeOrder]
    passed: Sequence[PassedFile]


class AgeOrderKeeper:
    """Spans in hand by standard and unit; None until they have been read once."""

    def __init__(self, store: ComplianceStore, catalogue: Catalogue, now: Now) -> None:
        self._store = store
        self._catalogue = catalogue
        self._now = now
        self._spans: HandSpans | None = None
        self._as_of: datetime | None = None
        self._positions: Mapping[int, int] = {}
        self._next_at = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        """Read until stopped; what is kept grows old while the database does not answer."""
        clock = asyncio.get_running_loop().time
        while not stop.is_set():
            try:
                await self._read_if_due(clock())
            except UnavailableError as error:
                _log.warning("age order: %s", error)
            await wait_for_stop(stop, _POLL_SECONDS)

    async def _read_if_due(self, at: float) -> None:
        positions = await self._store.positions()
        today = self._catalogue.local_day(self._now())
        same_day = self._as_of is not None and self._catalogue.local_day(self._as_of) == today
        if same_day and (positions == self._positions or at < self._next_at):
            return
        await self.read()
        self._positions = positions
        took = asyncio.get_running_loop().time() - at
        self._next_at = at + took + max(_SOONEST_SECONDS, _REST * took)

    async def read(self) -> None:
        """Read every file; raises :class:`UnavailableError`."""
        as_of = self._now()
        spans = HandSpans(_first_month(self._catalogue.local_day(as_of)), self._catalogue.zone)
        after = ""
        table = compliance_files.c
        while True:
            page = (
                select(table.file_id, table.snapshot)
                .where(table.file_id > after, table.of_standard == "")
                .order_by(table.file_id)
                .limit(_PAGE)
            )
            async with self._store.database.reading() as connection:
                rows = (await connection.execute(page)).all()
            if not rows:
                break
            after = rows[-1][0]
            await asyncio.to_thread(_add_all, spans, [row[1] for row in rows])
        self._spans, self._as_of = spans, as_of

    async def order(self, standard: str, units: Sequence[str] | None) -> AgeOrderReading | None:
        """Of one standard in these units (None for all), each unit a queue of its own."""
        spans, as_of = self._spans, self._as_of
        if spans is None or as_of is None:
            return None
        places = [
            place
            for place in list(spans.spans)
            if place[0] == standard and (units is None or place[1] in units)
        ]
        return await asyncio.to_thread(self._compute, spans, as_of, places)

    def _compute(
        self, spans: HandSpans, as_of: datetime, places: Sequence[Place]
    ) -> AgeOrderReading:
        today = self._catalogue.local_day(as_of)
        first, since = _first_month(today), today - timedelta(days=PASSED_DAYS)
        counts: Counter[date] = Counter()
        shares: dict[date, float] = {}
        passed: list[PassedFile] = []
        for place in places:
            of_place: Mapping[HandSpan, int] = spans.spans[place]
            for month, order in age_orders(of_place, first).items():
                counts[month] += order.decisions
                shares[month] = shares.get(month, 0.0) + order.shares
            passed += passed_files(of_place, spans.oldest(place), since)
        months = {month: AgeOrder(counts[month], shares[month]) for month in sorted(counts)}
        return AgeOrderReading(as_of, months, sorted(passed, key=lambda one: -one.passed))


def _add_all(spans: HandSpans, snapshots: Sequence[bytes]) -> None:
    for stored in snapshots:
        spans.add(decode_snapshot(stored))


def _first_month(today: date) -> date:
    number = today.year * 12 + today.month - MONTHS
    return date(number // 12, number % 12 + 1, 1)
