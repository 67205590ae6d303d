"""The body of a request, read as it arrives within bounds of size and time.

A large one waits until no other of the same caller is in hand, from its first byte to the answer:
what its events take of memory is taken once for each caller, and small bodies go on beside it.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import Request

from shared.http.limits import Limiter
from shared.http.problem_texts import DETAILS
from shared.http.problems import ProblemError

LARGE_BODY_BYTES: Final = 262_144
"""A longer body is a large one."""

LARGE_BODY: Final = "large_body"
"""Where in the state of a request its turn is, which ends with the request."""


async def body_of(request: Request, *, most_bytes: int, seconds: float) -> bytes:
    """The whole body; :class:`ProblemError` 413 once it is too long, 408 if it is too slow, 429 if
    another large one was in hand for as long.
    """
    too_large = ProblemError(413, "too_large", DETAILS["too_large"], values={"limit": most_bytes})
    announced = request.headers.get("content-length", "0")
    length = int(announced[:20]) if announced.isdigit() else 0
    if length > most_bytes:
        raise too_large
    state = request.scope.setdefault("state", {})
    if length > LARGE_BODY_BYTES:
        await _wait_for_turn(state, request, seconds)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds) as limit:
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    raise too_large
                if len(body) > LARGE_BODY_BYTES and LARGE_BODY not in state:
                    limit.reschedule(None)
                    await _wait_for_turn(state, request, seconds)
                    limit.reschedule(asyncio.get_running_loop().time() + seconds)
    except TimeoutError:
        text, values = DETAILS["body_too_slow"], {"seconds": int(seconds)}
        raise ProblemError(408, "body_too_slow", text, values=values) from None
    return bytes(body)


async def _wait_for_turn(state: dict[str, Any], request: Request, seconds: float) -> None:
    """Wait until no other large body of the caller is in hand; no longer than ``seconds``."""
    limiter: Limiter | None = state.get("limiter")
    if limiter is None:
        return
    try:
        async with asyncio.timeout(seconds):
            turn = await limiter.large_body(state.get("principal"), request.scope)
    except TimeoutError:
        raise ProblemError(
            429, "large_body_in_hand", DETAILS["large_body_in_hand"], headers={"retry-after": "5"}
        ) from None
    state[LARGE_BODY] = turn
