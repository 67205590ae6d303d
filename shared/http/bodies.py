"""The body of a request, read as it arrives within bounds of size and time."""

from __future__ import annotations

import asyncio

from fastapi import Request

from shared.http.problem_texts import DETAILS
from shared.http.problems import ProblemError


async def body_of(request: Request, *, most_bytes: int, seconds: float) -> bytes:
    """The whole body; :class:`ProblemError` 413 once it is too long, 408 if it is too slow."""
    too_large = ProblemError(413, "too_large", DETAILS["too_large"], values={"limit": most_bytes})
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced[:20]) > most_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    raise too_large
    except TimeoutError:
        text, values = DETAILS["body_too_slow"], {"seconds": int(seconds)}
        raise ProblemError(408, "body_too_slow", text, values=values) from None
    return bytes(body)
