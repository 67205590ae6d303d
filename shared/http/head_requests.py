"""HEAD for every GET route, with the same headers and no body (RFC 9110 §9.3.2)."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """ASGI middleware: answers HEAD as GET, cut after the headers by a simulated disconnect.

    The disconnect also ends responses without end, such as streams.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            # A copy: the server reads the method too, and writes no body for HEAD.
            await _headers_alone(self._app, {**scope, "method": "GET"}, receive, send)
        else:
            await self._app(scope, receive, send)


async def _headers_alone(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    started = False

    async def receive_once() -> Message:
        return {"type": "http.disconnect"} if started else await receive()

    async def send_headers(message: Message) -> None:
        nonlocal started
        if not started:
            started = True
            await send(message)
            await send({"type": "http.response.body", "body": b""})
        await asyncio.sleep(0)  # lets a task that waits for the disconnect run

    await app(scope, receive_once, send_headers)
