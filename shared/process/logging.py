"""Messages on standard error: lines for a person at a terminal, or one JSON object a line for whoever collects them.

Written once per process and never to a file: whoever started the process keeps them. Events of files are never logged, so that a
collector of logs holds nothing that the databases protect.
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

from shared.process.log_rate import Seldom
from shared.process.settings import Settings

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FIELDS: Final = {"asctime": "time", "levelname": "level", "name": "logger"}
_log = logging.getLogger("echeance")


def configure_logging(settings: Settings, service: str) -> None:
    """Write this process's messages to standard error, in the form the settings ask for.

    ``auto`` is text where standard error is a terminal, and JSON elsewhere. In JSON an error that ends the process is a message too.
    """
    handler = logging.StreamHandler()
    in_text = settings.log_format == "text" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    if in_text:
        handler.setFormatter(logging.Formatter(_TEXT))
    else:
        handler.setFormatter(json_formatter(service, settings.instance))
        sys.excepthook = _log_the_end
    handler.addFilter(Seldom())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request, with its address whole


def json_formatter(service: str, instance: str = "") -> logging.Formatter:
    """One JSON object a message: time (UTC), level, logger, message, service, and instance and exception where there is one."""
    named = {"instance": instance} if instance else {}
    return _InUtc(
        "%(asctime)s %(levelname)s %(name)s %(message)s",
        rename_fields={**_FIELDS, "exc_info": "exception"},
        static_fields={"service": service, **named},
        reserved_attrs=[*RESERVED_ATTRS, "color_message"],  # the HTTP server's, for terminals
        json_ensure_ascii=False,
    )


class _InUtc(JsonFormatter):
    """Times as RFC 3339 writes them, to the millisecond."""

    @override
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _log_the_end(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _log.critical("the process ends: %s", error, exc_info=(kind, error, trace))
