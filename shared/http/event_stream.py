"""Server-sent events: their frames, and a response that ends with the right to read it.

Why not ``fastapi.sse``: docs/decisions/0010-server-sent-events-of-our-own.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Final

from fastapi import Request
from starlette.responses import StreamingResponse

CHECK_SECONDS: Final = 5.0
"""How often it is asked whether the reader may still read, while there is nothing to be read."""


def events(request: Request, frames: AsyncGenerator[str, None]) -> StreamingResponse:
    """Frames until the reader's token is revoked or session ends; after that no heartbeat either."""
    is_valid = request.scope["state"]["is_access_valid"]
    watched = while_valid(frames, is_valid, check_seconds=CHECK_SECONDS)
    return StreamingResponse(watched, media_type="text/event-stream")


async def while_valid(
    frames: AsyncGenerator[str, None],
    is_valid: Callable[[], Awaitable[bool]],
    *,
    check_seconds: float,
) -> AsyncGenerator[str, None]:
    """Frames as long as an access is valid, asked before each, and every so often while there are none."""
    coming: asyncio.Future[str] | None = None
    async with aclosing(frames):
        try:
            while True:
                if coming is None:
                    coming = asyncio.ensure_future(anext(frames))
                await asyncio.wait([coming], timeout=check_seconds)
                if not await is_valid():
                    return
                if coming.done():
                    try:
                        frame = coming.result()
                    except StopAsyncIteration:
                        return
                    coming = None
                    yield frame
        finally:
            if coming is not None:
                coming.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration):
                    await coming


def event_frame(**fields: str | int) -> str:
    """A frame of ``event``, ``data``, ``id`` or ``retry``: a field for each line of its value."""
    lines = [
        f"{name}: {line}\n"
        for name, value in fields.items()
        for line in str(value).splitlines() or [""]
    ]
    return "".join([*lines, "\n"])


def heartbeat(comment: str) -> str:
    """A frame that clients ignore and proxies count as traffic."""
    return f": {comment}\n\n"
