"""The publishers of the simulation: they send what there is to send, keep their own record, and send again what had no answer.

Beside them come records that no ingest wrote: the log's readers must bury them and go on.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from shared.log.ports import FILE_CLOCKS, FILE_EVENTS
from tests.builders import members
from tests.simulation.crashes import CrashError
from tests.simulation.lives import SOURCES, Post
from tests.simulation.system import TOLERANCE, System


class Publishers:
    """What is still to be sent, in order; and by (source, id) what was acknowledged and what had no answer."""

    def __init__(self, random: Random, posts: Sequence[Post]) -> None:
        self._random = random
        self._posts = sorted(posts)
        self.ok: set[tuple[str, str]] = set()
        self.unknown: set[tuple[str, str]] = set()

    def soonest(self) -> datetime | None:
        """When the next request arrives."""
        return self._posts[0].arrives_at if self._posts else None

    async def deliver(self, system: System, now: datetime) -> None:
        """Hand ingest what has arrived; a publisher that got no answer sends again, at times."""
        arrived: list[Post] = []
        while self._posts and self._posts[0].arrives_at <= now:
            arrived.append(heapq.heappop(self._posts))
        self._random.shuffle(arrived)
        while arrived:
            together, arrived = arrived[:50], arrived[50:]
            names = {_name(post.raw) for post in together}
            try:
                refused = await system.accept([post.raw for post in together], now)
            except CrashError:
                self.unknown |= names
                self._keep(arrived, together, now)
                raise
            assert all(b'"1999-' in raw for raw in refused), refused
            await self._take_as_before(system, refused, now)
            self.ok |= names - {_name(raw) for raw in refused}
        await self._deliver_rubbish(system, now)

    async def _take_as_before(
        self, system: System, refused: Sequence[bytes], now: datetime
    ) -> None:
        """What an earlier version took and this one refuses is in the log: events outside the calendars' years."""
        records = []
        for raw in refused:
            event = json.loads(raw) | {"recordedtime": now.isoformat()}
            records.append(system.record(event["subject"], json.dumps(event).encode()))
        self.unknown |= {_name(raw) for raw in refused}
        await system.log.append(FILE_EVENTS, records)

    def _keep(self, unsent: Sequence[Post], unanswered: Sequence[Post], now: datetime) -> None:
        """What was not sent waits; what had no answer is sent again later, or never."""
        for post in unsent:
            heapq.heappush(self._posts, post)
        for post in unanswered:
            if self._random.random() < 0.7:
                again = now + timedelta(hours=self._random.random() * 100)
                heapq.heappush(self._posts, post._replace(arrives_at=again))

    async def _deliver_rubbish(self, system: System, now: datetime) -> None:
        """Records that ingest would never have written, put straight in the log; and events it must refuse."""
        if self._random.random() > 0.1:
            return
        file_id = f"G-{self._random.getrandbits(60)}"
        ahead = (now + TOLERANCE + timedelta(seconds=1)).isoformat()
        too_early = received("early", file_id, ahead, "plainte")
        assert await system.accept([too_early], now) == [too_early]
        soon = (now + timedelta(seconds=self._random.randint(-9, 200))).isoformat()
        rubbish = [
            b"\xff\x00 not an event",
            b'{"type":"\xff"}',
            b'{"ty\xffpe":1}',
            b"{}",
            b'{"type":"org.echeance.file.melted.v9"}',
            received(f"gone-{ahead}", file_id, soon, "no-such-standard"),
        ]
        chosen = self._random.sample(rubbish, 3)
        self.unknown.add((SOURCES[0], f"gone-{ahead}"))
        await system.log.append(FILE_EVENTS, [system.record(file_id, one) for one in chosen])
        await system.log.append(FILE_CLOCKS, [system.record(file_id, rubbish[2])])


def _name(raw: bytes) -> tuple[str, str]:
    event = json.loads(raw)
    return event["source"], event["id"]


def received(event_id: str, file_id: str, at: str, standard: str) -> bytes:
    data = {"standard": standard, "unit": "laval", "attributes": {}}
    event = members("received", file_id, at, data, named=event_id, source=SOURCES[0])
    if standard == "no-such-standard":
        event["recordedtime"] = at
    return json.dumps(event, separators=(",", ":")).encode()
