"""Alerts as they change, for whoever listens: one reading of the database for all listeners of a process.

What is handed out are lots of changed alerts, each with the positions it reaches. A listener that comes back with the positions it
had goes on there; one cut off in the middle of a lot is told some of it twice, which an alert's identity makes harmless. A listener
that does not keep up is let go, and comes back.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from services.compliance.alerts.store import AlertStore, Positions
from shared.domain import BreachAlert
from shared.errors import UnavailableError
from shared.process import runner

_LOOK_SECONDS = 0.5
_MOST_LOTS = 100
_WRITTEN = re.compile(r"([0-9]{1,9})\.([0-9]{1,18})(,([0-9]{1,9})\.([0-9]{1,18}))*")
_log = logging.getLogger("echeance.alerts")


class AlertBatch(NamedTuple):
    """Alerts that changed, as they are now, and the positions up to which that is all of them."""

    alerts: Sequence[BreachAlert]
    reached: Positions


class AlertStream:
    """The changes of alerts, handed to every listener; one that is ``most_lots`` behind is let go."""

    def __init__(self, store: AlertStore, *, most_lots: int = _MOST_LOTS) -> None:
        self._store = store
        self._most_lots = most_lots
        self._reached: Positions | None = None
        """Up to where listeners have been told; None until the first of them has."""
        self._listeners: set[asyncio.Queue[AlertBatch | None]] = set()

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    async def run(self, stop: asyncio.Event) -> None:
        """Look for changes while somebody listens, until told to stop."""
        while not stop.is_set():
            try:
                await self.turn()
            except UnavailableError as error:
                _log.warning("alerts cannot be read: %s", error)
            await runner.wait_for_stop(stop, _LOOK_SECONDS)

    def close_streams(self) -> None:
        """End every listener's stream: the process ends, and they would go on for ever."""
        for listener in self._listeners:
            listener.put_nowait(None)
        self._listeners.clear()

    async def turn(self) -> None:
        """Hand out what changed since the last turn."""
        if not self._listeners:
            self._reached = None
            return
        if self._reached is None:
            return
        changed, self._reached = await self._store.changed(self._reached)
        if changed:
            lot = AlertBatch(changed, self._reached)
            self._listeners -= {one for one in self._listeners if one.qsize() >= self._most_lots}
            for listener in self._listeners:
                listener.put_nowait(lot)

    async def listen(
        self, after: Positions | None, *, heartbeat_seconds: float
    ) -> AsyncIterator[AlertBatch | None]:
        """Lots after some positions, or from now on; None when nothing changed for a while. Ends when there are too many."""
        listener: asyncio.Queue[AlertBatch | None] = asyncio.Queue()
        self._listeners.add(listener)
        try:
            reached = await self._store.positions()
            if self._reached is None:  # what changes from here on, this listener is told
                self._reached = reached
            yield AlertBatch((), reached if after is None else after)
            while after is not None and _behind(after, reached):
                alerts, after = await self._store.changed(after)
                yield AlertBatch(alerts, after)
            while listener in self._listeners or not listener.empty():
                yield await _next(listener, heartbeat_seconds)
        finally:
            self._listeners.discard(listener)


async def _next(
    listener: asyncio.Queue[AlertBatch | None], timeout_seconds: float
) -> AlertBatch | None:
    try:
        async with asyncio.timeout(timeout_seconds):
            return await listener.get()
    except TimeoutError:
        return None


def _behind(after: Positions, reached: Positions) -> bool:
    """Whether some partition is further than some positions."""
    return any(after.get(partition, 0) < position for partition, position in reached.items())


def write_positions(positions: Positions) -> str:
    """Positions as the identifier of an event in a stream: ``0.5140,1.4987``."""
    return ",".join(f"{partition}.{positions[partition]}" for partition in sorted(positions))


def read_positions(text: str) -> Positions | None:
    """Positions from such an identifier; None where it is none."""
    if text and not _WRITTEN.fullmatch(text):
        return None
    pairs = (part.split(".") for part in text.split(",") if part)
    return {int(partition): int(position) for partition, position in pairs}
