"""The end of a client: it may hang, fail, and be cancelled by itself, and none of that is anybody else's business."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

_LEAVE_SECONDS = 1.0


async def stop_client(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop a client, within a second; brokers that do not answer are no reason to wait, or to fail.

    In a task of its own: while brokers are away the client awaits tasks that it has itself cancelled, and the cancellation that
    comes out of them would end whoever asked it to stop, in silence.
    """
    stopping = asyncio.ensure_future(client.stop())
    try:
        await asyncio.wait([stopping], timeout=_LEAVE_SECONDS)
    finally:
        stopping.cancel()
    if stopping.done() and not stopping.cancelled():
        with suppress(KafkaError, TimeoutError):
            stopping.result()
