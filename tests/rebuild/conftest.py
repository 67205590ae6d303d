"""Each test has the real servers, with topics and a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.rebuild.live import Live, installed


@pytest.fixture
async def live(kafka_without_topics: str, postgres_url: str) -> AsyncIterator[Live]:
    async with installed(kafka_without_topics, postgres_url) as made:
        yield made
