"""Waiting for a condition that nobody announces, with a bound, and never for a duration."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

PATIENCE_SECONDS: Final = 90
_LOOK_SECONDS: Final = 0.05


async def until(condition: Callable[[], object | Awaitable[object]], what: str) -> None:
    """Return once a condition, plain or awaitable, holds; fails with what was waited for."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                held = condition()
                if await held if isinstance(held, Awaitable) else held:
                    return
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"waited {PATIENCE_SECONDS} s in vain: {what}") from None
