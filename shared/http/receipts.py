"""A read that waits for a receipt: whoever posts an event and reads at once sees it counted.

``?after=PARTITION:OFFSET`` holds a request until the service has processed that position of
``file-events``. Waiting is bounded in time, in requests and in requests of one token, and however
many wait, positions are read together, at most twenty times a second.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Annotated, Final, NamedTuple

from fastapi import Query

from shared.errors import UnavailableError
from shared.http.credentials import Principal
from shared.http.problems import ProblemError
from shared.text import Text

MOST_WAITING: Final = 100
"""Requests of a process that wait at the same time."""
MOST_WAITING_OF_TOKEN: Final = 20
_WAIT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 0.05
_RECEIPT: Final = re.compile(r"([0-9]{1,9}):([0-9]{1,18})")

AfterReceipt = Annotated[
    str | None,
    Query(
        description="Wait, at most ten seconds, until the event of this receipt has been processed: "
        "its `partition:offset` (`5:17`)."
    ),
]

_BAD_RECEIPT = Text(
    "« after » s’écrit partition:offset, comme les donne le reçu de l’événement, par exemple 5:17.",
    "`after` is written partition:offset, as the event’s receipt gives them, for instance 5:17.",
)
_NOT_PROCESSED_YET = Text(
    "L’événement de ce reçu n’a pas été traité en {seconds} s ; il le sera : réessayez.",
    "The event of this receipt was not processed within {seconds} s; it will be: try again.",
)
_TOO_MANY_WAITING = Text(
    "Trop de demandes attendent déjà un reçu ; réessayez dans un instant.",
    "Too many requests wait for a receipt already; try again shortly.",
)

WantedOffsets = Mapping[int, int]
"""By partition, the lowest offset that a request waits for."""
ReadReached = Callable[[WantedOffsets], Awaitable[Mapping[int, int]]]
"""Reads up to which offset of each partition events are processed; may raise ``UnavailableError``."""


class _Receipt(NamedTuple):
    partition: int
    offset: int


class ReceiptWaiter:
    """Holds requests of one service until their receipts are processed."""

    def __init__(
        self,
        read: ReadReached,
        partitions: int,
        *,
        wait_seconds: float = _WAIT_SECONDS,
        most: int = MOST_WAITING,
        most_of_token: int = MOST_WAITING_OF_TOKEN,
    ) -> None:
        self._read = read
        self._partitions = partitions
        self._wait_seconds = wait_seconds
        self._most = most
        self._most_of_token = most_of_token
        self._waiting: Counter[_Receipt] = Counter()
        self._of_token: Counter[str] = Counter()
        self._reached: Mapping[int, int] = {}
        self._reading: asyncio.Task[None] | None = None
        self._next_reading_at = 0.0
        self._closed = False

    async def wait(self, reader: Principal, after: str | None) -> None:
        """Return once the event of a receipt is processed, or at once without one.

        Raises :class:`ProblemError`: 422 for what is no receipt, 503 when time or room is over;
        ``UnavailableError`` from reading positions.
        """
        if after is None:
            return
        receipt = self._receipt(after)
        if self._is_reached(receipt):
            return
        if (
            self._waiting.total() >= self._most
            or self._of_token[reader.name] >= self._most_of_token
        ):
            raise _again_later("too_many_waiting", _TOO_MANY_WAITING)
        self._waiting[receipt] += 1
        self._of_token[reader.name] += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                while not (self._is_reached(receipt) or self._closed):
                    await self._next_reading()
        except TimeoutError:
            pass
        finally:
            self._waiting -= Counter([receipt])  # in place, and without what is down to 0
            self._of_token -= Counter([reader.name])
        if not self._is_reached(receipt):
            raise _again_later("not_processed_yet", _NOT_PROCESSED_YET, int(self._wait_seconds))

    def close(self) -> None:
        """End what waits, which would otherwise delay the server's shutdown."""
        self._closed = True

    def _receipt(self, after: str) -> _Receipt:
        written = _RECEIPT.fullmatch(after)
        receipt = written and _Receipt(int(written[1]), int(written[2]))
        if receipt is None or receipt.partition >= self._partitions:
            raise ProblemError(422, "bad_receipt", _BAD_RECEIPT)
        return receipt

    def _is_reached(self, receipt: _Receipt) -> bool:
        return self._reached.get(receipt.partition, 0) > receipt.offset

    async def _next_reading(self) -> None:
        """Wait for the reading that all who wait share."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_positions())
            self._reading.add_done_callback(_retrieve)
        await asyncio.shield(self._reading)

    async def _read_positions(self) -> None:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(self._next_reading_at - clock())
        wanted: dict[int, int] = {}
        for receipt in self._waiting:
            wanted[receipt.partition] = min(
                receipt.offset, wanted.get(receipt.partition, receipt.offset)
            )
        try:
            self._reached = await self._read(wanted)
        finally:
            self._next_reading_at = clock() + _READ_SECONDS


def _retrieve(reading: asyncio.Task[None]) -> None:
    """Nobody may wait any more for a reading that failed."""
    if not reading.cancelled():
        with suppress(UnavailableError):
            reading.result()


def _again_later(code: str, text: Text, seconds: int = 0) -> ProblemError:
    values = {"seconds": seconds} if seconds else {}
    return ProblemError(503, code, text, values=values, headers={"retry-after": "1"})
