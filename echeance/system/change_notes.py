"""Changes that commands make, in the audit trail: by whom on this machine, and what.

A command records what it changed where it reaches the trail: the database of a data directory, or
the brokers. Where it reaches neither (a container that has the credentials alone), the services
record the change as they see it, within a minute.
"""

from __future__ import annotations

import logging
import os
import pwd
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echeance.system.embedded import DATABASE, beside_server
from shared.audit import TableSink, TopicSink, change_lines
from shared.database.migrations import SchemaError
from shared.errors import UnavailableError
from shared.process import Settings, distributed, runner

_log = logging.getLogger("echeance.audit")


async def note_change(
    settings: Settings, data: Path | None, what: str, detail: Mapping[str, Any]
) -> None:
    """Record a change after it was made; a chain of its own, since others are at work."""
    writer = f"command.{secrets.token_hex(6)}"
    lines = change_lines(writer, runner.now(), "operator", what, detail, _user())
    try:
        if settings.kafka and data is None:
            async with distributed.cluster(settings) as log:
                await TopicSink(log).write(lines, writer)
        elif ((data or settings.data) / DATABASE).exists():
            async with beside_server(data or settings.data) as database:
                await TableSink(database).write(lines, writer)
    except (UnavailableError, SchemaError) as error:
        _log.warning("%s is not in the audit trail yet: %s", what, error)


def _user() -> str:
    """The account that runs the command; its number where it has no name."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
