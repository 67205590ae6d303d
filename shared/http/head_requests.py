"""HEAD wherever GET is answered, with the same headers and no body (RFC 9110 §9.3.2): routes are written for GET alone."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """ASGI middleware: has HEAD answered as GET, and lets the application believe that the client has left once the headers are sent.

    An answer that would go on, such as a stream, ends by that.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI 3)."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            # A copy: the server looks at the method too, and writes no body for HEAD.
            await _headers_alone(self._app, {**scope, "method": "GET"}, receive, send)
        else:
            await self._app(scope, receive, send)


async def _headers_alone(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    begun = False

    async def heard() -> Message:
        return {"type": "http.disconnect"} if begun else await receive()

    async def told(message: Message) -> None:
        nonlocal begun
        if not begun:
            begun = True
            await send(message)
            await send({"type": "http.response.body", "body": b""})
        await asyncio.sleep(0)  # so that whoever listens for the client's leaving hears of it

    await app(scope, heard, told)
