"""The publisher: events that arrive together share one append, and each request waits for its own acknowledgement.

There is no timer: while an append is on its way, whatever arrives gathers for the next one, so a lone event is not held back and
a crowd shares the cost of durability. What waits is bounded. An append is never cancelled, for it may still succeed: a request
whose deadline passes is told that nothing is promised, and the publisher's stable ids make the retry harmless.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import islice

from shared.domain import Event, encode
from shared.errors import UnavailableError
from shared.log import FILE_EVENTS, Appender, NewRecord, Position, partition_of


class BusyError(Exception):
    """Too many events wait already; nothing of this request was kept."""


Acknowledgement = asyncio.Future[Sequence[Position]]


def _give_up(acknowledged: Acknowledgement) -> None:
    if not acknowledged.done():
        acknowledged.set_exception(UnavailableError("the log did not acknowledge in time"))


class Publisher:
    """Appends events to the log; ``max_waiting`` and ``max_together`` count events."""

    def __init__(
        self,
        log: Appender,
        *,
        deadline_seconds: float = 10.0,
        max_waiting: int = 20_000,
        max_together: int = 4_000,
    ) -> None:
        self._log = log
        self._deadline_seconds = deadline_seconds
        self._max_waiting = max_waiting
        self._max_together = max_together
        self._posts: OrderedDict[Acknowledgement, Sequence[NewRecord]] = OrderedDict()
        self._waiting = 0
        self._appending: asyncio.Task[None] | None = None
        self._closed = False

    async def publish(self, events: Sequence[Event]) -> Sequence[Position]:
        """Where each event stands, once all are durable.

        Raises :class:`BusyError` when too many wait, :class:`UnavailableError` when the log does not answer in time.
        """
        if self._closed:
            raise UnavailableError("the publisher is closed")
        if self._waiting and self._waiting + len(events) > self._max_waiting:
            raise BusyError
        acknowledged = self._enqueue(events)
        self._waiting += len(events)
        clock = asyncio.get_running_loop()
        deadline = clock.call_later(self._deadline_seconds, _give_up, acknowledged)
        try:
            return await acknowledged
        finally:
            deadline.cancel()
            self._waiting -= len(events)
            self._posts.pop(acknowledged, None)

    async def close(self) -> None:
        """Take nothing more, and wait for what was taken, up to the deadline."""
        self._closed = True
        if self._appending is not None:
            await asyncio.wait([self._appending], timeout=self._deadline_seconds)

    def _enqueue(self, events: Sequence[Event]) -> Acknowledgement:
        acknowledged: Acknowledgement = asyncio.get_running_loop().create_future()
        self._posts[acknowledged] = [self._record(event) for event in events]
        if self._appending is None or self._appending.done():
            self._appending = asyncio.create_task(self._append_all())
        return acknowledged

    def _record(self, event: Event) -> NewRecord:
        key = event.file_id.encode()
        return NewRecord(partition_of(key, self._log.partitions), key, encode(event))

    async def _append_all(self) -> None:
        while self._posts:
            await self._append(self._next_posts())

    def _next_posts(self) -> dict[Acknowledgement, Sequence[NewRecord]]:
        """Whole posts, as many as go together, and at least one."""
        posts: dict[Acknowledgement, Sequence[NewRecord]] = {}
        together = 0
        while self._posts:
            acknowledged, records = self._posts.popitem(last=False)
            posts[acknowledged] = records
            together += len(records)
            if together >= self._max_together:
                break
        return posts

    async def _append(self, posts: Mapping[Acknowledgement, Sequence[NewRecord]]) -> None:
        records = [record for post in posts.values() for record in post]
        try:
            positions = await self._log.append(FILE_EVENTS, records)
        except Exception as error:  # whatever it is, each request that waits meets it
            for acknowledged in posts:
                if not acknowledged.done():
                    acknowledged.set_exception(error)
            return
        remaining = iter(positions)
        for acknowledged, post in posts.items():
            own = list(islice(remaining, len(post)))
            if not acknowledged.done():
                acknowledged.set_result(own)
