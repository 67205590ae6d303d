"""How a client of Kafka is stopped: whatever it does at its end, whoever stops it goes on, or ends with a reason."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaConnectionError
from fastapi import FastAPI

from shared.log.kafka.stopping import stop_client
from shared.process import runner


async def cancelled_by_nobody() -> None:
    """As aiokafka does: wait for a task of one's own that one has cancelled."""
    waiting = asyncio.ensure_future(asyncio.Event().wait())
    waiting.cancel()
    await waiting


async def unanswered() -> None:
    raise KafkaConnectionError


async def forever() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("stop", [cancelled_by_nobody, unanswered, forever])
async def test_a_client_that_does_not_end_well_ends_nothing_else(stop: object) -> None:
    async with asyncio.timeout(30):
        await stop_client(SimpleNamespace(stop=stop))


async def test_a_loop_that_was_cancelled_by_nobody_ends_the_process() -> None:
    begun = asyncio.Event()

    async def loop(stop: asyncio.Event) -> None:
        await begun.wait()
        await cancelled_by_nobody()

    with pytest.RaisesGroup(pytest.RaisesExc(AssertionError, match="nobody")):
        async with runner.serving(FastAPI(), "127.0.0.1", 0, loop) as server:
            begun.set()
            await server.ended()
