"""Messages that outsiders or outages can bring about at will, each kind once in a while.

An outage is hundreds of lines of the Kafka client otherwise, a second without a file descriptor two thousand of asyncio, and whoever reaches
the HTTP server can make it say something with every packet.
"""

from __future__ import annotations

import logging
from typing import Final

from typing_extensions import override

HTTP_LOGGER: Final = "echeance.http"
"""What the HTTP server says of its connections."""

_SELDOM_SECONDS: Final = 10.0
_MOST_KINDS: Final = 1_000
_LOGGERS: Final = (
    "aiokafka",
    "asyncio",
    "uvicorn",
    HTTP_LOGGER,
    "echeance.board",
    "echeance.figures",
)


class Seldom(logging.Filter):
    """Lets a message of these loggers pass when none of its kind did in the last ten seconds, with how many were held back.

    A kind is a message without its arguments and, for an error, where it was raised: a second bug is not hidden by the first.
    """

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[str, float] = {}
        self._held_back: dict[str, int] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(_LOGGERS):
            return True
        kind = _kind(record)
        if record.created - self._passed_at.get(kind, 0.0) < _SELDOM_SECONDS:
            self._held_back[kind] = self._held_back.get(kind, 0) + 1
            return False
        if len(self._passed_at) >= _MOST_KINDS:
            self._passed_at.clear()
        self._passed_at[kind] = record.created
        held_back = self._held_back.pop(kind, 0)
        if held_back:
            record.msg = f"{record.getMessage()} ({held_back} more like it since)"
            record.args = None
        return True


def _kind(record: logging.LogRecord) -> str:
    kind = str(record.msg).partition("(")[0]  # before its arguments, and whose callback failed
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return kind if trace is None else f"{kind}{trace.tb_frame.f_code}{trace.tb_lineno}"
