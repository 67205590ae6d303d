"""Every test that asks for ``opening`` is run on every log there is."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.log.kafka_logs import kafka_logs
from tests.log.logs import Opening, sqlite_logs


@pytest.fixture(params=["sqlite", "kafka"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    if request.param == "kafka":
        return kafka_logs(request.getfixturevalue("kafka_bootstrap"))
    return sqlite_logs(tmp_path)


@pytest.fixture(autouse=True)
async def threads_ended() -> AsyncIterator[None]:
    """aiosqlite does not await the thread of a file that it could not open, which then speaks to a loop closed meanwhile."""
    yield
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join(timeout=5)
