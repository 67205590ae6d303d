"""Stop an aiokafka client. Never raises, never takes longer than 1 s."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

_STOP_SECONDS = 1.0


async def stop_client(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop a client in a task of its own.

    While brokers are unreachable the client awaits tasks that it has cancelled itself, and the
    ``CancelledError`` that comes out of them would cancel the caller.
    """
    stopping = asyncio.ensure_future(client.stop())
    try:
        await asyncio.wait([stopping], timeout=_STOP_SECONDS)
    finally:
        stopping.cancel()
    if stopping.done() and not stopping.cancelled():
        with suppress(KafkaError, TimeoutError):
            stopping.result()
