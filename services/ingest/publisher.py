"""Group commit: requests that arrive during an append share the next one.

There is no linger timer: a single event is appended at once, and under load requests share the cost
of durability. Small posts and large ones share none: an append of a few events takes a tenth of one
of thousands, so the two kinds go by turns. The queue is bounded. An append is never cancelled, as it may still succeed: a
request whose deadline passes fails with an unknown outcome, and stable event ids make its retry
idempotent.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from itertools import islice

from msgspec.structs import replace

from shared import tracing
from shared.domain import Event, Forgotten, ForgottenData, encode
from shared.erasure import pseudonyms
from shared.errors import UnavailableError
from shared.log import FILE_EVENTS, Appender, NewRecord, Position, partition_of, with_headers

EVENTS_TOGETHER = 4_000
"""The posts of one append have so many events, and those of the last post more at most."""

SMALL_POST = 100
"""A post of at most so many events does not wait for what else large posts have queued."""


class BusyError(Exception):
    """The queue is full; no event of this request was appended."""


def record_of(event: Event, partitions: int) -> NewRecord:
    """An event as a record of ``file-events``, which has so many partitions."""
    if isinstance(event, Forgotten):
        pseudonym = pseudonyms.random_pseudonym(event.file_id, partitions)
        event = replace(event, data=ForgottenData(pseudonym=pseudonym))
    key = event.file_id.encode()
    return NewRecord(partition_of(key, partitions), key, encode(event))


Acknowledgement = asyncio.Future[Sequence[Position]]


def _expire(acknowledgement: Acknowledgement) -> None:
    if not acknowledgement.done():
        acknowledgement.set_exception(UnavailableError("the log did not acknowledge in time"))


_Posts = OrderedDict[Acknowledgement, Sequence[NewRecord]]


class Publisher:
    """Appends events as they come, and queues up to ``max_waiting``."""

    def __init__(
        self, log: Appender, *, deadline_seconds: float = 10.0, max_waiting: int = 20_000
    ) -> None:
        self._log = log
        self._deadline_seconds = deadline_seconds
        self._max_waiting = max_waiting
        self._small: _Posts = OrderedDict()
        self._large: _Posts = OrderedDict()
        self._waiting = 0
        self._appending: asyncio.Task[None] | None = None
        self._closed = False

    async def publish(self, events: Sequence[Event]) -> Sequence[Position]:
        """The position of each event, once all are durable.

        Raises :class:`BusyError` if the queue is full, :class:`UnavailableError` if the log does
        not answer in time.
        """
        if self._closed:
            raise UnavailableError("the publisher is closed")
        if self._waiting and self._waiting + len(events) > self._max_waiting:
            raise BusyError
        with tracing.sending(FILE_EVENTS, len(events)) as headers:
            posts = self._small if len(events) <= SMALL_POST else self._large
            acknowledgement = self._enqueue(posts, events, headers)
            self._waiting += len(events)
            deadline = asyncio.get_running_loop().call_later(
                self._deadline_seconds, _expire, acknowledgement
            )
            try:
                return await acknowledgement
            finally:
                deadline.cancel()
                self._waiting -= len(events)
                posts.pop(acknowledgement, None)

    async def close(self) -> None:
        """Refuse new events and wait for those in the queue, up to the deadline."""
        self._closed = True
        if self._appending is not None:
            await asyncio.wait([self._appending], timeout=self._deadline_seconds)

    def _enqueue(
        self, posts: _Posts, events: Sequence[Event], headers: tracing.Headers
    ) -> Acknowledgement:
        acknowledgement: Acknowledgement = asyncio.get_running_loop().create_future()
        partitions = self._log.partitions
        records = [record_of(event, partitions) for event in events]
        posts[acknowledgement] = with_headers(records, headers)
        if self._appending is None or self._appending.done():
            self._appending = asyncio.create_task(self._append_all())
        return acknowledgement

    async def _append_all(self) -> None:
        while self._small or self._large:
            for waiting in (self._small, self._large):
                if posts := _take(waiting):
                    await self._append(posts)

    async def _append(self, posts: _Posts) -> None:
        records = [record for post in posts.values() for record in post]
        try:
            positions = await self._log.append(FILE_EVENTS, records)
        except Exception as error:  # raised by each request that waits
            for acknowledgement in posts:
                if not acknowledgement.done():
                    acknowledgement.set_exception(error)
            return
        remaining = iter(positions)
        for acknowledgement, post in posts.items():
            post_positions = list(islice(remaining, len(post)))
            if not acknowledgement.done():
                acknowledgement.set_result(post_positions)


def _take(waiting: _Posts) -> _Posts:
    """Take whole posts until they have ``EVENTS_TOGETHER`` events."""
    posts: _Posts = OrderedDict()
    count = 0
    while waiting and count < EVENTS_TOGETHER:
        acknowledgement, records = waiting.popitem(last=False)
        posts[acknowledgement] = records
        count += len(records)
    return posts
