"""When the log does not answer, or too much waits: nothing is promised, and it is said when to try again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.unit.ingest.cloudevents.given import (
    BATCH,
    LINES,
    STRUCTURED,
    AbsentLog,
    HeldLog,
    event,
    system,
    written,
)


async def test_without_the_log_the_answer_is_503_and_when_to_try_again(tmp_path: Path) -> None:
    async with system(AbsentLog(), tmp_path) as ingest:
        for content, headers in ((event(), STRUCTURED), ([event()], BATCH), (event(), LINES)):
            response = await ingest.post(written(content), headers)
            assert response.status_code == 503
            assert int(response.headers["retry-after"]) > 0


async def test_a_log_that_does_not_answer_in_time_is_503_too(tmp_path: Path) -> None:
    async with system(HeldLog(), tmp_path, deadline_seconds=0.01) as ingest:
        assert (await ingest.post(written(event()))).status_code == 503


async def test_too_many_waiting_events_are_429(tmp_path: Path) -> None:
    log = HeldLog()
    async with system(log, tmp_path, max_waiting=1) as ingest:
        waiting = asyncio.create_task(ingest.post(written(event())))
        await log.asked.wait()
        refused = await ingest.post(written(event(id="e2")))
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        log.close_streams.set()
        assert (await waiting).status_code == 202
