"""Logging to standard error: text at a terminal, one JSON object per line elsewhere.

Never to a file: that is up to whatever runs the process. Events of files are never logged, so log
storage holds nothing that the databases protect.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Final

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter
from typing_extensions import override

from shared.process.log_rate import RateLimit
from shared.settings import Settings

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FIELDS: Final = {"asctime": "time", "levelname": "level", "name": "logger"}
_ESCAPES: Final = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {
    code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F))
}
"""Characters that begin a line, move a terminal's cursor, or turn the direction of a text."""
_log = logging.getLogger("echeance")


def configure_logging(settings: Settings, service: str) -> None:
    """Log to standard error; ``auto`` is text at a terminal, else JSON, uncaught errors too."""
    handler = logging.StreamHandler()
    in_text = settings.log_format == "text" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    if in_text:
        handler.setFormatter(_OneLineFormatter(_TEXT))
    else:
        handler.setFormatter(json_formatter(service, settings.instance))
        sys.excepthook = _log_uncaught
    handler.addFilter(RateLimit())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every request with its full URL


def json_formatter(service: str, instance: str = "") -> logging.Formatter:
    """One JSON object a message, with the service and, if set, the instance and exception."""
    named = {"instance": instance} if instance else {}
    return _Rfc3339Formatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s",
        rename_fields={**_FIELDS, "exc_info": "exception"},
        static_fields={"service": service, **named},
        reserved_attrs=[*RESERVED_ATTRS, "color_message"],  # the HTTP server's, for terminals
        json_ensure_ascii=False,
    )


class _OneLineFormatter(logging.Formatter):
    """Messages on one line, for they may quote what a client sent; a traceback keeps its lines."""

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = record.message.translate(_ESCAPES)
        return super().formatMessage(record)


class _Rfc3339Formatter(JsonFormatter):
    """Times in RFC 3339 format, to the millisecond."""

    @override
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _log.critical("the process ends: %s", error, exc_info=(kind, error, trace))
