"""A process whose loop is stuck, or is not: ``python -m tests.log.stuck waits|deaf|works FOLDER``, which watches itself for a second.

``waits``: a step that never ends. ``deaf``: the log goes on, and nothing of it is handed out. ``works``: ends by itself after three seconds.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from typing_extensions import override

from shared.log.ports import Batch, ClaimPartition, Subscription
from shared.log.sqlite import SqliteLog
from shared.process import runner
from tests.log.logs import TOPIC, record
from tests.log.test_loop import Copier, looped, nothing, opened

STALL_SECONDS: Final = 1
_WORKS_SECONDS: Final = 3


async def forever(batch: Batch) -> None:
    """Wait for what never comes."""
    await asyncio.Event().wait()


class Deaf(SqliteLog):
    """It has records, says so, and hands none out."""

    @override
    def subscribe(self, topic: str, group: str, claim: ClaimPartition) -> Subscription:
        subscription = super().subscribe(topic, group, claim)
        fetch = subscription.fetch

        async def fetched(
            timeout_seconds: float, *, exclude: Collection[int] = ()
        ) -> Sequence[Batch]:
            if not await subscription.lag():
                await fetch(0, exclude=exclude)
                await self.append(TOPIC, [record(0, 2)])
            await asyncio.sleep(timeout_seconds)  # as a client does to which nothing comes
            return []

        subscription.fetch = fetched  # type: ignore[method-assign]  # one method of a real one
        return subscription


async def run(kind: str, folder: Path) -> None:
    stop = asyncio.Event()
    async with opened(folder) as (base, log):
        await log.append(TOPIC, [record(0, 1)])
        worker = Copier(base, [], before=forever if kind == "waits" else nothing)
        read = Deaf(base, partitions=1, batch_records=10) if kind == "deaf" else log
        asyncio.get_running_loop().call_later(_WORKS_SECONDS, stop.set)
        loop = looped(read, worker, lag_seconds=0.1)  # often, so that a second is long
        await runner.run_until_stopped(loop, stop, stall_seconds=STALL_SECONDS)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2])))
