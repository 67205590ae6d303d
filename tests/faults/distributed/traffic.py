"""Publishers of a scenario: they post as long as it lasts and keep their own record of every event.

ok: answered 2xx. failed: answered 4xx, so it must not be counted on its account. unknown: no answer, a reset, or 5xx; perhaps it was
kept. What is unknown is posted again, at times; what was refused for lack of room (429) as well.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

import httpx

from tests.faults.distributed.processes import Process, until
from tests.simulation.lives import World

Name = tuple[str, str]
"""Source and id."""

BEGINS: Final = datetime(2022, 3, 1, 12, tzinfo=UTC)
"""Long ago: hardly anything changes by time alone while a scenario runs, unless it is about that."""
_SEED: Final = 20260301
_TIMEOUT_SECONDS: Final = 15
_MIXED: Final = 300


class Traffic:
    """So many posts at once, to whichever ingest runs."""

    def __init__(
        self,
        token: str,
        ingests: Callable[[], Iterator[Process]],
        files: int,
        *,
        at_once: int = 4,
        pause_seconds: float = 0.2,
    ) -> None:
        self._random = Random(_SEED)
        self._files = files
        self._posts = deque(_shuffled(self._random, files))
        self.token = token
        self._headers = {"authorization": f"Bearer {token}"}
        self._ingests = ingests
        self._at_once = at_once
        self._pause_seconds = pause_seconds
        self._over = asyncio.Event()
        self.ok: set[Name] = set()
        self.failed: set[Name] = set()
        self.unknown: set[Name] = set()
        self.answers: Counter[int] = Counter()
        self.retry_after: set[str | None] = set()

    @property
    def events(self) -> int:
        """How many were posted, each once."""
        return len(self.ok | self.failed | self.unknown)

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Post until the block ends, and what is under way to its end."""
        self._over.clear()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._at_once):
                group.create_task(self._publish())
            try:
                yield
            finally:
                self._over.set()

    async def acknowledged(self, events: int) -> None:
        """Return once so many more are ok."""
        wanted = len(self.ok) + events
        await until(lambda: len(self.ok) >= wanted or not self._posts, f"{events} acknowledgements")

    async def send(self, events: int) -> None:
        """Post until so many more are ok."""
        async with self.flowing():
            await self.acknowledged(events)

    async def all_sent(self) -> None:
        """Return once nothing is left to post."""
        await until(lambda: not self._posts, "the end of the posts")

    async def deliver(self, events: Sequence[dict[str, Any]]) -> None:
        """Post events, again and again until they are ok."""
        posts = [json.dumps(event).encode() for event in events]
        async with self._client() as client:

            async def delivered() -> bool:
                await self.post(client, posts)
                return _names(posts) <= self.ok

            await until(delivered, "the acknowledgement of one post")

    async def repeat(self) -> None:
        """Post all that was acknowledged once more, as publishers do when the log lost what they sent."""
        raws = [raw for raw in _shuffled(Random(_SEED), self._files) if _names([raw]) <= self.ok]
        async with self._client() as client:
            for raw in raws:
                assert await self.post(client, [raw])

    async def _publish(self) -> None:
        async with self._client() as client:
            while self._posts and not self._over.is_set():
                await asyncio.sleep(self._pause_seconds)  # the pace, and not a wait for anything
                if not any(self._ingests()):
                    continue
                count = min(len(self._posts), self._random.choice([1, 1, 1, 2, 5]))
                together = [self._posts.popleft() for _ in range(count)]
                if not await self.post(client, together) and self._random.random() < 0.8:
                    self._posts.extend(together)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(headers=self._headers, timeout=_TIMEOUT_SECONDS, trust_env=False)

    async def post(self, client: httpx.AsyncClient, raws: Sequence[bytes]) -> bool:
        """Post once, and note what became of it; whether it was acknowledged."""
        ingests = list(self._ingests())
        if not ingests:
            return False
        address, names = self._random.choice(ingests).address, _names(raws)
        single = len(raws) == 1
        kind = "application/cloudevents+json" if single else "application/cloudevents-batch+json"
        body = raws[0] if single else b"[" + b",".join(raws) + b"]"
        try:
            answer = await client.post(
                f"{address}/v1/events", content=body, headers={"content-type": kind}
            )
        except httpx.TransportError:
            self.unknown |= names
            return False
        return self._noted(answer, names)

    def _noted(self, answer: httpx.Response, names: set[Name]) -> bool:
        self.answers[answer.status_code] += 1
        if answer.is_success:
            self.ok |= names
        elif answer.is_client_error:
            self.failed |= names
        else:
            self.unknown |= names
            self.retry_after.add(answer.headers.get("retry-after"))
        return answer.is_success


def _shuffled(random: Random, files: int) -> list[bytes]:
    """Posts of whole lives, duplicates and contradictions among them, mixed within a few dozen files."""
    posts = World(random, BEGINS, 300).posts(files)
    in_lives = sorted(posts, key=lambda post: json.loads(post.raw)["subject"])
    mixed: list[bytes] = []
    for start in range(0, len(in_lives), _MIXED):
        some = [post.raw for post in in_lives[start : start + _MIXED]]
        random.shuffle(some)
        mixed += some
    return mixed


def _names(raws: Sequence[bytes]) -> set[Name]:
    events = [json.loads(raw) for raw in raws]
    return {(event["source"], event["id"]) for event in events}
