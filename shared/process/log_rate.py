"""Rate limit of log messages that outages or clients cause, per kind of message.

Without it an outage is hundreds of lines of aiokafka, one second without a free file descriptor two
thousand lines of asyncio, and any client of the HTTP server causes a line per packet.
"""

from __future__ import annotations

import logging
from typing import Final

from typing_extensions import override

HTTP_LOGGER: Final = "echeance.http"
"""The logger of the HTTP server's connections."""

_INTERVAL_SECONDS: Final = 10.0
_MAX_KINDS: Final = 1_000
_LOGGERS: Final = (
    "aiokafka",
    "asyncio",
    "uvicorn",
    HTTP_LOGGER,
    "echeance.board",
    "echeance.figures",
)


class RateLimit(logging.Filter):
    """Passes one message of a kind every ten seconds, with the number suppressed before it.

    A kind is a message without its arguments and, for an error, where it was raised.
    """

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[str, float] = {}
        self._suppressed: dict[str, int] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(_LOGGERS):
            return True
        kind = _kind(record)
        if record.created - self._passed_at.get(kind, 0.0) < _INTERVAL_SECONDS:
            self._suppressed[kind] = self._suppressed.get(kind, 0) + 1
            return False
        if len(self._passed_at) >= _MAX_KINDS:
            self._passed_at.clear()
        self._passed_at[kind] = record.created
        suppressed = self._suppressed.pop(kind, 0)
        if suppressed:
            record.msg = f"{record.getMessage()} ({suppressed} more like it since)"
            record.args = None
        return True


def _kind(record: logging.LogRecord) -> str:
    kind = str(record.msg).partition("(")[0]  # asyncio names the callback in parentheses
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return kind if trace is None else f"{kind}{trace.tb_frame.f_code}{trace.tb_lineno}"
