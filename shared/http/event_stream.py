"""Server-sent events: their frames, and a response that ends when the token is revoked.

Why not ``fastapi.sse``: docs/decisions/0010-server-sent-events-of-our-own.md.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Request
from starlette.responses import StreamingResponse


def events(request: Request, frames: AsyncGenerator[str, None]) -> StreamingResponse:
    """Frames until the reader's token is revoked; after that nothing, heartbeats neither."""
    return StreamingResponse(_until_revoked(request, frames), media_type="text/event-stream")


async def _until_revoked(
    request: Request, frames: AsyncGenerator[str, None]
) -> AsyncGenerator[str, None]:
    is_valid = request.scope["state"]["is_token_valid"]
    async with aclosing(frames):
        async for frame in frames:
            if not is_valid():
                return
            yield frame


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
