"""Publishers that post at the same time and keep their own record: acknowledged, or not known.

A request without an answer may have been counted or not; it is sent again, at times. They wait while the server is down, and say
when so many requests have been acknowledged, which is when the tests strike.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from random import Random

import httpx

from tests.simulation.lives import Post

Name = tuple[str, str]
"""Source and id."""

ACCEPTED = 202
UNAVAILABLE = 503


class Publishers:
    """So many at once, over the posts given."""

    def __init__(self, posts: Sequence[Post], token: str, random: Random) -> None:
        self._waiting = deque(posts)
        self._headers = {"authorization": f"Bearer {token}"}
        self._random = random
        self._address: str | None = None
        self._changed = asyncio.Condition()
        self.ok: set[Name] = set()
        self.unknown: set[Name] = set()
        self.acknowledged = 0

    async def serve_at(self, address: str | None) -> None:
        """Where the server listens now; None while it is down."""
        async with self._changed:
            self._address = address
            self._changed.notify_all()

    async def acknowledgements(self, requests: int) -> None:
        """Return when so many more requests have been acknowledged, or there is nothing left to send."""
        wanted = self.acknowledged + requests
        async with self._changed:
            await self._changed.wait_for(lambda: self.acknowledged >= wanted or not self._waiting)

    async def publish(self, at_once: int) -> None:
        """Send everything."""
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._publish())

    async def _publish(self) -> None:
        while self._waiting:
            async with self._changed:
                await self._changed.wait_for(lambda: self._address is not None)
                address = self._address
            assert address is not None
            async with httpx.AsyncClient(base_url=address, headers=self._headers) as client:
                await self._post_until_lost(client)

    async def _post_until_lost(self, client: httpx.AsyncClient) -> None:
        """Post until there is no answer or nothing left."""
        while self._waiting:
            together = [self._waiting.popleft()]
            while self._waiting and self._random.random() < 0.4:
                together.append(self._waiting.popleft())
            try:
                answer = await _posted(client, [post.raw for post in together])
            except httpx.TransportError:
                await self._lost(together, str(client.base_url).rstrip("/"))
                return
            if answer.status_code == UNAVAILABLE:
                await self._lost(together, None)
                continue
            assert answer.status_code == ACCEPTED, answer.text
            self.ok |= names(together)
            async with self._changed:
                self.acknowledged += 1
                self._changed.notify_all()

    async def _lost(self, together: Sequence[Post], address: str | None) -> None:
        """Nothing is known of a request: perhaps it will be sent again."""
        self.unknown |= names(together)
        if self._random.random() < 0.7:
            self._waiting.extend(together)
        async with self._changed:
            if address is not None and self._address == address:
                self._address = None
            self._changed.notify_all()


def names(posts: Sequence[Post]) -> set[Name]:
    events = [json.loads(post.raw) for post in posts]
    return {(event["source"], event["id"]) for event in events}


async def _posted(client: httpx.AsyncClient, raws: Sequence[bytes]) -> httpx.Response:
    """One event in structured mode, several as a batch."""
    if len(raws) == 1:
        kind, body = "application/cloudevents+json", raws[0]
    else:
        kind, body = "application/cloudevents-batch+json", b"[" + b",".join(raws) + b"]"
    return await client.post("/v1/events", content=body, headers={"content-type": kind})
